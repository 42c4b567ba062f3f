// Runs garbage in an engine whose memory is watched: nothing but data chunks may change, and nothing but a result or a
// ProgramFault may come out.
import { ProgramFault } from "../../../vm/engine/fault.ts";
import { helperById } from "../../../vm/helpers/table.ts";
import type { HelperFacts } from "../../../vm/compile/imports.ts";
import { garbageProgram } from "./garbage.ts";
import { CHUNK, KIND_DATA, Machine, codeOf } from "./machine.ts";

const PROGRAMS_PER_MACHINE = 500;
const FUEL = 2000;
const MARK = 0xa5;

export interface Survival {
  readonly results: number;
  /** Faults by reason, without addresses. */
  readonly faults: ReadonlyMap<string, number>;
  /** Seeds after which something else had happened. */
  readonly failures: readonly string[];
}

/** Two data chunks between private ones, and private memory full of marks. */
function watchedMachine(registers: boolean): { machine: Machine; ctx: number; check: () => number } {
  const answer = (): bigint => 0n;
  const machine = new Machine({
    fuel: FUEL, registers,
    core: { helper_map_lookup_elem: answer, helper_map_update_elem: answer, helper_csum_diff: answer, helper_ringbuf_output: answer, prog_array_target: () => 0 },
    functions: { ktime_get_ns: () => 7n, ld_abs: (_skb, off) => (off < 0n ? -1n : off) },
    clock: (() => { let now = 0n; return () => (now += 100n); })(),
    helpers: { helper: helperById, kfunc: (id): HelperFacts | undefined => (id === 5 ? { name: "throw", args: 1, where: "engine" } : undefined) },
  });
  machine.skipChunk();
  const ctx = machine.data(2 * CHUNK);
  machine.skipChunk();
  const { kinds } = machine;
  const isPrivate = (chunk: number): boolean => kinds[chunk] !== KIND_DATA && chunk !== 1;
  for (let chunk = 0; chunk < kinds.length; ++chunk) if (isPrivate(chunk)) machine.bytes.fill(MARK, chunk * CHUNK, (chunk + 1) * CHUNK);
  const table = kinds.slice();
  const words = new BigUint64Array(machine.memory.buffer);
  const marks = 0xa5a5a5a5a5a5a5a5n;
  const check = (): number => {
    for (let chunk = 0; chunk < kinds.length; ++chunk) {
      // The stack is data memory since the first run.
      if (table[chunk] === KIND_DATA || kinds[chunk] === KIND_DATA || chunk === 1) continue;
      const from = (chunk * CHUNK) / 8;
      for (let at = from; at < from + CHUNK / 8; ++at) if (words[at] !== marks) return at * 8;
    }
    const wrong = kinds.findIndex((kind, chunk) => kind !== table[chunk] && kind !== KIND_DATA);
    return wrong === -1 ? -1 : CHUNK + wrong;
  };
  return { machine, ctx, check };
}

export function surviveGarbage(firstSeed: number, count: number): Survival {
  const faults = new Map<string, number>();
  const failures: string[] = [];
  let results = 0;
  for (let done = 0; done < count; done += PROGRAMS_PER_MACHINE) {
    const { machine, ctx, check } = watchedMachine((done / PROGRAMS_PER_MACHINE) % 2 === 1);
    const last = Math.min(count, done + PROGRAMS_PER_MACHINE);
    for (let seed = firstSeed + done; seed < firstSeed + last; ++seed) {
      const { view } = machine;
      view.setUint32(ctx, ctx + 4, true);
      view.setUint32(ctx + 4, ctx + 2 * CHUNK - 12, true);
      try {
        machine.engine.prepare(codeOf(garbageProgram(seed))).run(ctx);
        ++results;
      } catch (error) {
        if (!(error instanceof ProgramFault)) failures.push(`seed ${seed}: ${error}`);
        else faults.set(error.reason.replace(/, at.*/, ""), (faults.get(error.reason.replace(/, at.*/, "")) ?? 0) + 1);
      }
    }
    const changed = check();
    if (changed !== -1) failures.push(`seeds ${firstSeed + done} to ${firstSeed + last - 1}: byte ${changed} changed`);
  }
  return { results, faults, failures };
}
