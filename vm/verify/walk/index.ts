import type { LoadHost, LoadRequest } from "../../image.ts";
import type { Counts, VerifierLog } from "../log.ts";
import type { Structure } from "../structure/structure.ts";
import { Walk } from "./context.ts";
import { CONTEXTS, NO_CONTEXT } from "./ctx/tables.ts";
import { explore } from "./explore.ts";
import { entryFrame, parametersOf } from "./functions.ts";
import { markInsns } from "./liveness.ts";
import { Checkpoints } from "./prune.ts";
import { MAYBE_NULL, pointer, UNKNOWN_REG } from "./reg.ts";
import { Reject } from "./reject.ts";
import { checkStackDepth } from "./stack_depth.ts";
import { State } from "./state.ts";

/** What the walk finds. */
export interface WalkResult {
  /** 0, or the errno (positive) of the rule that was broken; its message is in the log. */
  readonly errno: number;
  readonly counts: Counts;
  /** Bytes of stack that each function uses. */
  readonly stackDepths: readonly number[];
}

/**
 * Walks every path of a program whose structure is right, with what is known of registers and stack, and refuses what breaks a rule.
 * Messages go into the log; the footer is the caller's.
 */
export function walk(structure: Structure, request: LoadRequest, host: LoadHost, log: VerifierLog): WalkResult {
  const w = new Walk(request, host, structure, log, CONTEXTS[request.type] ?? NO_CONTEXT, markInsns(structure));
  const checkpoints = new Checkpoints();
  let errno = 0;
  try {
    walkFunction(w, checkpoints, 0);
    walkGlobals(w, checkpoints);
    checkStackDepth(w);
  } catch (error) {
    if (!(error instanceof Reject)) throw error;
    errno = error.errno;
    log.write(`${error.message}\n`);
  }
  const counts = { insns: w.processed, maxStatesPerInsn: checkpoints.maxPerInsn, totalStates: checkpoints.total, peakStates: checkpoints.peak, markRead: 0 };
  return { errno, counts, stackDepths: w.stackDepths };
}

/** Judges a function by itself: the entry, or a global function with any arguments that its prototype allows. */
function walkFunction(w: Walk, checkpoints: Checkpoints, index: number): void {
  checkpoints.clear();
  w.pending.length = 0;
  w.resetIds();
  const frame = entryFrame(index);
  w.state = new State([frame]);
  w.at = w.structure.functions[index].start;
  w.previous = -1;
  w.state.firstInsn = w.at;
  if (index === 0) {
    frame.regs[1] = pointer("ctx");
  } else {
    parametersOf(w, index).forEach((parameter, at) => {
      frame.regs[at + 1] = parameter.kind === "number" ? UNKNOWN_REG : parameter.kind === "ctx" ? pointer("ctx")
        : pointer("mem", { flags: MAYBE_NULL, size: parameter.size, id: w.newId() });
    });
  }
  explore(w, checkpoints);
}

function walkGlobals(w: Walk, checkpoints: Checkpoints): void {
  const done = new Set<number>();
  for (;;) {
    const next = [...w.calledGlobals].filter((index) => !done.has(index)).sort((a, b) => a - b)[0];
    if (next === undefined) return;
    done.add(next);
    const { name } = w.structure.functions[next];
    w.log.write(`Validating ${name}() func#${next}...\n`);
    walkFunction(w, checkpoints, next);
    w.log.write(`Func#${next} ('${name}') is safe for any args that match its prototype\n`);
  }
}
