import type { Walk } from "../context.ts";
import { hasConstantOffset, isConstantReg, isNullReg, isPacket, MAYBE_NULL, offsetOf, RINGBUF, typeName } from "../reg.ts";
import type { Reg } from "../reg.ts";
import { denied, invalid } from "../reject.ts";
import { ZERO } from "../state.ts";
import { byteOf, slotOf } from "../stack.ts";
import { markPrecise } from "../precision.ts";
import type { CallFacts } from "./call_facts.ts";
import { checkAlignment } from "../memory.ts";
import { checkLock } from "./locks.ts";
import { checkHelperMemory, checkSizeArgument } from "./memory_args.ts";
import { checkDynptr, makeDynptr } from "./dynptr.ts";
import { mapFields } from "../regions.ts";

/** Kinds that each argument takes, in the order in which messages name them. */
const MEMORY = ["fp", "pkt", "pkt_meta", "map_key", "map_value", "mem", "ringbuf_mem", "buf", "trusted_ptr_"];
const SOCKETS = ["sock_common", "sock", "tcp_sock", "xdp_sock", "ptr_", "trusted_ptr_"];
const EXPECTED: Readonly<Record<string, readonly string[]>> = {
  map: ["map_ptr"], key: MEMORY, value: MEMORY, mem: MEMORY, long: ["fp", "pkt", "pkt_meta", "map_key", "map_value"], ctx: ["ctx"],
  size: ["scalar"], size0: ["scalar"], rbsize: ["scalar"], rbmem: ["ringbuf_mem"], func: ["func"], stack: ["fp"], str: ["map_value"],
  sock: SOCKETS, common: SOCKETS, lock: ["map_value", "ptr_"], timer: ["map_value"], dynptr: ["fp", "dynptr_ptr"], kptr: ["map_value", "ptr_"],
  percpu: ["percpu_ptr_", "percpu_rcu_ptr_", "percpu_trusted_ptr_"], task: ["ptr_", "trusted_ptr_", "rcu_ptr_"], "value-mem": MEMORY,
};

const KIND = /^(value-mem|[a-z]+0?)(?::(\d+))?(!)?(\?)?$/;

interface Argument {
  readonly kind: string;
  readonly bytes: number;
  readonly isWritten: boolean;
  readonly allowsNull: boolean;
}

const parsed = new Map<string, Argument>();

function parse(word: string): Argument {
  let argument = parsed.get(word);
  if (argument === undefined) {
    const [, kind, bytes, written, nullable] = KIND.exec(word.replace("?!", "!?")) as RegExpExecArray;
    argument = { kind, bytes: Number(bytes ?? 0), isWritten: written !== undefined, allowsNull: nullable !== undefined };
    parsed.set(word, argument);
  }
  return argument;
}

function checkKind(number: number, reg: Reg, kind: string, flags = reg.flags): void {
  const expected = EXPECTED[kind];
  const name = typeName({ kind: reg.kind, flags });
  if (expected.includes(name)) return;
  denied(`R${number} type=${typeName(reg)} expected=${expected.join(", ")}`);
}

/** Judges an argument of a helper. */
export function checkArgument(w: Walk, facts: CallFacts, words: readonly string[], index: number): void {
  const number = index + 1;
  const argument = parse(words[index]);
  const reg = w.read(number);
  if (argument.kind === "any") return;
  if (isPacket(reg) && !w.context.hasPacket) denied("helper access to the packet is not allowed");
  if (!(argument.allowsNull && isNullReg(reg))) {
    // A helper that takes NULL takes what may be NULL.
    checkKind(number, reg, argument.kind, argument.allowsNull ? reg.flags & ~MAYBE_NULL : reg.flags);
    checkOffset(w, number, reg, argument);
  }
  if (isRelease(argument, facts.helper) && argument.kind !== "dynptr" && reg.refId === 0 && !isNullReg(reg)) {
    invalid(`R${number} must be referenced when passed to release function`);
  }
  if (reg.refId !== 0) {
    if (facts.refId !== 0) invalid(`more than one arg with ref_obj_id R${number} ${reg.refId} ${facts.refId}`);
    facts.refId = reg.refId;
  }
  checkByKind(w, facts, words, index, argument, reg);
}

const RELEASES: ReadonlySet<number> = new Set([86, 132, 133, 199, 200]);
const isRelease = ({ kind }: Argument, helper: number): boolean => RELEASES.has(helper) && (kind === "rbmem" || kind === "sock" || kind === "dynptr");

