// Where the tests get their kernels from: one place decides which build of the core a run is about.
import { Kernel } from "../../bindings/index.ts";
import type { KernelOptions } from "../../bindings/index.ts";

let selectedWasm: BufferSource | undefined;
let selectedShared: Uint8Array<ArrayBuffer> | undefined;

/** Makes newKernel() make kernels whose memory threads share, of a core with these bytes. */
export function selectShared(bytes: Uint8Array<ArrayBuffer>): void {
  selectedShared = bytes;
}

/** Makes newKernel() use these bytes (the debug core) instead of the ones inlined in the bindings. */
export function selectWasm(wasm: BufferSource): void {
  selectedWasm = wasm;
}

/** A fresh kernel of the build under test; `options` as for Kernel.loadSync(). */
export function newKernel(options: KernelOptions = {}): Kernel {
  if (selectedShared !== undefined) return Kernel.loadSync({ ...options, shared: { source: () => selectedShared! } });
  return Kernel.loadSync(selectedWasm ? { ...options, wasm: selectedWasm } : options);
}

/** The same by Kernel.load(). */
export function loadKernel(options: KernelOptions = {}): Promise<Kernel> {
  if (selectedShared !== undefined) return Kernel.load({ ...options, shared: { source: () => selectedShared! } });
  return Kernel.load(selectedWasm ? { ...options, wasm: selectedWasm } : options);
}

/** Whether the kernels of newKernel() have memory that threads share: views over it are not detached when it grows. */
export const isShared = (): boolean => selectedShared !== undefined;

/** Bytes of memory that such a kernel takes beside what any takes: for its CPUs, and for its fds. */
export const threadBytes = (cpus: number): number => (isShared() ? (6 + 4 * cpus) * 65536 : 0);
