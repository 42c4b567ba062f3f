import type { LoadHost, LoadRequest, MapFacts } from "../../image.ts";
import type { Insn } from "../../insn/insn.ts";
import type { VerifierLog } from "../log.ts";
import type { Load64, Structure } from "../structure/structure.ts";
import type { Field } from "../../btf/fields.ts";
import type { ContextTable } from "./ctx/context.ts";
import { NONE, UNKNOWN_REG } from "./reg.ts";
import type { Reg } from "./reg.ts";
import { denied, invalid } from "./reject.ts";
import { CALL, HELPER_CALL, JCOND, JMP, R10 } from "../../insn/opcodes.ts";
import { CALLS_BACK } from "./helpers/traits.ts";
import { printFrame } from "./print.ts";
import type { Frame, State, Step } from "./state.ts";

/** What is known of an instruction before the walk begins. */
export interface Marks {
  /** States are compared here. */
  readonly prune: Uint8Array;
  /** Paths may come here by a jump, so that the way back is written down. */
  readonly jump: Uint8Array;
  /** States are kept here whatever the heuristics say. */
  readonly checkpoint: Uint8Array;
  /** Registers that are read before they are written, one bit each. */
  readonly live: Uint16Array;
}

/** A path that is still to be walked. */
export interface Pending {
  readonly state: State;
  readonly insn: number;
  readonly previous: number;
  readonly logMark: number;
}

/** Everything that the parts of the walk share. */
export class Walk {
  readonly request: LoadRequest;
  readonly host: LoadHost;
  readonly structure: Structure;
  readonly insns: readonly Insn[];
  readonly log: VerifierLog;
  readonly context: ContextTable;
  readonly marks: Marks;
  state!: State;
  /** The instruction that is judged, and the one before it on this path. */
  at = 0;
  previous = -1;
  /** Instructions judged so far. */
  processed = 0;
  jumps = 0;
  readonly pending: Pending[] = [];
  /** Stack bytes that each function uses. */
  readonly stackDepths: number[];
  /** Kind of pointer that each memory instruction uses on the paths so far. */
  readonly accessKinds: (string | undefined)[] = [];
  /** Functions that the walk found called by themselves. */
  readonly calledGlobals = new Set<number>();
  readonly fields = new Map<MapFacts, readonly Field[]>();
  /** The step that the instruction wrote into the path's history. */
  step: Step | undefined;
  #lastId = 0;

  constructor(request: LoadRequest, host: LoadHost, structure: Structure, log: VerifierLog, context: ContextTable, marks: Marks) {
    this.request = request;
    this.host = host;
    this.structure = structure;
    this.insns = structure.insns;
    this.log = log;
    this.context = context;
    this.marks = marks;
    this.stackDepths = structure.functions.map(() => 0);
  }

  newId(): number {
    return ++this.#lastId;
  }

  resetIds(): void {
    this.#lastId = 0;
  }

  get frame(): Frame {
    return this.state.frame;
  }

  reg(number: number): Reg {
    return this.state.frame.regs[number];
  }

  setReg(number: number, reg: Reg): void {
    this.state.frame.regs[number] = reg;
  }

  /** The register, which the instruction reads. */
  read(number: number): Reg {
    if (number > R10) invalid(`R${number} is invalid`);
    const reg = this.state.frame.regs[number];
    if (reg.kind === "none") denied(`R${number} !read_ok`);
    return reg;
  }

  /** Refuses registers that cannot be written. */
  checkWritable(number: number): void {
    if (number > R10) invalid(`R${number} is invalid`);
    if (number === R10) denied("frame pointer is read only");
  }

  /** A register that the instruction writes gets any number. */
  setUnknown(number: number): void {
    this.checkWritable(number);
    this.state.frame.regs[number] = UNKNOWN_REG;
  }

  clobberArguments(): void {
    for (let number = 1; number <= 5; number++) this.state.frame.regs[number] = NONE;
  }

  load64(at: number): Load64 {
    const load = this.structure.loads.get(at);
    if (load !== undefined) return load;
    const high = this.insns[at + 1];
    return { kind: "number", value: (BigInt(high.imm) << 32n) | BigInt(this.insns[at].imm >>> 0) };
  }

  /** The function that starts at a slot. */
  functionAt(slot: number): number {
    return this.structure.functions.findIndex(({ start }) => start === slot);
  }

  /** Writes a step into the path's history, or adds to the one that this instruction wrote. */
  note(frame = -1, slot = -1): Step {
    if (this.step === undefined) {
      this.step = { insn: this.at, previous: this.previous, frame, slot };
      this.state.history.push(this.step);
    } else if (slot >= 0) {
      this.step.frame = frame;
      this.step.slot = slot;
    }
    return this.step;
  }

  /** Puts a copy of the state aside, to go on from `insn` later. */
  push(insn: number): State {
    const state = this.state.copy();
    this.pending.push({ state, insn, previous: this.at, logMark: this.log.mark });
    if (state.parent !== undefined) state.parent.branches++;
    return state;
  }

  isMayGoto(at: number): boolean {
    return this.insns[at].code === (JMP | JCOND);
  }

  /** Whether a helper at this call calls functions of the program. */
  isCallback(at: number): boolean {
    const { code, src, imm } = this.insns[at];
    return code === (JMP | CALL) && src === HELPER_CALL && CALLS_BACK.has(imm);
  }

  /** Whether an iterator has been advanced between two states at the call that advances it. */
  iteratorAdvanced(old: State, cur: State): boolean {
    const depth = (state: State): number => state.frames.reduce((sum, { stack }) => sum + stack.reduce((most, slot) => most + (slot?.object?.depth ?? 0), 0), 0);
    return depth(old) !== depth(cur);
  }

  /** A state as messages print it. */
  stateText(title: string, state: State): string {
    // Whether numbers were relied on is no part of a state's identity.
    const plain = state.copy();
    plain.mapRegs((reg) => (reg.precise ? { ...reg, precise: false } : reg));
    return `${title}: ${printFrame(plain, plain.frame)}`;
  }
}