function checkOffset(w: Walk, number: number, reg: Reg, argument: Argument): void {
  if (isRelease(argument, w.insns[w.at].imm) && argument.kind !== "dynptr") {
    if (reg.off !== 0 || !hasConstantOffset(reg)) invalid(`R${number} must have zero offset when passed to release func or trusted arg to kfunc`);
    return;
  }
  if (reg.kind === "fp" || isPacket(reg) || reg.kind === "map_key" || reg.kind === "map_value" || reg.kind === "buf" || (reg.kind === "mem" && (reg.flags & RINGBUF) === 0)) return;
  if (reg.kind === "mem" && argument.kind !== "rbmem") return;
  if (reg.kind === "scalar") return;
  if (reg.off < 0) denied(`negative offset ${typeName(reg)} ptr R${number} off=${reg.off} disallowed`);
  if (reg.off !== 0) denied(`dereference of modified ${typeName(reg)} ptr R${number} off=${reg.off} disallowed`);
  if (!hasConstantOffset(reg)) denied(`variable ${typeName(reg)} access var_off=... disallowed`);
}

function checkByKind(w: Walk, facts: CallFacts, words: readonly string[], index: number, argument: Argument, reg: Reg): void {
  const number = index + 1;
  switch (argument.kind) {
    case "map":
      facts.map = reg.map;
      facts.mapReg = reg;
      return;
    case "key":
      if (facts.map === undefined) denied("invalid map_ptr to access map->key");
      checkHelperMemory(w, number, facts.map.keySize, false, false, undefined);
      facts.key = constantKey(w, facts, reg);
      return;
    case "value":
      if (argument.allowsNull && isNullReg(reg)) return;
      if (facts.map === undefined) denied("invalid map_ptr to access map->value");
      return checkHelperMemory(w, number, facts.map.valueSize, argument.isWritten, false, argument.isWritten ? facts : undefined);
    case "mem":
      if (argument.bytes > 0) checkHelperMemory(w, number, argument.bytes, argument.isWritten, false, argument.isWritten ? facts : undefined);
      return;
    case "long":
      checkHelperMemory(w, number, 8, true, false, facts);
      return checkAlignment(w, reg, 0, 8, true);
    case "size":
    case "size0":
      return checkSizeArgument(w, number, parse(words[index - 1]).isWritten, argument.kind === "size0", facts);
    case "rbsize":
      if (!isConstantReg(reg)) denied(`R${number} is not a known constant`);
      facts.memorySize = Number(reg.scalar.bits.value);
      return markPrecise(w, number);
    case "func":
      facts.callback = reg.number;
      return;
    case "lock":
      return checkLock(w, reg, number, facts.helper === 93);
    case "timer":
      return checkTimer(w, facts, reg, number);
    case "str":
      return checkString(w, reg, number);
    case "dynptr":
      if (argument.isWritten) makeDynptr(w, facts, reg, number);
      else checkDynptr(w, facts, reg, number);
  }
}

/** The key of a lookup, where it is a known number of 4 bytes on the stack. */
function constantKey(w: Walk, { map, helper }: CallFacts, reg: Reg): number | undefined {
  if (helper !== 1 || map === undefined || (map.type !== 2 && map.type !== 6) || reg.kind !== "fp" || !hasConstantOffset(reg)) return undefined;
  const at = offsetOf(reg);
  const slot = w.state.frames[reg.number].slot(slotOf(at));
  const start = byteOf(at);
  if (slot.bytes.slice(start, start + 4) === ZERO.repeat(4)) return 0;
  if (slot.reg === undefined || !isConstantReg(slot.reg) || start !== 0 || slot.bytes.slice(0, 4) !== "rrrr") return undefined;
  const isWhole = slot.bytes === "rrrrrrrr";
  return isWhole ? undefined : Number(slot.reg.scalar.bits.value);
}

function checkTimer(w: Walk, facts: CallFacts, reg: Reg, number: number): void {
  if (!hasConstantOffset(reg)) invalid(`R${number} doesn't have constant offset. bpf_timer has to be at the constant offset`);
  const { map } = reg;
  if (map === undefined || map.btf === undefined) invalid(`map '${map?.name ?? ""}' has to have BTF in order to use bpf_timer`);
  const field = mapFields(w, map).find(({ kind }) => kind === "bpf_timer");
  if (field === undefined) invalid(`map '${map.name}' has no valid bpf_timer`);
  if (field.offset !== offsetOf(reg)) invalid(`off ${offsetOf(reg)} doesn't point to 'struct bpf_timer' that is at ${field.offset}`);
  facts.mapReg = reg;
}

/** A string that the program cannot change: in the value of a frozen read-only map. */
function checkString(w: Walk, reg: Reg, number: number): void {
  const { map } = reg;
  if (map === undefined || (map.flags & 0x80) === 0 || !map.frozen) denied(`R${number} does not point to a readonly map'`);
  if (!hasConstantOffset(reg)) denied(`R${number} is not a constant address'`);
  if (map.type !== 2) denied("no direct value access support for this map type");
  const at = offsetOf(reg);
  checkHelperMemory(w, number, map.valueSize - at, false, false, undefined);
  const bytes = w.host.mapBytes?.(map, at, map.valueSize - at);
  if (bytes !== undefined && !bytes.includes(0)) invalid("string is not zero-terminated");
}
