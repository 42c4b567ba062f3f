// The core for memory that threads share, for `Kernel.load({ shared })`. It is an entry of its own: who does not import it
// does not carry it.
import { wasmBase64 } from "./generated/shared_bytes.ts";
import { decodeBase64 } from "./abi/base64.ts";
import type { SharedCore } from "./abi/thread_types.ts";

export type { SharedCore } from "./abi/thread_types.ts";

let bytes: Uint8Array<ArrayBuffer> | undefined;

/**
 * Makes kernels that threads share: each worker attaches to the one kernel and is one of its CPUs.
 *
 * @example
 * import { shared } from "bpf-maps/shared";
 * const kernel = await Kernel.load({ shared, cpus: 4 });
 * // What is sent to a worker by postMessage, which then attaches: await Kernel.attach(handle)
 * const handle = kernel.share();
 */
export const shared: SharedCore = {
  source: () => (bytes ??= decodeBase64(wasmBase64)),
};
