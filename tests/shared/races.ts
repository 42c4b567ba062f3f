// Races on every kind of map: threads do random operations, and what they were answered is judged (history.ts).
import { exportsOf } from "../../bindings/abi/internals.ts";
import { Kernel } from "../../bindings/index.ts";
import { Cmd, MapFlag, MapType } from "../kernel/abi.ts";
import { judge, Op, type RaceSpec } from "./history.ts";
import { startWorker } from "./workers.ts";

const ALL = [Op.GET, Op.GET, Op.GET, Op.SET, Op.SET, Op.ADD, Op.REPLACE, Op.DELETE, Op.DELETE, Op.TAKE];
const NO_TAKE = ALL.filter((op) => op !== Op.TAKE);
const IN_PLACE = [Op.GET, Op.SET, Op.REPLACE];

interface MapRace extends RaceSpec {
  attr: { map_type: MapType; max_entries: number; map_flags?: number };
}

const spec = (name: string, map_type: MapType, more: Partial<MapRace> & { map_flags?: number; max_entries?: number } = {}): MapRace => {
  const { map_flags = 0, max_entries = 64, ...rest } = more;
  return {
    name, threads: 2, keys: 12, keySize: 4, valueSize: 4, ops: ALL, attr: { map_type, max_entries, map_flags }, ...rest,
  };
};

export const races: MapRace[] = [
  spec("hash u32 → u32", MapType.HASH, { typed: true }),
  spec("hash u32 → u32, one group", MapType.HASH, { typed: true, max_entries: 12 }),
  spec("hash u32 → u32, many stripes", MapType.HASH, { typed: true, max_entries: 4000, keys: 3900 }),
  spec("hash of 16-byte keys and values", MapType.HASH, { keySize: 16, valueSize: 16, max_entries: 400, keys: 40 }),
  spec("hash with values of 1000 bytes", MapType.HASH, { valueSize: 1000 }),
  spec("hash, ZERO_SEED", MapType.HASH, { map_flags: MapFlag.ZERO_SEED, valueSize: 24 }),
  spec("hash, NO_PREALLOC", MapType.HASH, { map_flags: MapFlag.NO_PREALLOC, valueSize: 24 }),
  spec("percpu_hash", MapType.PERCPU_HASH, { percpu: true, valueSize: 8 }),
  spec("lru_hash", MapType.LRU_HASH, { evicts: true, max_entries: 16, keys: 40, valueSize: 24 }),
  spec("lru_percpu_hash", MapType.LRU_PERCPU_HASH, { evicts: true, percpu: true, max_entries: 16, keys: 40, valueSize: 8 }),
  spec("array of u32", MapType.ARRAY, { ops: IN_PLACE, always: true, max_entries: 12 }),
  spec("array of u64", MapType.ARRAY, { ops: IN_PLACE, always: true, max_entries: 12, valueSize: 8 }),
  spec("array of 200 bytes", MapType.ARRAY, { ops: IN_PLACE, always: true, max_entries: 12, valueSize: 200 }),
  spec("percpu_array", MapType.PERCPU_ARRAY, { ops: IN_PLACE, always: true, percpu: true, max_entries: 12, valueSize: 8 }),
  spec("lpm_trie", MapType.LPM_TRIE, { ops: NO_TAKE, lpm: true, keySize: 8, map_flags: MapFlag.NO_PREALLOC }),
];

/** Runs a race; what was wrong, or undefined. */
export async function race(spec: MapRace, module: object, operations: number, seed: number): Promise<string | undefined> {
  const kernel = Kernel.loadSync({ shared: { source: () => module }, cpus: spec.threads + 1, seed });
  const fd = kernel.bpf(Cmd.MAP_CREATE, { ...spec.attr, key_size: spec.keySize, value_size: spec.valueSize });
  if (fd < 0) throw new Error(`MAP_CREATE answered ${fd}`);
  const id = kernel.maps()[0].id;
  const clock = new SharedArrayBuffer(8);
  const { attr: __, ...plain } = spec;
  const threads = Array.from({ length: spec.threads }, (_, thread) => {
    const workerData = { handle: kernel.share(), id, spec: plain, thread, operations, clock, seed: seed * 31 + thread };
    const worker = startWorker("race_worker.ts", workerData);
    return new Promise<Int32Array>((resolve, reject) => {
      worker.on("message", (message: { notes?: Int32Array }) => message.notes && resolve(message.notes));
      worker.on("error", reject);
    });
  });
  const notes = await Promise.all(threads);
  const wrong = judge(spec, notes);
  const { check_invariants } = exportsOf(kernel) as unknown as { check_invariants?(): number };
  const broken = check_invariants?.() ?? 0;
  return wrong ?? (broken === 0 ? undefined : `rule ${broken} is broken`);
}
