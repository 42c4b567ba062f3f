import type { Walk } from "./context.ts";
import { statesEqual } from "./equal.ts";
import { forgetPrecision, spreadPrecision } from "./precision.ts";
import { invalid } from "./reject.ts";
import { NONE } from "./reg.ts";
import { R10 } from "../../insn/opcodes.ts";
import { STACK_BIT } from "./liveness.ts";
import type { State } from "./state.ts";

const TEST_STATE_FREQ = 8;
/** A way back longer than this is cut by a checkpoint. */
const HISTORY_MAX = 40;

interface Checkpoint {
  readonly state: State;
  hits: number;
  misses: number;
  isCleaned: boolean;
}

/** The states that the walk keeps, by instruction, newest first. */
export class Checkpoints {
  readonly #kept = new Map<number, Checkpoint[]>();
  #jumpsBefore = 0;
  #insnsBefore = 0;
  total = 0;
  peak = 0;
  maxPerInsn = 0;

  /** Each function that is verified alone begins anew. */
  clear(): void {
    this.#kept.clear();
  }

  /** Whether the path can end here, since a state like this one was judged before. Else the state may be kept. */
  visit(w: Walk): boolean {
    const cur = w.state;
    const { at } = w;
    const isForced = (w.request.flags & TEST_STATE_FREQ) !== 0 || w.marks.checkpoint[at] !== 0 || cur.history.length > HISTORY_MAX;
    let isKept = isForced || (w.jumps - this.#jumpsBefore >= 2 && w.processed - this.#insnsBefore >= 8);
    const list = this.#kept.get(at) ?? [];
    this.#clean(w, list);
    const evicted: Checkpoint[] = [];
    for (const one of list) {
      if (one.state.branches > 0) {
        if (this.#isLoop(w, one)) {
          one.hits++;
          return true;
        }
        if (!isForced && w.jumps - this.#jumpsBefore < 20 && w.processed - this.#insnsBefore < 100) isKept = false;
      } else if (statesEqual(w, one.state, cur, "covers")) {
        one.hits++;
        if (w.marks.jump[at] !== 0) w.note();
        spreadPrecision(w, one.state);
        return true;
      }
      if (isKept) one.misses++;
      const patience = w.marks.checkpoint[at] !== 0 && one.state.branches > 0 ? 64 : 3;
      if (one.misses > one.hits * patience + patience) evicted.push(one);
    }
    this.maxPerInsn = Math.max(this.maxPerInsn, list.length);
    if (evicted.length > 0) this.#kept.set(at, list.filter((one) => !evicted.includes(one)));
    if (isKept) this.#keep(w);
    return false;
  }

  /** A checkpoint from which paths are still open has come round: an endless loop, or one that its end bounds. */
  #isLoop(w: Walk, { state }: Checkpoint): boolean {
    const cur = w.state;
    if (w.marks.checkpoint[w.at] !== 0) {
      if (w.isMayGoto(w.at)) {
        if (state.mayGotoDepth !== cur.mayGotoDepth && statesEqual(w, state, cur, "ranges")) return true;
      } else if (statesEqual(w, state, cur, "ranges")) {
        return w.isCallback(w.at) || w.iteratorAdvanced(state, cur);
      } else {
        return false;
      }
      if (!w.isMayGoto(w.at)) return false;
    }
    if (statesEqual(w, state, cur, "exact") && state.mayGotoDepth === cur.mayGotoDepth && state.callbackUnrollDepth === cur.callbackUnrollDepth) {
      invalid(`infinite loop detected at insn ${w.at}\n${w.stateText("cur state", cur)}\n${w.stateText("old state", state)}`);
    }
    return false;
  }

  /** What is dead at a checkpoint that has been judged to the end need not be compared. */
  #clean(w: Walk, list: readonly Checkpoint[]): void {
    for (const one of list) {
      if (one.isCleaned || one.state.branches > 0) continue;
      one.isCleaned = true;
      const { frames, insn } = one.state;
      let isStackRead = false;
      [...frames].reverse().forEach(({ regs, stack, index }) => {
        const live = w.marks.live[index === frames.length - 1 ? insn : frames[index + 1].callsite];
        // What a function called may read, through a pointer, of the frames below it.
        isStackRead ||= (live & STACK_BIT) !== 0;
        if (!isStackRead) stack.length = 0;
        for (let number = 0; number < R10; number++) if ((live & (1 << number)) === 0) regs[number] = NONE;
      });
    }
  }

  #keep(w: Walk): void {
    const cur = w.state;
    this.total++;
    this.peak++;
    this.#jumpsBefore = w.jumps;
    this.#insnsBefore = w.processed;
    forgetPrecision(cur);
    const state = cur.copy();
    state.insn = w.at;
    cur.parent = state;
    cur.firstInsn = w.at;
    cur.history = [];
    w.step = undefined;
    const list = this.#kept.get(w.at) ?? [];
    list.unshift({ state, hits: 0, misses: 0, isCleaned: false });
    this.#kept.set(w.at, list);
  }
}

/** A path has ended: the checkpoints that it came from have one less to wait for. */
export function endPath(state: State): void {
  for (let at: State | undefined = state; at !== undefined; at = at.parent) {
    if (--at.branches > 0) return;
  }
}
