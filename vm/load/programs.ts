import type { Machine, Programs } from "../../bindings/abi/machine.ts";
import type { WasmModule } from "../../bindings/abi/host_types.ts";
import { defaultEnvironment } from "../run/environment.ts";
import { verify } from "../verify/index.ts";
import { type MachineOptions, ProgramMachine } from "./machine.ts";
import { defaultSource } from "./source.ts";

let compiled: WasmModule | undefined;

/** What `Kernel.load({ programs })` takes, with machines made of these parts. */
export function programsOf(options: MachineOptions): Programs {
  return {
    source: () => compiled ?? defaultSource(),
    remember(module: WasmModule): void {
      compiled = module;
    },
    machine: (): Machine => new ProgramMachine(options),
  };
}

/**
 * What `Kernel.load({ programs })` and `Kernel.loadSync({ programs })` need for a kernel that has programs and BTF.
 *
 * @example
 * import { Kernel } from "bpf-maps";
 * import { programs } from "bpf-maps/programs";
 * const kernel = await Kernel.load({ programs });
 */
export const programs: Programs = programsOf({ verify, environment: defaultEnvironment });
