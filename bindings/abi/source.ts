// Where the core's bytes come from when the caller brings none. A build for a runtime that refuses to compile bytes
// (workerd) replaces this one file by a static import of the module.
import { wasmBase64 } from "../generated/wasm_bytes.ts";

/** The bytes of the core, decoded from the text that is inlined at build time. */
export function defaultSource(): Uint8Array<ArrayBuffer> | WebAssembly.Module {
  // The runtime's own decoder where it has one: the loop below costs milliseconds before it is compiled.
  const native = (Uint8Array as { fromBase64?: (text: string) => Uint8Array<ArrayBuffer> }).fromBase64;
  if (native !== undefined) return native.call(Uint8Array, wasmBase64);
  const node = (globalThis as { Buffer?: { from(text: string, encoding: "base64"): Uint8Array<ArrayBuffer> } }).Buffer;
  if (node !== undefined) return node.from(wasmBase64, "base64");
  if (typeof atob !== "function") {
    throw new TypeError("Cannot load kernel: this host has no atob() to decode the core with: give Kernel.load() wasm or module");
  }
  const text = atob(wasmBase64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}
