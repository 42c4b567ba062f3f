import { HELPERS } from "../../helpers/table.ts";
import type { Insn } from "../../insn/insn.ts";
import * as op from "../../insn/opcodes.ts";
import type { Walk } from "./context.ts";
import { callBack } from "./callbacks.ts";
import { callFunction } from "./functions.ts";
import { CHANGES_PACKET, GPL_ONLY, isAllowed, MAY_SLEEP } from "./helpers/allowed.ts";
import { checkArgument } from "./helpers/args.ts";
import type { CallFacts } from "./helpers/call_facts.ts";
import { mapFitsHelper } from "./helpers/maps.ts";
import { PROTOTYPE } from "./helpers/prototypes.ts";
import type { Prototype } from "./helpers/prototypes.ts";
import { CALLS_BACK } from "./helpers/traits.ts";
import { resultOf } from "./helpers/results.ts";
import { callKernelFunction } from "./kfuncs.ts";
import { isPacket, NONE, UNKNOWN_REG } from "./reg.ts";
import { invalid, denied } from "./reject.ts";
import { checkNothingHeld, releaseReference } from "./references.ts";
import { writeStack } from "./stack.ts";

const SLEEPABLE = 0x10;
const SPIN_UNLOCK = 94;
const KPTR_XCHG = 194;
const TAIL_CALL = 12;
const RELEASES: ReadonlySet<number> = new Set([86, 132, 133, 199, 200]);
const PROG_ARRAY = 3;

/** A call of a helper, a function of the program or of the kernel; gives the next instruction. */
export function call(w: Walk, insn: Insn): number {
  const { code, dst, src, off, imm } = insn;
  const isReserved = (code & op.SOURCE_MASK) !== op.K || (src !== op.PSEUDO_KFUNC_CALL && off !== 0) || src > op.PSEUDO_KFUNC_CALL || dst !== 0 ||
    (code & op.CLASS_MASK) === op.JMP32;
  if (isReserved) invalid("BPF_CALL uses reserved fields");
  if (w.state.references.some(({ kind }) => kind === "lock")) {
    const isAllowedHelper = src === op.HELPER_CALL && (imm === SPIN_UNLOCK || imm === KPTR_XCHG);
    if (!isAllowedHelper && src !== op.PSEUDO_CALL) invalid("function calls are not allowed while holding a lock");
  }
  if (src === op.PSEUDO_CALL) return callFunction(w, insn);
  if (src === op.PSEUDO_KFUNC_CALL) return callKernelFunction(w);
  return callHelper(w, imm);
}

function prototypeOf(w: Walk, id: number): Prototype {
  if (id < 0 || id >= HELPERS.length) invalid(`invalid func unknown#${id}`);
  const name = `bpf_${HELPERS[id]?.name ?? "unspec"}#${id}`;
  const prototype = PROTOTYPE.get(id);
  if (!isAllowed(w.request.type, id) || prototype === undefined) invalid(`program of this type cannot use helper ${name}`);
  if (!w.request.gpl && GPL_ONLY.has(id)) invalid("cannot call GPL-restricted function from non-GPL compatible program");
  if (MAY_SLEEP.has(id) && (w.request.flags & SLEEPABLE) === 0) invalid("helper call might sleep in a non-sleepable prog");
  return prototype;
}

function callHelper(w: Walk, id: number): number {
  const prototype = prototypeOf(w, id);
  const facts: CallFacts = { helper: id, refId: 0 };
  for (let index = 0; index < prototype.args.length; index++) checkArgument(w, facts, prototype.args, index);
  checkMap(facts);
  fill(w, facts);
  if (RELEASES.has(id) && facts.refId !== 0) releaseReference(w, facts.refId);
  if (id === TAIL_CALL) checkNothingHeld(w, "tail_call", true);
  if (CALLS_BACK.has(id) || facts.callback !== undefined) callBack(w, facts);
  const result = resultOf(w, prototype, facts);
  for (let number = 0; number <= 5; number++) w.setReg(number, NONE);
  w.setReg(0, result);
  if (CHANGES_PACKET.has(id)) forgetPacket(w);
  return w.at + 1;
}

function checkMap({ map, helper }: CallFacts): void {
  if (map === undefined) return;
  if (helper === TAIL_CALL && map.type !== PROG_ARRAY) invalid("expected prog array map for tail call");
  if (!mapFitsHelper(map.type, helper)) {
    invalid(`cannot pass map_type ${map.type} into func bpf_${HELPERS[helper]?.name}#${helper}`);
  }
  if (UPDATES.has(helper) && (map.flags & 0x80) !== 0) denied("write into map forbidden");
}

/** Helpers that change a map, which a read-only one refuses. */
const UPDATES: ReadonlySet<number> = new Set([2, 3, 87, 88]);

/** What a helper writes to the stack is unknown to the program. */
function fill(w: Walk, { filled }: CallFacts): void {
  if (filled === undefined) return;
  const pointer = w.reg(filled.number);
  for (let i = 0; i < filled.size; i++) writeStack(w, pointer, filled.at + i, 1, -1, undefined);
}

function forgetPacket(w: Walk): void {
  w.state.mapRegs((reg) => (isPacket(reg) || reg.kind === "pkt_end" ? UNKNOWN_REG : reg));
}
