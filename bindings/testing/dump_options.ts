import type { KernelOptions } from "../abi/load.ts";
import { dumpCpus } from "./restore.ts";

/** The options of the core: a dump says how many CPUs there were. */
export function coreOptions(options?: KernelOptions): KernelOptions | undefined {
  const dump = options?.dump;
  if (dump === undefined) return options;
  if (options?.snapshot !== undefined) throw new TypeError("Cannot load kernel: dump cannot be given with a snapshot");
  return { ...options, cpus: options?.cpus ?? dumpCpus(dump) };
}
