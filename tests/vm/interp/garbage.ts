// Programs that no verifier saw: instructions of any kind with any fields, on registers that hold what might do harm.
import type { Prng } from "../../kernel/prng.ts";
import { decodeInsns, encodeInsns } from "../../../vm/insn/insn.ts";
import type { Insn } from "../../../vm/insn/insn.ts";
import * as op from "../../../vm/insn/opcodes.ts";

const EXIT: Insn = { code: op.JMP | op.EXIT, dst: 0, src: 0, off: 0, imm: 0 };

const OPCODES: readonly number[] = [
  ...[op.ADD, op.SUB, op.MUL, op.DIV, op.OR, op.AND, op.LSH, op.RSH, op.NEG, op.MOD, op.XOR, op.MOV, op.ARSH, op.END].flatMap((code) =>
    [op.ALU, op.ALU64].flatMap((kind) => [kind | code | op.K, kind | code | op.X])),
  ...[op.JA, op.JEQ, op.JGT, op.JGE, op.JSET, op.JNE, op.JSGT, op.JSGE, op.JLT, op.JLE, op.JSLT, op.JSLE, op.JCOND].flatMap((code) =>
    [op.JMP, op.JMP32].flatMap((kind) => [kind | code | op.K, kind | code | op.X])),
  ...[op.B, op.H, op.W, op.DW].flatMap((size) => [
    op.LDX | op.MEM | size, op.LDX | op.MEMSX | size, op.ST | op.MEM | size, op.STX | op.MEM | size, op.STX | op.ATOMIC | size,
    op.LD | op.ABS | size, op.LD | op.IND | size,
  ]),
];
const ATOMICS = [op.ADD, op.OR | op.FETCH, op.XCHG, op.CMPXCHG, op.LOAD_ACQ, op.STORE_REL, 0x77];
const HELPERS_END = 214;


/** Values that registers begin with. */
export type Seeds = readonly bigint[];

function load64(dst: number, value: bigint, src = 0): Insn[] {
  const bits = BigInt.asUintN(64, value);
  return [
    { code: op.LD | op.IMM | op.DW, dst, src, off: 0, imm: Number(bits & 0xffffffffn) | 0 },
    { code: 0, dst: 0, src: 0, off: 0, imm: Number(bits >> 32n) | 0 },
  ];
}

/** `helpers`: whether it may call them. */
export function garbageProgram(random: Prng, seeds: Seeds, helpers: boolean): Insn[] {
  const insns: Insn[] = [];
  for (let register = 0; register < 10; ++register) insns.push(...load64(register, random.pick(seeds)));
  const count = random.between(1, 40);
  while (count > insns.length - 20) {
    if (random.chance(0.03)) {
      // Of a 64-bit immediate what it stands for was resolved when the program was loaded.
      insns.push(...decodeInsns(random.bytes(8)).map((insn) => (insn.code === (op.LD | op.IMM | op.DW) ? { ...insn, src: 0 } : insn)));
    } else if (random.chance(0.08)) {
      insns.push(...load64(random.below(11), random.pick(seeds)));
    } else if (random.chance(0.1) && helpers) {
      insns.push({ code: op.JMP | op.CALL, dst: 0, src: 0, off: 0, imm: random.below(HELPERS_END) });
      // What a helper needs in its first registers, now and then.
      if (random.chance(0.5)) insns.splice(-1, 0, ...load64(1, random.pick(seeds)), { code: op.ALU64 | op.MOV | op.X, dst: 2, src: 10, off: 0, imm: 0 }, { code: op.ALU64 | op.ADD | op.K, dst: 2, src: 0, off: 0, imm: -random.below(64) });
    } else if (random.chance(0.05)) {
      insns.push({ code: op.JMP | op.CALL, dst: 0, src: op.PSEUDO_CALL, off: 0, imm: random.between(-10, 10) });
    } else if (random.chance(0.04)) {
      insns.push(EXIT);
    } else {
      const code = random.pick(OPCODES);
      const kind = code & op.CLASS_MASK;
      const jumps = kind === op.JMP || kind === op.JMP32;
      const alu = kind === op.ALU || kind === op.ALU64;
      const atomic = (code & (op.CLASS_MASK | op.MODE_MASK)) === (op.STX | op.ATOMIC);
      insns.push({
        code, dst: random.below(random.chance(0.02) ? 16 : 10), src: random.below(random.chance(0.02) ? 16 : 11),
        off: alu ? (random.chance(0.9) ? 0 : random.pick([1, 8, 16, 32])) : jumps ? random.between(-12, 12) : random.chance(0.7) ? -8 * random.below(20) : (random.u32() << 16) >> 16,
        imm: atomic ? random.pick(ATOMICS) : (code & op.OP_MASK) === op.END && alu ? random.pick([16, 32, 64]) : random.chance(0.5) ? random.between(-64, 64) : random.u32() | 0,
      });
    }
  }
  if (random.chance(0.8)) insns.push(EXIT);
  return insns;
}

/** For a failure's message: the program's bytes. */
export function programText(insns: readonly Insn[]): string {
  return Array.from(encodeInsns(insns), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
