// Where the core's bytes come from when the caller brings none. A build for a runtime that refuses to compile bytes
// (workerd) replaces this one file by a static import of the module.
import { wasmBase64 } from "./generated/wasm_bytes.ts";

/** The bytes of the core, decoded from the text that is inlined at build time. */
export function defaultSource(): Uint8Array<ArrayBuffer> | WebAssembly.Module {
  // atob is in every runtime we run in; Uint8Array.fromBase64 is not.
  const text = atob(wasmBase64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}
