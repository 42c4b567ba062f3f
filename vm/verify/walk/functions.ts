import * as kinds from "../../btf/kinds.ts";
import type { Insn } from "../../insn/insn.ts";
import { FRAMES_MAX, R10 } from "../../insn/opcodes.ts";
import type { Walk } from "./context.ts";
import { isScalar, NONE, pointer, typeName, UNKNOWN_REG } from "./reg.ts";
import { E2BIG, EINVAL, invalid, Reject } from "./reject.ts";
import { checkHelperMemory } from "./helpers/memory_args.ts";
import { Frame } from "./state.ts";

/** A call of a function of the program; gives the next instruction. */
export function callFunction(w: Walk, { imm }: Insn): number {
  const index = w.functionAt(w.at + 1 + imm);
  const shape = w.structure.functions[index];
  if (shape.isGlobal) return callGlobal(w, index);
  enter(w, index);
  return shape.start;
}

/** The frame of a function that the walk begins with: nothing is known but its stack. */
export function entryFrame(index: number): Frame {
  const frame = new Frame(-1, 0, index);
  frame.regs[R10] = pointer("fp");
  return frame;
}

/** A frame for a function that is called. */
export function pushFrame(w: Walk, index: number): Frame {
  const { frames } = w.state;
  if (frames.length >= FRAMES_MAX) throw new Reject(E2BIG, `the call stack of ${frames.length + 1} frames is too deep`);
  const frame = new Frame(w.at, frames.length, index);
  frame.regs[R10] = pointer("fp", { number: frames.length });
  frames.push(frame);
  return frame;
}

function enter(w: Walk, index: number): void {
  const caller = w.frame;
  const frame = pushFrame(w, index);
  for (let number = 1; number <= 5; number++) frame.regs[number] = caller.regs[number];
  for (let number = 0; number <= 5; number++) caller.regs[number] = NONE;
}

/** A global function is judged by itself: its caller has to pass what its prototype asks for, and gets any number. */
function callGlobal(w: Walk, index: number): number {
  const shape = w.structure.functions[index];
  if (w.state.references.some(({ kind }) => kind === "lock")) {
    invalid("global function calls are not allowed while holding a lock,\nuse static function instead");
  }
  try {
    checkArguments(w, index);
  } catch (error) {
    if (!(error instanceof Reject)) throw error;
    throw new Reject(error.errno === 13 ? EINVAL : error.errno, `${error.message}\nCaller passes invalid args into func#${index} ('${shape.name}')`);
  }
  w.log.write(`Func#${index} ('${shape.name}') is global and assumed valid.\n`);
  w.calledGlobals.add(index);
  for (let number = 0; number <= 5; number++) w.setReg(number, NONE);
  w.setReg(0, UNKNOWN_REG);
  return w.at + 1;
}

/** What a parameter of a global function is. */
export type Parameter = { readonly kind: "number" } | { readonly kind: "ctx" } | { readonly kind: "mem"; readonly size: number };

const CONTEXT_STRUCTS: Readonly<Record<number, string>> = {
  1: "__sk_buff", 3: "__sk_buff", 4: "__sk_buff", 6: "xdp_md", 8: "__sk_buff", 9: "bpf_sock", 10: "__sk_buff", 11: "__sk_buff", 12: "__sk_buff", 13: "bpf_sock_ops",
  14: "__sk_buff", 15: "bpf_cgroup_dev_ctx", 16: "sk_msg_md", 18: "bpf_sock_addr", 21: "sk_reuseport_md", 22: "__sk_buff", 23: "bpf_sysctl", 25: "bpf_sockopt", 30: "bpf_sk_lookup",
};

/** The parameters of a global function, by its BTF. */
export function parametersOf(w: Walk, index: number): Parameter[] {
  const { typeId, name } = w.structure.functions[index];
  const types = w.structure.btf?.types;
  if (types === undefined || typeId === 0) return [];
  const proto = types.sizeOrType(typeId);
  const params = types.params(proto);
  if (params.length > 5) invalid(`Global function ${name}() with ${params.length} > 5 args. Buggy compiler.`);
  const result = types.kind(types.skipModifiers(types.sizeOrType(proto)));
  if (result !== kinds.INT && !kinds.isEnumKind(result)) invalid(`Global function ${name}() doesn't return scalar. Only those are supported.`);
  return params.map(({ type }, at) => {
    const bare = types.skipModifiers(type);
    const kind = types.kind(bare);
    if (kind === kinds.INT || kinds.isEnumKind(kind)) return { kind: "number" };
    if (kind !== kinds.PTR) invalid(`Arg#${at} type is not supported in global functions`);
    const target = types.skipModifiers(types.sizeOrType(bare));
    if (types.kind(target) === kinds.STRUCT && types.name(target) === CONTEXT_STRUCTS[w.request.type]) return { kind: "ctx" };
    const size = types.sizeOf(target);
    if (size === undefined) invalid(`arg#${at} reference type('UNKNOWN ') size cannot be determined: -22`);
    return { kind: "mem", size };
  });
}

function checkArguments(w: Walk, index: number): void {
  parametersOf(w, index).forEach((parameter, at) => {
    const number = at + 1;
    const reg = w.read(number);
    switch (parameter.kind) {
      case "number":
        if (!isScalar(reg)) invalid(`R${number} is not a scalar`);
        return;
      case "ctx":
        if (reg.kind !== "ctx") invalid(`R${number} type=${typeName(reg)} expected=ctx`);
        return;
      default:
        if (isScalar(reg) && reg.scalar.bits.mask === 0n && reg.scalar.bits.value === 0n) return;
        checkHelperMemory(w, number, parameter.size, false, false, undefined);
        checkHelperMemory(w, number, parameter.size, true, false, undefined);
    }
  });
}
