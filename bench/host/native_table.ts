// A native hash table as a side: native_table.cpp around boost::unordered_flat_map, one process for each table.
import type { NativeSpec, NativeTable } from "../harness/case.ts";
import { compile, type Compiled, drive } from "./compiled.ts";

const NEEDS = "boost::unordered_flat_map needs Boost 1.81 or later (Debian: libboost1.81-dev)";

let compiled: Compiled | undefined;

/** Starts the table, or says why there is none. */
export async function openNativeTable(spec: NativeSpec): Promise<NativeTable | string> {
  compiled ??= compile("native_table.cpp", ["c++", "g++", "clang++"], ["-std=c++17", "-O3", "-DNDEBUG"]);
  if ("reason" in compiled) return /boost/.test(compiled.reason) ? NEEDS : compiled.reason;
  const { greeting, run, close } = await drive(compiled.program, [String(spec.size)], [spec.keys, spec.values, spec.order]);
  if ("reason" in greeting) {
    await close();
    return greeting.reason;
  }
  return { about: greeting.text, find: () => run("find"), insert: () => run("insert"), close };
}
