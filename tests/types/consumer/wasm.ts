// The core as a module, handed to a kernel.
import { Kernel } from "bpf-maps";
import module from "bpf-maps/wasm";

export const kernel: Promise<Kernel> = Kernel.load({ module });
