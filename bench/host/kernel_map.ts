// The live kernel as a side: kernel_map.c, one process for each map.
import type { KernelMap, KernelMapSpec } from "../harness/case.ts";
import { compile, type Compiled, drive } from "./compiled.ts";

let compiled: Compiled | undefined;

/** Starts the helper on a map of the live kernel, or says why there is none. */
export async function openKernelMap(spec: KernelMapSpec): Promise<KernelMap | string> {
  if (process.platform !== "linux") return `${process.platform} has no bpf(2)`;
  compiled ??= compile("kernel_map.c", ["cc", "gcc", "clang"], ["-O2"]);
  if ("reason" in compiled) return compiled.reason;
  const numbers = [spec.type, spec.flags, spec.keySize, spec.valueSize, spec.maxEntries].map(String);
  const { greeting, run, close } = await drive(compiled.program, numbers, [spec.keys, spec.values, spec.order]);
  if ("reason" in greeting) {
    await close();
    return `bpf(2) refuses to create the map (${greeting.reason})`;
  }
  return {
    fill: () => run("fill"),
    lookup: () => run("lookup"),
    update: () => run("update"),
    insert: () => run("insert"),
    delete: () => run("delete"),
    iterate: () => run("iterate"),
    lookupBatch: () => run("lookup_batch"),
    close,
  };
}
