import { Errno } from "../../assembly/uapi/constants.ts";
import * as kinds from "./kinds.ts";
import { BtfError, memberLine, sectionVarLine, typeLine } from "./log.ts";
import { checkMemberPlace, isRegularInt } from "./member_place.ts";
import { isIdentifier } from "./names.ts";
import type { BtfTypes } from "./types.ts";

// The rules that need other types: each reference is followed once, depth first, with a stack of its own so that depth costs no
// JavaScript stack. A type that is met again while it is on the stack is a loop. What a walk may pass through depends on what
// it met first: pointers end a walk through structs and arrays, structs and arrays end a walk through pointers.

const { EINVAL, EEXIST, E2BIG } = Errno;
/** Types on the stack at once. */
const DEPTH_MAX = 32;
const U32_MAX = 0xffffffff;

/** What the walk under way may pass through besides typedefs, qualifiers and tags. */
type Mode = "undecided" | "pointers" | "structs and arrays";

type State = "new" | "on the stack" | "done";

interface Frame {
  readonly id: number;
  /** The first item (member, variable, step) that is not done. */
  item: number;
}

/** Kinds that refer to others and that nothing may refer to, but DATASEC to VAR. */
const isSourceOnly = (kind: number): boolean => kind === kinds.VAR || kind === kinds.DECL_TAG || kind === kinds.DATASEC;

const hasReferences = (kind: number): boolean =>
  kinds.isModifierKind(kind) || kinds.isStructKind(kind) || isSourceOnly(kind) || kind === kinds.PTR || kind === kinds.ARRAY || kind === kinds.FUNC;

/** A resolver of one blob's types, whose own rules have been checked. `resolveAll` throws BtfError. */
export class Resolver {
  readonly #types: BtfTypes;
  readonly #states: State[];
  readonly #arraySizes = new Map<number, number>();
  #stack: Frame[] = [];
  #mode: Mode = "undecided";
  #root = 0;

  constructor(types: BtfTypes) {
    this.#types = types;
    this.#states = new Array<State>(types.end).fill("new");
  }

  resolveAll(): void {
    const types = this.#types;
    for (let id = 1; id < types.end; id++) {
      const kind = types.kind(id);
      if (hasReferences(kind)) this.#resolve(id);
      else if (kind === kinds.FUNC_PROTO) this.#checkProto(id);
    }
  }

