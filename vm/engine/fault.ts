import type { FaultFacts } from "../image.ts";

/** A run of a program was ended, because the program broke a rule that holds for every program, verified or not. */
export class ProgramFault extends Error implements FaultFacts {
  /** Index of the slot that broke the rule. */
  readonly insn: number;
  /** The rule, in words. */
  readonly reason: string;
  /** R0 to R10 before the instruction, from engines that were asked for them; else undefined. */
  readonly registers?: readonly bigint[];
  /** Id of the program that ran, which after a tail call is not the one that was started. */
  readonly program: number;

  constructor({ insn, reason, registers }: FaultFacts, program = 0) {
    super(`Program fault at instruction ${insn}: ${reason}`);
    this.name = "ProgramFault";
    this.insn = insn;
    this.reason = reason;
    this.registers = registers;
    this.program = program;
  }
}
