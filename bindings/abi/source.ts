// Where the core's bytes come from when the caller brings none. A build for a runtime that refuses to compile bytes
// (workerd) replaces this one file by a static import of the module.
import { wasmBase64 } from "../generated/wasm_bytes.ts";
import { decodeBase64 } from "./base64.ts";

/** The bytes of the core, decoded from the text that is inlined at build time. */
export function defaultSource(): Uint8Array<ArrayBuffer> | WebAssembly.Module {
  return decodeBase64(wasmBase64);
}
