import type { Walk } from "./context.ts";
import { entryFrame, pushFrame } from "./functions.ts";
import type { CallFacts } from "./helpers/call_facts.ts";
import { markPrecise } from "./precision.ts";
import { pointer, UNKNOWN_REG } from "./reg.ts";
import type { Reg } from "./reg.ts";

const FOR_EACH_MAP_ELEM = 164;
const TIMER_SET_CALLBACK = 170;
const LOOP = 181;
const USER_RINGBUF_DRAIN = 209;

/** A helper that calls a function back: the function is walked as if the helper's call were one of it, and again after it. */
export function callBack(w: Walk, facts: CallFacts): void {
  const { helper, callback } = facts;
  if (callback === undefined) return;
  if (helper === TIMER_SET_CALLBACK) return callLater(w, facts, callback);
  if (helper === LOOP) {
    markPrecise(w, 1);
    const { callbackDepth } = w.frame;
    if (BigInt(callbackDepth) >= w.reg(1).scalar.umax) {
      w.frame.callbackDepth = 0;
      return;
    }
  }
  const args = argumentsOf(w, facts);
  const saved = w.state;
  const entered = w.push(w.structure.functions[callback].start);
  w.state = entered;
  entered.callbackUnrollDepth++;
  entered.frame.callbackDepth++;
  const frame = pushFrame(w, callback);
  args.forEach((reg, at) => (frame.regs[at + 1] = reg));
  frame.callback = { helper, min: 0n, max: 1n, isAsync: false };
  w.state = saved;
  w.frame.callbackDepth = 0;
}

function argumentsOf(w: Walk, { helper, map }: CallFacts): Reg[] {
  switch (helper) {
    case FOR_EACH_MAP_ELEM:
      return [pointer("map_ptr", { map }), pointer("map_key", { map }), pointer("map_value", { map }), w.reg(3)];
    case USER_RINGBUF_DRAIN:
      return [pointer("dynptr_ptr", { number: w.newId() }), w.reg(3)];
    default:
      return [UNKNOWN_REG, w.reg(3)];
  }
}

/** A timer's function runs later, by itself, with a stack of its own. */
function callLater(w: Walk, { mapReg }: CallFacts, callback: number): void {
  const map = mapReg?.map;
  const saved = w.state;
  const later = w.push(w.structure.functions[callback].start);
  w.state = later;
  later.frames = [];
  later.references = [];
  const frame = entryFrame(callback);
  frame.regs[1] = pointer("map_ptr", { map });
  frame.regs[2] = pointer("map_key", { map });
  frame.regs[3] = pointer("map_value", { map });
  frame.callback = { helper: TIMER_SET_CALLBACK, min: 0n, max: 0n, isAsync: true };
  later.frames = [frame];
  w.state = saved;
}