  #broken(id: number, rule: string, errno: number = EINVAL): never {
    throw new BtfError(errno, `${typeLine(this.#types, id)} ${rule}\n`);
  }

  #resolve(root: number): void {
    if (this.#states[root] === "done") return;
    this.#mode = "undecided";
    this.#stack = [];
    this.#root = root;
    this.#push(root);
    for (let frame = this.#stack.at(-1); frame !== undefined; frame = this.#stack.at(-1)) {
      if (this.#step(frame)) {
        this.#states[frame.id] = "done";
        this.#stack.pop();
      }
    }
  }

  #push(id: number): void {
    if (this.#states[id] === "on the stack") this.#broken(this.#root, "Loop detected", EEXIST);
    if (this.#stack.length === DEPTH_MAX) this.#broken(this.#root, `Exceeded max resolving depth:${DEPTH_MAX}`, E2BIG);
    this.#states[id] = "on the stack";
    this.#stack.push({ id, item: 0 });
    const kind = this.#types.kind(id);
    if (this.#mode !== "undecided") return;
    if (kind === kinds.PTR) this.#mode = "pointers";
    else if (kinds.isStructKind(kind) || kind === kinds.ARRAY) this.#mode = "structs and arrays";
  }

  /** Whether a type has to be walked into; if so, it is on the stack now. */
  #enter(id: number): boolean {
    if (this.#states[id] === "done" || this.#isEnd(this.#types.kind(id))) return false;
    this.#push(id);
    return true;
  }

  /** Whether a walk ends at types of this kind. */
  #isEnd(kind: number): boolean {
    switch (this.#mode) {
      case "pointers":
        return kind !== kinds.PTR && !kinds.isModifierKind(kind);
      case "structs and arrays":
        return kind !== kinds.ARRAY && !kinds.isStructKind(kind) && !kinds.isModifierKind(kind);
      default:
        return !hasReferences(kind);
    }
  }

  /** Goes on with the type on top of the stack: true when it is done, false when another was put on top. */
  #step(frame: Frame): boolean {
    const kind = this.#types.kind(frame.id);
    switch (kind) {
      case kinds.STRUCT:
      case kinds.UNION:
        return this.#stepStruct(frame);
      case kinds.ARRAY:
        return this.#stepArray(frame);
      case kinds.DATASEC:
        return this.#stepDatasec(frame);
      case kinds.DECL_TAG:
        return this.#stepDeclTag(frame);
      case kinds.FUNC:
        return this.#stepFunc(frame);
      case kinds.VAR:
        return this.#stepVar(frame);
      default:
        return this.#stepReference(frame);
    }
  }

  #stepReference({ id }: Frame): boolean {
    const target = this.#types.sizeOrType(id);
    if (!this.#exists(target) || isSourceOnly(this.#types.kind(target))) this.#broken(id, "Invalid type_id");
    const isPointer = this.#types.kind(id) === kinds.PTR;
    if (isPointer ? this.#enterThrough(target) : this.#enter(target)) return false;
    if (!this.#mayBeReferredTo(target)) this.#broken(id, "Invalid type_id");
    return true;
  }

  /** A reference goes to what has a size, to void, a FWD, a FUNC_PROTO, or a FUNC that was seen to have one. */
  #mayBeReferredTo(target: number): boolean {
    const types = this.#types;
    if (this.#sizeOf(target) !== undefined) return true;
    const end = types.skipModifiers(target);
    const kind = types.kind(end);
    return kind !== kinds.FUNC || this.#states[end] === "done";
  }

  /** Also enters a pointer that lies behind modifiers which were done while pointers ended the walk. */
  #enterThrough(target: number): boolean {
    if (this.#enter(target)) return true;
    if (!kinds.isModifierKind(this.#types.kind(target))) return false;
    const end = this.#types.skipModifiers(target);
    return this.#types.kind(end) === kinds.PTR && this.#enter(end);
  }

  #stepStruct(frame: Frame): boolean {
    const types = this.#types;
    const { id } = frame;
    for (const count = types.vlen(id); frame.item < count; frame.item++) {
      const member = types.member(id, frame.item);
      const broken = (rule: string, type = member.type): never => {
        throw new BtfError(EINVAL, `${typeLine(types, id)}\n${memberLine(types, id, { ...member, type })} ${rule}\n`);
      };
      if (!this.#exists(member.type) || isSourceOnly(types.kind(member.type))) broken("Invalid member");
      if (this.#enter(member.type)) return false;
      const size = this.#sizeOf(member.type);
      if (size === undefined) broken("Invalid member");
      const rule = checkMemberPlace(types, id, member, size as number);
      // The place is judged for the type behind the modifiers, and that one is named.
      if (rule !== undefined) broken(rule, types.skipModifiers(member.type));
    }
    return true;
  }

  #stepArray({ id }: Frame): boolean {
    const types = this.#types;
    const { type, indexType, count } = types.array(id);
    if (!this.#exists(indexType) || isSourceOnly(types.kind(indexType))) this.#broken(id, "Invalid index");
    if (this.#enter(indexType)) return false;
    const index = types.skipModifiers(indexType);
    if (types.kind(index) !== kinds.INT || !isRegularInt(types, index)) this.#broken(id, "Invalid index");
    if (!this.#exists(type) || isSourceOnly(types.kind(type))) this.#broken(id, "Invalid elem");
    if (this.#enter(type)) return false;
    const size = this.#sizeOf(type);
    if (size === undefined) this.#broken(id, "Invalid elem");
    const element = types.skipModifiers(type);
    if (types.kind(element) === kinds.INT && !isRegularInt(types, element)) this.#broken(id, "Invalid array of int");
    if (size * count > U32_MAX) this.#broken(id, "Array size overflows U32_MAX");
    this.#arraySizes.set(id, size * count);
    return true;
  }

  #stepVar({ id }: Frame): boolean {
    const types = this.#types;
    const target = types.sizeOrType(id);
    if (!this.#exists(target) || isSourceOnly(types.kind(target))) this.#broken(id, "Invalid type_id");
    if (this.#enterThrough(target)) return false;
    if (this.#sizeOf(target) === undefined) this.#broken(id, "Invalid type_id");
    return true;
  }

  #stepDatasec(frame: Frame): boolean {
    const types = this.#types;
    const { id } = frame;
    for (const count = types.vlen(id); frame.item < count; frame.item++) {
      const variable = types.sectionVar(id, frame.item);
      const broken = (rule: string): never => {
        throw new BtfError(EINVAL, `${typeLine(types, id)}\n${sectionVarLine(variable)} ${rule}\n`);
      };
      if (types.kind(variable.type) !== kinds.VAR) broken("Not a VAR kind member");
      if (this.#enter(variable.type)) {
        // The size of a variable that comes behind its section in the blob is never compared.
        frame.item++;
        return false;
      }
      const size = this.#sizeOf(variable.type);
      if (size === undefined) broken("Invalid type");
      else if (variable.size < size) broken("Invalid size");
    }
    return true;
  }

  #stepDeclTag({ id }: Frame): boolean {
    const types = this.#types;
    const target = types.sizeOrType(id);
    const kind = types.kind(target);
    const isVarOrTypedef = kind === kinds.VAR || kind === kinds.TYPEDEF;
    if (!isVarOrTypedef && !kinds.isStructKind(kind) && kind !== kinds.FUNC) this.#broken(id, "Invalid type_id");
    if (this.#enter(target)) return false;
    const component = types.component(id);
    if (component === -1) return true;
    const count = isVarOrTypedef ? 0 : types.vlen(kind === kinds.FUNC ? types.sizeOrType(target) : target);
    if (component >= count) this.#broken(id, "Invalid component_idx");
    return true;
  }

  /** A function has a prototype whose parameters have names. */
  #stepFunc({ id }: Frame): boolean {
    const types = this.#types;
    const proto = types.sizeOrType(id);
    if (types.kind(proto) !== kinds.FUNC_PROTO) this.#broken(id, "Invalid type_id");
    types.params(proto).forEach(({ nameOffset, type }, index) => {
      if (type !== 0 && nameOffset === 0) this.#broken(id, `Invalid arg#${index + 1}`);
    });
    return true;
  }

  #checkProto(id: number): void {
    const types = this.#types;
    const result = types.sizeOrType(id);
    if (result !== 0) {
      if (!this.#exists(result) || isSourceOnly(types.kind(result))) this.#broken(id, "Invalid return type");
      this.#resolveIfNeeded(result);
      if (this.#sizeOf(result) === undefined) this.#broken(id, "Invalid return type");
    }
    const params = types.params(id);
    const last = params.at(-1);
    if (last !== undefined && last.type === 0) {
      if (last.nameOffset !== 0) this.#broken(id, `Invalid arg#${params.length}`);
      params.pop();
    }
    params.forEach(({ nameOffset, type }, index) => {
      const rule = `Invalid arg#${index + 1}`;
      if (type === 0 || !this.#exists(type) || isSourceOnly(types.kind(type))) this.#broken(id, rule);
      if (nameOffset !== 0 && !isIdentifier(types, nameOffset)) this.#broken(id, rule);
      this.#resolveIfNeeded(type);
      if (this.#sizeOf(type) === undefined) this.#broken(id, rule);
    });
  }

  #resolveIfNeeded(id: number): void {
    if (hasReferences(this.#types.kind(id))) this.#resolve(id);
  }

  /** A type's size as far as it is known: arrays that are not done count as empty. */
  #sizeOf(id: number): number | undefined {
    const types = this.#types;
    const end = types.skipModifiers(types.kind(id) === kinds.VAR ? types.sizeOrType(id) : id);
    return types.kind(end) === kinds.ARRAY ? (this.#arraySizes.get(end) ?? 0) : types.sizeOf(end);
  }

  /** Void is there, too. */
  #exists(id: number): boolean {
    return id === 0 || this.#types.has(id);
  }
}
