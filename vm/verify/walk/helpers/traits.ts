import * as op from "../../../insn/opcodes.ts";
import type { Insn } from "../../../insn/insn.ts";
import { HELPERS } from "../../../helpers/table.ts";

const FOR_EACH_MAP_ELEM = 164;
const LOOP = 181;
const FIND_VMA = 180;
const USER_RINGBUF_DRAIN = 209;
const TIMER_SET_CALLBACK = 170;

/** Helpers that call a function of the program before they return. */
export const CALLS_BACK: ReadonlySet<number> = new Set([FOR_EACH_MAP_ELEM, LOOP, FIND_VMA, USER_RINGBUF_DRAIN]);

/** Whether states are compared before a call, and always kept there. */
export function isPruneCall({ src, imm }: Insn, kernelFunction: string | undefined): "compare" | "checkpoint" | undefined {
  if (src === op.HELPER_CALL) return CALLS_BACK.has(imm) ? "checkpoint" : imm === TIMER_SET_CALLBACK ? "compare" : undefined;
  return kernelFunction?.startsWith("bpf_iter_") === true && kernelFunction.endsWith("_next") ? "checkpoint" : undefined;
}

/** Arguments of a helper; an unknown one may read all five. */
export const argumentsOf = (id: number): number => HELPERS[id]?.args ?? 5;
