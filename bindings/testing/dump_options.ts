import type { KernelOptions } from "../abi/load.ts";
import { dumpCpus } from "./restore.ts";

/** A new kernel with the maps and pins of a dump, if there is one. */
export function withDump<K extends { restore(dump: Uint8Array): unknown }>(kernel: K, dump?: Uint8Array): K {
  if (dump !== undefined) kernel.restore(dump);
  return kernel;
}

/** The options of the core: a dump says how many CPUs there were. */
export function coreOptions(options?: KernelOptions): KernelOptions | undefined {
  const dump = options?.dump;
  if (dump === undefined) return options;
  if (options?.snapshot !== undefined) throw new TypeError("Cannot load kernel: dump cannot be given with a snapshot");
  return { ...options, cpus: options?.cpus ?? dumpCpus(dump) };
}
