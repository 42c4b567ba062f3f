import { disassemble } from "../insn/disasm.ts";
import type { Names } from "../insn/disasm.ts";
import type { Insn } from "../insn/insn.ts";
import { loopNumbers } from "./loops.ts";

const REGISTERS = 10;
const LOOP_COLUMNS = 3;
const INDEX_COLUMNS = 4;

/** What the log of level 2 says before the walk: each instruction with its loop and the registers that are read from there on. */
export function liveText(insns: readonly Insn[], live: ArrayLike<number>, names: Names): string {
  const loops = loopNumbers(insns);
  const lines = disassemble(insns, names).map(({ index, text }) => {
    const loop = loops[index] === 0 ? "" : `${loops[index]}`;
    let registers = "";
    for (let register = 0; register < REGISTERS; register++) registers += (live[index] >> register) & 1 ? `${register}` : ".";
    return `${loop.padStart(LOOP_COLUMNS)}${`${index}`.padStart(INDEX_COLUMNS)}: ${registers} ${text}\n`;
  });
  return `Live regs before insn:\n${lines.join("")}`;
}
