import { Errno } from "../../assembly/uapi/constants.ts";
import * as kinds from "./kinds.ts";
import type { BtfTypes } from "./types.ts";

// Special fields of structs: what a struct member stands for when its type is one of the kernel's by name. Programs may touch
// them through helpers only.

export type FieldKind =
  | "bpf_spin_lock" | "bpf_res_spin_lock" | "bpf_timer" | "bpf_wq" | "bpf_task_work" | "bpf_list_head" | "bpf_list_node"
  | "bpf_rb_root" | "bpf_rb_node" | "bpf_refcount" | "kptr_untrusted" | "kptr" | "percpu_kptr" | "uptr";

/** A special field of a struct. */
export interface Field {
  readonly kind: FieldKind;
  /** Bytes from the start of the struct. */
  readonly offset: number;
  readonly size: number;
  /** What a kptr points to, or the struct that a list or tree holds, with the offset of its node. */
  readonly target?: number;
  readonly nodeOffset?: number;
}

/** A field whose list or tree has not been followed to its node. */
interface Found extends Field {
  readonly node?: string;
}

interface Shape {
  readonly size: number;
  readonly align: number;
  /** Whether a struct may have one at most. */
  readonly once: boolean;
}

const SHAPES: ReadonlyMap<string, Shape> = new Map(Object.entries({
  bpf_spin_lock: { size: 4, align: 4, once: true },
  bpf_res_spin_lock: { size: 4, align: 4, once: true },
  bpf_timer: { size: 16, align: 8, once: true },
  bpf_wq: { size: 16, align: 8, once: true },
  bpf_task_work: { size: 8, align: 8, once: true },
  bpf_refcount: { size: 4, align: 4, once: false },
  bpf_list_head: { size: 16, align: 8, once: false },
  bpf_list_node: { size: 24, align: 8, once: false },
  bpf_rb_root: { size: 16, align: 8, once: false },
  bpf_rb_node: { size: 32, align: 8, once: false },
}));

const POINTER_TAGS: readonly string[] = ["kptr_untrusted", "kptr", "percpu_kptr", "uptr"];
const POINTER_SHAPE: Shape = { size: 8, align: 8, once: false };

/** What BTF_LOAD looks for in every struct. */
export const STRUCT_FIELDS: ReadonlySet<FieldKind> = new Set<FieldKind>([
  "bpf_spin_lock", "bpf_res_spin_lock", "bpf_list_head", "bpf_list_node", "bpf_rb_root", "bpf_rb_node", "bpf_refcount",
  "kptr_untrusted", "kptr", "percpu_kptr",
]);

/** What MAP_CREATE looks for in a value. */
export const VALUE_FIELDS: ReadonlySet<FieldKind> = new Set<FieldKind>([
  "bpf_spin_lock", "bpf_res_spin_lock", "bpf_timer", "bpf_wq", "bpf_task_work", "bpf_list_head", "bpf_rb_root", "bpf_refcount",
  "kptr_untrusted", "kptr", "percpu_kptr", "uptr",
]);

/** Fields that a struct may have. */
const FIELDS_MAX = 11;
/** Structs inside structs that are looked into. */
const DEPTH_MAX = 32;
const OWNERS: readonly FieldKind[] = ["bpf_list_head", "bpf_rb_root"];
const NODES: readonly FieldKind[] = ["bpf_list_node", "bpf_rb_node"];
const NODE_NAMES: Readonly<Record<string, string>> = { bpf_list_head: "bpf_list_node", bpf_rb_root: "bpf_rb_node" };
const CONTAINS = "contains:";

/** A rule that the fields of a struct break; never leaves this file. */
class FieldError extends Error {
  readonly errno: number;

  constructor(errno: number) {
    super("special fields");
    this.errno = errno;
  }
}

/** Special fields of a struct by offset, or a positive errno. `wanted` are the kinds that count. */
export function findFields(types: BtfTypes, struct: number, wanted: ReadonlySet<FieldKind>): Field[] | number {
  try {
    return judge(types, collect(types, struct, wanted, 0).sort((a, b) => a.offset - b.offset), types.sizeOrType(struct));
  } catch (error) {
    if (error instanceof FieldError) return error.errno;
    throw error;
  }
}

