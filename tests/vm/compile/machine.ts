// A memory with a table of chunk kinds, and an engine on it: as much of a kernel as compiled programs need that use no maps.
import { Engine } from "../../../vm/engine/engine.ts";
import type { EngineHost } from "../../../vm/engine/host.ts";
import { helperById } from "../../../vm/helpers/table.ts";
import type { Code, MapFacts } from "../../../vm/image.ts";
import { FUNC_BASE } from "../../../vm/image.ts";
import type { Insn } from "../../../vm/insn/insn.ts";
import * as op from "../../../vm/insn/opcodes.ts";
import { assemble } from "../../../vm/insn/text.ts";

export const CHUNK = 65536;
const CHUNK_KINDS = CHUNK;
export const KIND_PRIVATE = 2;
export const KIND_DATA = 3;
const CHUNKS = 24;
/** The first chunk that is handed out; those below are private. */
const FIRST_CHUNK = 6;

export class Machine {
  readonly memory = new WebAssembly.Memory({ initial: CHUNKS });
  readonly engine: Engine;
  #free = FIRST_CHUNK * CHUNK;

  constructor(overrides: Partial<EngineHost> = {}) {
    this.kinds.fill(KIND_PRIVATE, 0, FIRST_CHUNK);
    this.engine = new Engine({
      memory: this.memory,
      core: {
        chunk_kinds: () => CHUNK_KINDS,
        data_alloc: (size: number) => this.data(size),
        run_begin: () => {}, run_end: () => {}, run_program: () => {},
        fault_reason: () => 0,
        loop_begin: (count: bigint, flags: bigint) => (flags !== 0n ? -22n : BigInt.asUintN(32, count) > 1n << 23n ? -7n : 0n),
        ...overrides.core,
      },
      functions: overrides.functions ?? {},
      helpers: overrides.helpers ?? { helper: helperById },
      fuel: overrides.fuel,
      registers: overrides.registers,
      clock: overrides.clock,
      resolve: overrides.resolve,
    });
  }

  get bytes(): Uint8Array {
    return new Uint8Array(this.memory.buffer);
  }

  get view(): DataView {
    return new DataView(this.memory.buffer);
  }

  /** The kinds of all chunks. */
  get kinds(): Uint8Array {
    return new Uint8Array(this.memory.buffer, CHUNK_KINDS, CHUNKS);
  }

  /** Whole new chunks of data memory. */
  data(size: number): number {
    const count = Math.ceil(size / CHUNK);
    const address = this.#free;
    this.#free += count * CHUNK;
    if (this.#free > CHUNKS * CHUNK) throw new Error("the test's memory is used up");
    this.kinds.fill(KIND_DATA, address / CHUNK, this.#free / CHUNK);
    return address;
  }

  /** Leaves a chunk out that is private. */
  skipChunk(): number {
    const address = this.#free;
    this.kinds[address / CHUNK] = KIND_PRIVATE;
    this.#free += CHUNK;
    return address;
  }

  run(text: string, ctx = 0, maps: readonly MapFacts[] = []): bigint {
    return this.engine.prepare(codeOf(assemble(text), maps)).run(ctx);
  }
}

/** What an engine runs, from slots alone: functions are where calls and function addresses point to. */
export function codeOf(insns: readonly Insn[], maps: readonly MapFacts[] = []): Code {
  const starts = new Set([0]);
  const pointers: [number, number][] = [];
  insns.forEach(({ code, src, imm }, at) => {
    const target = at + 1 + imm;
    if (target < 0 || target >= insns.length) return;
    if (code === (op.JMP | op.CALL) && src === op.PSEUDO_CALL) starts.add(target);
    if (code === (op.LD | op.IMM | op.DW) && src === op.PSEUDO_FUNC) {
      starts.add(target);
      pointers.push([at, target]);
    }
  });
  const sorted = [...starts].sort((a, b) => a - b);
  const immediates = new Map(pointers.map(([at, target]) => [at, FUNC_BASE + BigInt(sorted.indexOf(target))]));
  insns.forEach(({ code, src, imm }, at) => {
    if (code === (op.LD | op.IMM | op.DW) && src === op.PSEUDO_MAP_FD && maps[imm] !== undefined) immediates.set(at, BigInt(maps[imm].address));
  });
  return {
    type: 6, expectedAttachType: 0, insns, immediates, maps,
    subprograms: sorted.map((start, index) => ({ start, end: sorted[index + 1] ?? insns.length, stackDepth: 0 })),
  };
}
