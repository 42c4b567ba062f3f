// The types that callers see of kernels on shared memory.
import type { WasmMemory, WasmModule } from "./host_types.ts";

/** The core for shared memory: what `bpf-maps/shared` exports, for `Kernel.load({ shared })`. */
export interface SharedCore {
  /** The bytes of the core, or the compiled module. */
  source(): ArrayBufferView | ArrayBufferLike | WasmModule;
}

/** What another thread attaches to a kernel by. It can be sent by `postMessage`, and is good for as long as the kernel. */
export interface KernelHandle {
  readonly type: "bpf-maps kernel";
  readonly module: WasmModule;
  readonly memory: WasmMemory;
  readonly cpus: number;
  /** By which the sharing thread knows the other one; 0 for none. */
  readonly token: number;
}
