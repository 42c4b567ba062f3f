// What the builds for edge workers have in the place of `WebAssembly.compile`: such hosts refuse to compile bytes, and some
// of them, like Next.js, already refuse a program that could.

/** Refuses bytes in words of its own. */
export async function compileRefused(): Promise<never> {
  throw new TypeError("Cannot load kernel: this host takes compiled modules only: give Kernel.load() the option module, or none");
}