/** Special fields of a map's value of this type; none where they break a rule, as MAP_CREATE has it. */
export function valueFields(types: BtfTypes, type: number): readonly Field[] {
  const struct = types.skipModifiers(type);
  const fields = types.kind(struct) === kinds.STRUCT ? findFields(types, struct, VALUE_FIELDS) : [];
  return typeof fields === "number" ? [] : fields;
}

/** Special fields of a struct and of those in it, relative to the outer struct's start. "Once" holds in each struct by itself. */
function collect(types: BtfTypes, struct: number, wanted: ReadonlySet<FieldKind>, depth: number): Found[] {
  const found: Found[] = [];
  const seen = new Set<FieldKind>();
  types.members(struct).forEach((member, index) => {
    const { type, count } = flatten(types, member.type);
    if (count === 0) return;
    const base = Math.floor(member.bitOffset / 8);
    const kind = fieldKind(types, type, wanted);
    if (kind === undefined) {
      if (types.kind(type) !== kinds.STRUCT || SHAPES.has(types.name(type))) return;
      if (depth === DEPTH_MAX) throw new FieldError(Errno.E2BIG);
      repeat(found, collect(types, type, wanted, depth + 1), base, count, types.sizeOrType(type));
      return;
    }
    const shape = SHAPES.get(kind) ?? POINTER_SHAPE;
    if (shape.once && seen.has(kind)) throw new FieldError(Errno.E2BIG);
    seen.add(kind);
    if (member.bitOffset % 8 !== 0 || base % shape.align !== 0) return;
    if (types.kind(type) === kinds.STRUCT && types.sizeOrType(type) !== shape.size) return;
    repeat(found, [{ kind, offset: 0, size: shape.size, ...targetOf(types, struct, index, type, kind) }], base, count, shape.size);
  });
  return found;
}

/** Adds the fields of each element of an array; only pointers, lists and trees may stand in one of several. */
function repeat(found: Found[], fields: readonly Found[], base: number, count: number, stride: number): void {
  if (count > 1 && fields.some(({ kind }) => SHAPES.has(kind) && !OWNERS.includes(kind))) throw new FieldError(Errno.EINVAL);
  if (found.length + fields.length * count > FIELDS_MAX) throw new FieldError(Errno.E2BIG);
  for (let element = 0; element < count; element++) {
    for (const field of fields) found.push({ ...field, offset: base + element * stride + field.offset });
  }
}

/** The element behind arrays of arrays, and how many of it there are. */
function flatten(types: BtfTypes, id: number): { type: number; count: number } {
  let type = id;
  let count = 1;
  for (let depth = 0; types.kind(type) === kinds.ARRAY && depth < DEPTH_MAX; depth++) {
    const array = types.array(type);
    count *= array.count;
    type = array.type;
  }
  return { type, count };
}

/** What a member of this type stands for, if that is wanted. */
function fieldKind(types: BtfTypes, type: number, wanted: ReadonlySet<FieldKind>): FieldKind | undefined {
  const kind = types.kind(type);
  if (kind === kinds.STRUCT) {
    const name = types.name(type) as FieldKind;
    return SHAPES.has(name) && wanted.has(name) ? name : undefined;
  }
  if (kind !== kinds.PTR) return undefined;
  const tag = types.sizeOrType(type);
  if (types.kind(tag) !== kinds.TYPE_TAG || types.kindFlag(tag)) return undefined;
  const name = types.name(tag) as FieldKind;
  if (!POINTER_TAGS.includes(name)) throw new FieldError(Errno.EINVAL);
  return wanted.has(name) ? name : undefined;
}

/** The struct that a pointer points to, or what the tag of a list or tree says. */
function targetOf(types: BtfTypes, struct: number, index: number, type: number, kind: FieldKind): { target?: number; node?: string } {
  if (types.kind(type) === kinds.PTR) {
    const target = types.skipModifiers(types.sizeOrType(type));
    if (!kinds.isStructKind(types.kind(target))) throw new FieldError(Errno.EINVAL);
    return { target };
  }
  return OWNERS.includes(kind) ? contained(types, struct, index) : {};
}

