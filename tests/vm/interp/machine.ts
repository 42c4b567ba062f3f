// A core with programs and the interpreter on it, without a kernel around them: programs are run as they are, by no verifier.
import { At, AttrBytes, Cmd, Limit } from "../../kernel/abi.ts";
import { Interpreter } from "../../../vm/interp/interpreter.ts";
import type { Interpreted } from "../../../vm/interp/interpreter.ts";
import type { InterpCore } from "../../../vm/interp/core.ts";
import type { Code, MapFacts } from "../../../vm/image.ts";
import { FUNC_BASE } from "../../../vm/image.ts";
import type { Insn } from "../../../vm/insn/insn.ts";
import * as op from "../../../vm/insn/opcodes.ts";
import { assemble } from "../../../vm/insn/text.ts";
import { defaultSource } from "../../../vm/load/source.ts";

/** What of the core's exports tests need beside the interpreter's. */
interface Core extends InterpCore {
  init(cpus: number, chunks: number, fds: number, seed: bigint): number;
  set_cpu(cpu: number): number;
  bpf(cmd: number, attr: number, size: number): number;
  close(fd: number): number;
  data_alloc(size: number): number;
  data_free(address: number): number;
  map_address(fd: number): number;
  stats(out: number): number;
}

export interface MapShape {
  readonly type: number;
  readonly keySize?: number;
  readonly valueSize?: number;
  readonly maxEntries?: number;
  readonly flags?: number;
  readonly innerFd?: number;
}

type HostFunction = (r1: bigint, r2: bigint, r3: bigint, r4: bigint, r5: bigint) => bigint;

let compiled: WebAssembly.Module | undefined;

export class Machine {
  readonly core: Core;
  readonly interpreter: Interpreter;
  /** What the host's helpers answer, by id; others answer -EINVAL. */
  readonly host = new Map<number, HostFunction>();

  constructor({ cpus = 1, fuel, seed = 1n }: { cpus?: number; fuel?: number; seed?: bigint } = {}) {
    compiled ??= new WebAssembly.Module(defaultSource() as Uint8Array<ArrayBuffer>);
    const host_helper = (id: number, ...args: [bigint, bigint, bigint, bigint, bigint]): bigint => this.host.get(id)?.(...args) ?? -22n;
    this.core = new WebAssembly.Instance(compiled, { env: { host_helper } }).exports as unknown as Core;
    this.core.init(cpus, 0, 0, seed);
    this.interpreter = new Interpreter({ core: this.core, fuel });
  }

  get bytes(): Uint8Array {
    return new Uint8Array(this.core.memory.buffer);
  }

  /** A command of bpf(2) with the attr's fields by offset; buffers are copied in and out. */
  #bpf(cmd: number, fill: (attr: AttrBytes) => void): number {
    const attr = new AttrBytes(Limit.ATTR_SIZE);
    fill(attr);
    const at = this.core.alloc(Limit.ATTR_SIZE);
    this.bytes.set(attr.bytes, at);
    const answer = this.core.bpf(cmd, at, Limit.ATTR_SIZE);
    this.core.free(at);
    return answer;
  }

  /** A new map's fd. Throws when the core refuses it. */
  createMap({ type, keySize = 4, valueSize = 8, maxEntries = 1, flags = 0, innerFd = 0 }: MapShape): number {
    const fd = this.#bpf(Cmd.MAP_CREATE, (attr) => {
      attr.u32(At.create.map_type, type).u32(At.create.key_size, keySize).u32(At.create.value_size, valueSize);
      attr.u32(At.create.max_entries, maxEntries).u32(At.create.map_flags, flags).u32(At.create.inner_map_fd, innerFd);
    });
    if (fd < 0) throw new Error(`the core refuses a map of type ${type}: ${fd}`);
    return fd;
  }

  /** UPDATE_ELEM, LOOKUP_ELEM and the like: the answer, and the value buffer as it is then. */
  elem(cmd: number, fd: number, key: Uint8Array, value: Uint8Array, flags = 0): { answer: number; value: Uint8Array } {
    const at = this.core.alloc(Math.max(1, key.length));
    const to = this.core.alloc(Math.max(1, value.length));
    this.bytes.set(key, at);
    this.bytes.set(value, to);
    const answer = this.#bpf(cmd, (attr) => {
      attr.u32(At.elem.map_fd, fd).u32(At.elem.key, key.length ? at : 0);
      // DELETE_ELEM has neither.
      if (cmd !== Cmd.MAP_DELETE_ELEM) attr.u32(At.elem.value, to).u32(At.elem.flags, flags);
    });
    const out = this.bytes.slice(to, to + value.length);
    this.core.free(at);
    this.core.free(to);
    return { answer, value: out };
  }

  freeze(fd: number): void {
    this.#bpf(Cmd.MAP_FREEZE, (attr) => attr.u32(0, fd));
  }

  /** What PROG_LOAD makes of instructions, without any check: immediates of maps and functions resolved, functions found. */
  codeOf(insns: readonly Insn[]): Code {
    const starts = new Set<number>([0]);
    const immediates = new Map<number, bigint>();
    const isLoad64 = ({ code }: Insn): boolean => code === (op.LD | op.IMM | op.DW);
    insns.forEach((insn, index) => {
      if (insn.code === (op.JMP | op.CALL) && insn.src === op.PSEUDO_CALL) starts.add(index + 1 + insn.imm);
      if (isLoad64(insn) && insn.src === op.PSEUDO_FUNC) starts.add(index + 1 + insn.imm);
    });
    const sorted = [...starts].filter((start) => start >= 0 && start < insns.length).sort((a, b) => a - b);
    insns.forEach((insn, index) => {
      if (!isLoad64(insn) || index + 1 >= insns.length) return;
      if (insn.src === op.PSEUDO_FUNC) immediates.set(index, FUNC_BASE + BigInt(sorted.indexOf(index + 1 + insn.imm)));
      else if (insn.src === op.PSEUDO_MAP_FD) immediates.set(index, BigInt(this.core.map_address(insn.imm) >>> 0));
      else if (insn.src === op.PSEUDO_MAP_VALUE) immediates.set(index, this.valueAddress(insn.imm) + BigInt(insns[index + 1].imm));
    });
    const subprograms = sorted.map((start, index) => ({ start, end: sorted[index + 1] ?? insns.length, stackDepth: op.STACK_SIZE }));
    return { type: 0, expectedAttachType: 0, insns, subprograms, immediates, maps: [] as MapFacts[] };
  }

  /** Address of the first value of an array. */
  valueAddress(fd: number): bigint {
    const exports = this.core as unknown as { helper_map_lookup_elem(map: bigint, key: bigint): bigint };
    const key = this.core.data_alloc(8);
    const address = exports.helper_map_lookup_elem(BigInt(this.core.map_address(fd) >>> 0), BigInt(key));
    this.core.data_free(key);
    return address;
  }

  prepare(program: string | readonly Insn[]): Interpreted {
    return this.interpreter.prepare(this.codeOf(typeof program === "string" ? assemble(program) : program));
  }

  /** R0 of a program that is run once. */
  run(program: string | readonly Insn[], ctx = 0): bigint {
    const prepared = this.prepare(program);
    try {
      return prepared.run(ctx);
    } finally {
      prepared.dispose();
    }
  }

  /** The eight numbers of stats(). */
  stats(): bigint[] {
    const at = this.core.alloc(64);
    this.core.stats(at);
    const numbers = Array.from(new BigUint64Array(this.core.memory.buffer.slice(at, at + 64)));
    this.core.free(at);
    return numbers;
  }
}
