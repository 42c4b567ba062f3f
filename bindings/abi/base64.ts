// The text that bytes are inlined as at build time.

/** The bytes of a text in base64. Throws TypeError in a host that has no decoder. */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  // The runtime's own decoder where it has one: the loop below costs milliseconds before it is compiled.
  const native = (Uint8Array as { fromBase64?: (text: string) => Uint8Array<ArrayBuffer> }).fromBase64;
  if (native !== undefined) return native.call(Uint8Array, text);
  const node = (globalThis as { Buffer?: { from(text: string, encoding: "base64"): Uint8Array<ArrayBuffer> } }).Buffer;
  if (node !== undefined) return node.from(text, "base64");
  if (typeof atob !== "function") {
    throw new TypeError("Cannot load kernel: this host has no atob() to decode the core with: give Kernel.load() wasm or module");
  }
  const decoded = atob(text);
  const bytes = new Uint8Array(decoded.length);
  for (let i = 0; i < decoded.length; i++) bytes[i] = decoded.charCodeAt(i);
  return bytes;
}
