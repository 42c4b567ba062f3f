// The public interface of bpf-maps/programs.
export * from "./constants.ts";
export { ProgramFault } from "./engine/fault.ts";
export { asm, type Atomic, type LoadSize, type Operand, r0, r1, r10, r2, r3, r4, r5, r6, r7, r8, r9, type Register, type Size } from "./insn/asm.ts";
export { decodeInsns, encodeInsns, type Insn } from "./insn/insn.ts";
export { link, type Statement, type Target } from "./insn/program.ts";
export { assemble, assembleBytes } from "./insn/text.ts";
export { programs } from "./load/programs.ts";
