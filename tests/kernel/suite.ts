// Which scripts make up the comparison of one map type.

import { generate } from "./generator.ts";
import type { Script } from "./ops.ts";
import { profileOf, profiles } from "./profiles.ts";
import { createSweep, sweepTypes, templateSweep } from "./sweep.ts";

const OPS_PER_SCRIPT = 1500;

/** Random pairs of odd attributes per type, on top of every single one. */
const SWEEP_PAIRS = 150;

/** The map types with element operations, and "create" for the sweep over all types. */
export const typeNames: readonly string[] = [...profiles.map((profile) => profile.name), "create"];

/** Scripts of about `opCount` operations together; those of `create` are as many as there are types. */
export function* scriptsOf(name: string, seed: number, opCount: number, cpus: number): Generator<Script> {
  if (name === "create") {
    yield templateSweep(cpus);
    for (const type of sweepTypes) yield createSweep(type, seed, SWEEP_PAIRS, cpus);
    return;
  }
  const profile = profileOf(name);
  for (let done = 0, part = 0; done < opCount; part++) {
    const script = generate(profile, seed * 100003 + part, Math.min(OPS_PER_SCRIPT, opCount - done), cpus);
    yield script;
    done += script.ops.length;
  }
}

/** Types whose scripts wait for the kernel's background work. */
const slow = new Set(["array_of_maps", "hash_of_maps"]);

/** Types that hold elements from system calls alone; of the others there is less to tell. */
const rich = new Set([
  "hash", "array", "percpu_hash", "percpu_array", "lru_hash", "lru_percpu_hash", "lpm_trie", "queue", "stack",
  "bloom_filter",
]);

/** Operations in the committed trace of a type. */
export function traceOpCount(name: string): number {
  return rich.has(name) ? 6000 : 1500;
}

/** Operations of a type in a usual test run, a fraction of a second on the live kernel. */
export function liveOpCount(name: string): number {
  if (slow.has(name)) return 300;
  return rich.has(name) ? 6000 : 1500;
}
