import type { Walk } from "../context.ts";
import { hasConstantOffset, offsetOf, typeName } from "../reg.ts";
import type { Reg } from "../reg.ts";
import { denied, invalid } from "../reject.ts";
import { slotOf, stackExtent } from "../stack.ts";
import { destroyObjects } from "../stack_objects.ts";
import { DYNPTR } from "../state.ts";
import type { StackObject } from "../state.ts";
import type { CallFacts } from "./call_facts.ts";
import { acquireReference } from "../references.ts";

const FROM_MEM = 197;
const RESERVE = 198;
const SUBMIT = 199;
const DISCARD = 200;

/** Where a dynptr is on the stack: its upper slot, of two. */
function place(reg: Reg): { at: number; index: number } {
  if (!hasConstantOffset(reg)) invalid("dynptr has to be at a constant offset");
  const at = offsetOf(reg);
  if (at % 8 !== 0) invalid(`cannot pass in dynptr at an offset=${at}`);
  return { at, index: slotOf(at) };
}

/** A helper makes a dynptr of 16 bytes on the stack. */
export function makeDynptr(w: Walk, facts: CallFacts, reg: Reg, number: number): void {
  if (reg.kind === "dynptr_ptr") invalid("cannot make a dynptr in place of a const one");
  const { at, index } = place(reg);
  if (at < -512 || index < 1) invalid(`cannot pass in dynptr at an offset=${at}`);
  stackExtent(w, number, reg, 0, 16, "write");
  const frame = w.state.frames[reg.number];
  destroyObjects(w, frame, index - 1, index);
  const refId = facts.helper === RESERVE ? acquireReference(w) : 0;
  const kind: StackObject["kind"] = facts.helper === FROM_MEM ? "local" : "ringbuf";
  const id = w.newId();
  const bytes = DYNPTR.repeat(8);
  frame.stack[index] = { bytes, object: { kind, id, refId, isFirst: true } };
  frame.stack[index - 1] = { bytes, object: { kind, id, refId, isFirst: false } };
}

/** A helper uses a dynptr. */
export function checkDynptr(w: Walk, facts: CallFacts, reg: Reg, number: number): void {
  if (reg.kind === "dynptr_ptr") {
    facts.dynptr = { number: reg.number, refId: 0, kind: "local" };
    return;
  }
  if (reg.kind !== "fp") denied(`R${number} type=${typeName(reg)} expected=fp, dynptr_ptr`);
  const { index } = place(reg);
  const frame = w.state.frames[reg.number];
  const object = frame.stack[index]?.object;
  const isWhole = object?.isFirst === true && frame.stack[index]?.bytes[0] === DYNPTR && frame.stack[index - 1]?.object?.id === object.id;
  if (object === undefined || !isWhole) invalid(`Expected an initialized dynptr as arg #${number - 1}`);
  const isRelease = facts.helper === SUBMIT || facts.helper === DISCARD;
  if (isRelease && object.kind !== "ringbuf") invalid(`Expected a dynptr of type ringbuf as arg #${number - 1}`);
  if (isRelease && object.refId === 0) invalid("arg 1 is an unacquired reference");
  facts.dynptr = { number: object.id, refId: object.refId, kind: object.kind };
  if (isRelease) facts.refId = object.refId;
}
