// Where the tests get their kernels from: one place decides which build of the core a run is about.
import { Kernel } from "../../bindings/index.ts";
import type { KernelOptions } from "../../bindings/index.ts";

let selectedWasm: BufferSource | undefined;

/** Makes newKernel() use these bytes (the debug core) instead of the ones inlined in the bindings. */
export function selectWasm(wasm: BufferSource): void {
  selectedWasm = wasm;
}

/** A fresh kernel of the build under test; `options` as for Kernel.loadSync(). */
export function newKernel(options: KernelOptions = {}): Kernel {
  return Kernel.loadSync(selectedWasm ? { ...options, wasm: selectedWasm } : options);
}
