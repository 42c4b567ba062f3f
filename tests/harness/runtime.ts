// What the runtime under test refuses, for tests that need it: they skip with the reason.

// The smallest module there is: the magic number and the version.
const EMPTY_MODULE = new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);

/** Why this runtime does not compile bytes to a module (workerd does not), or undefined where it does. */
export function compileRefusal(): string | undefined {
  try {
    new WebAssembly.Module(EMPTY_MODULE);
    return undefined;
  } catch (error) {
    return `this runtime compiles no bytes: ${(error as Error).message}`;
  }
}
