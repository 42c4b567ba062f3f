// Instructions that no verifier would let pass.
import type { Insn } from "../../../vm/insn/insn.ts";
import * as op from "../../../vm/insn/opcodes.ts";
import { Prng } from "../../kernel/prng.ts";
import { randomProgram } from "./generator.ts";

const HELPERS_USED = [1, 2, 5, 12, 28, 130, 164, 181, 209];
const POINTERS = [0, -1, 0x10000, 0xffff, 0x7fffffff, -0x80000000, 65536 * 6 - 4, 65536 * 8 - 4];

/** Every field random, but opcodes more often those that there are. */
function anyInsn(random: Prng, count: number): Insn {
  const code = random.chance(0.02) ? random.below(256) : random.pick(CODES);
  const isJump = (code & 7) === op.JMP || (code & 7) === op.JMP32;
  const register = (): number => (random.chance(0.99) ? random.below(10) : random.below(16));
  const near = (): number => random.between(-count, count);
  const off = isJump ? near() : random.weighted({ zero: 5, frame: 3, any: 2 }) === "zero" ? 0 : random.chance(0.6) ? -random.below(520) : (random.u32() << 16) >> 16;
  const isCall = code === (op.JMP | op.CALL);
  const src = isCall ? random.below(4) : register();
  const imm = isCall ? (src === op.PSEUDO_CALL ? near() : random.pick(HELPERS_USED)) : random.chance(0.5) ? random.between(-8, 64) : random.chance(0.5) ? random.pick(POINTERS) : random.u32() | 0;
  return { code, dst: register(), src, off, imm };
}

const CODES = [
  ...[0x07, 0x0f, 0x17, 0x1f, 0x27, 0x2f, 0x37, 0x3f, 0x47, 0x4f, 0x57, 0x5f, 0x67, 0x6f, 0x77, 0x7f, 0x87, 0x97, 0x9f, 0xa7, 0xaf, 0xb7, 0xbf, 0xc7, 0xcf, 0xd7],
  ...[0x04, 0x0c, 0x14, 0x1c, 0x24, 0x2c, 0x34, 0x3c, 0x44, 0x4c, 0x54, 0x5c, 0x64, 0x6c, 0x74, 0x7c, 0x84, 0x94, 0x9c, 0xa4, 0xac, 0xb4, 0xbc, 0xc4, 0xcc, 0xd4, 0xdc],
  ...[0x61, 0x69, 0x71, 0x79, 0x81, 0x89, 0x91, 0x62, 0x6a, 0x72, 0x7a, 0x63, 0x6b, 0x73, 0x7b, 0xc3, 0xdb, 0x61, 0x79, 0x63, 0x7b, 0xdb],
  ...[0x05, 0x06, 0x15, 0x1d, 0x25, 0x2d, 0x35, 0x45, 0x4d, 0x55, 0x5d, 0x65, 0x6d, 0xa5, 0xb5, 0xc5, 0xd5, 0x16, 0x1e, 0x26, 0x56, 0x5e, 0xe5],
  ...[0x85, 0x85, 0x85, 0x95, 0x95, 0x95, 0x18, 0x18, 0x20, 0x28, 0x30, 0x40, 0x48, 0x50],
];

/** R2 and R3 become the addresses at the context's start, R4 and R6 lie in the stack. */
const POINTERS_FIRST: readonly Insn[] = [
  { code: op.LDX | op.MEM | op.W, dst: 2, src: 1, off: 0, imm: 0 },
  { code: op.LDX | op.MEM | op.W, dst: 3, src: 1, off: 4, imm: 0 },
  { code: op.ALU64 | op.MOV | op.X, dst: 4, src: op.R10, off: 0, imm: 0 },
  { code: op.ALU64 | op.MOV | op.X, dst: 6, src: op.R10, off: 0, imm: 0 },
  { code: op.ALU64 | op.ADD | op.K, dst: 6, src: 0, off: 0, imm: -64 },
];

/** A program of random instructions, or a valid one in which some are replaced. */
export function garbageProgram(seed: number): Insn[] {
  const random = new Prng(seed, "garbage");
  if (random.chance(0.5)) {
    const count = random.between(1, 60);
    return [...POINTERS_FIRST, ...Array.from({ length: count }, () => anyInsn(random, count))];
  }
  const insns = randomProgram(seed);
  for (let changes = random.between(1, 4); changes > 0; --changes) {
    const at = random.below(insns.length);
    insns[at] = random.chance(0.5) ? anyInsn(random, insns.length) : { ...insns[at], [random.pick(["code", "dst", "src", "off", "imm"] as const)]: random.below(16) };
  }
  return insns;
}
