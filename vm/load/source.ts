// Where the core with programs comes from when the caller brings none, as bindings/abi/source.ts for the core with maps alone.
import { decodeBase64 } from "../../bindings/abi/base64.ts";
import type { WasmModule } from "../../bindings/abi/host_types.ts";
import { wasmBase64 } from "../../bindings/generated/programs_wasm_bytes.ts";

/** The bytes of the core, decoded from the text that is inlined at build time. */
export function defaultSource(): Uint8Array<ArrayBuffer> | WasmModule {
  return decodeBase64(wasmBase64);
}