/** STRUCT and FIELD of the DECL_TAG `contains:STRUCT:FIELD` that a list or tree has to have. */
function contained(types: BtfTypes, struct: number, index: number): { target: number; node: string } {
  const tags: string[] = [];
  for (let id = 1; id < types.end; id++) {
    if (types.kind(id) !== kinds.DECL_TAG || types.sizeOrType(id) !== struct || types.component(id) !== index) continue;
    const text = types.name(id);
    if (text.startsWith(CONTAINS)) tags.push(text.slice(CONTAINS.length));
  }
  const colon = tags.length === 1 ? tags[0].indexOf(":") : -1;
  if (colon < 0) throw new FieldError(Errno.EINVAL);
  const target = types.find(tags[0].slice(0, colon), kinds.STRUCT);
  if (target === undefined) throw new FieldError(Errno.ENOENT);
  if (colon === tags[0].length - 1) throw new FieldError(Errno.EINVAL);
  return { target, node: tags[0].slice(colon + 1) };
}

/** Where the node lies in what a list or tree holds. */
function nodeOffset(types: BtfTypes, target: number, fieldName: string, nodeName: string): number {
  const node = types.members(target).find(({ nameOffset }) => types.string(nameOffset) === fieldName);
  if (node === undefined) throw new FieldError(Errno.ENOENT);
  if (types.kind(node.type) !== kinds.STRUCT || types.name(node.type) !== nodeName) throw new FieldError(Errno.EINVAL);
  if (node.bitOffset % ((SHAPES.get(nodeName) ?? POINTER_SHAPE).align * 8) !== 0) throw new FieldError(Errno.EINVAL);
  return node.bitOffset / 8;
}

/** What the fields have to fulfil together, in their order. */
function judge(types: BtfTypes, found: readonly Found[], structSize: number): Field[] {
  let end = 0;
  const fields = found.map(({ node, ...field }): Field => {
    if (field.offset + field.size > structSize) throw new FieldError(Errno.EFAULT);
    if (field.offset < end) throw new FieldError(Errno.EEXIST);
    end = field.offset + field.size;
    if (node === undefined) return field;
    return { ...field, nodeOffset: nodeOffset(types, field.target ?? 0, node, NODE_NAMES[field.kind] ?? "") };
  });
  const has = (...wanted: FieldKind[]): boolean => fields.some(({ kind }) => wanted.includes(kind));
  const hasTwoLocks = has("bpf_spin_lock") && has("bpf_res_spin_lock");
  const lacksLock = has("bpf_list_head", "bpf_rb_root") && !has("bpf_spin_lock", "bpf_res_spin_lock");
  const lacksCount = has("bpf_list_node") && has("bpf_rb_node") && !has("bpf_refcount");
  if (hasTwoLocks || lacksLock || lacksCount) throw new FieldError(Errno.EINVAL);
  return fields;
}

/** Struct names whose presence as a member makes BTF_LOAD look into a struct. */
const MARKS: ReadonlySet<string> = new Set([...STRUCT_FIELDS].filter((kind) => SHAPES.has(kind) && kind !== "bpf_res_spin_lock"));

/** Checks the special fields of all structs, as BTF_LOAD does: 0 or a positive errno. */
export function checkStructFields(types: BtfTypes): number {
  const records = new Map<number, readonly Field[]>();
  for (let id = 1; id < types.end; id++) {
    if (types.kind(id) !== kinds.STRUCT) continue;
    const isMarked = types.members(id).some(({ type }) => types.kind(type) === kinds.STRUCT && MARKS.has(types.name(type)));
    if (!isMarked) continue;
    const fields = findFields(types, id, STRUCT_FIELDS);
    if (typeof fields === "number") return fields;
    if (fields.length === 0) return Errno.EFAULT;
    records.set(id, fields);
  }
  for (const fields of records.values()) {
    const errno = checkOwnership(fields, records);
    if (errno !== 0) return errno;
  }
  return 0;
}

/** What is in a list itself may own only what owns nothing. */
function checkOwnership(fields: readonly Field[], records: ReadonlyMap<number, readonly Field[]>): number {
  for (const { kind, target } of fields) {
    if (!OWNERS.includes(kind)) continue;
    const owned = records.get(target ?? 0);
    if (owned === undefined) return Errno.EFAULT;
    const isNode = fields.some((field) => NODES.includes(field.kind));
    if (isNode && owned.some((field) => OWNERS.includes(field.kind))) return Errno.ELOOP;
  }
  return 0;
}
