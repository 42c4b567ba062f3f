// The object form of the raw surface: an attr object becomes the bytes of union bpf_attr in the core's memory, and what
// the core wrote comes back. Everything the caller gave is checked before the first byte is written.
import { Cmd, Errno, Limit } from "../../assembly/uapi/constants.ts";
import { attrTable, type AttrField, type BpfAttr, type Counts, type MapShape } from "./attr.ts";
import type { CountName } from "./attr_table.ts";
import { isBytes, ownBytesOf, setBytes } from "./bytes.ts";
import { type Core, NULL, type Ptr, roundUp8 } from "./core.ts";
import { suggestion } from "./names.ts";

const U32_MAX = 0xffffffff;

/** Offset of `count` in the attr of a batch. */
const COUNT = 32;

/** Answers the shape of the map behind an fd, or undefined when the fd is no map. */
export type ShapeOf = (fd: number) => MapShape | undefined;

/** One checked field with what will be written. Buffers wait for their address until the scratch block is known. */
interface Pending {
  field: AttrField;
  value: number | bigint;
  /** The bytes of a view: an array that only we have, so that its length is the same at each look. */
  buffer: Uint8Array | undefined;
  /** Offset of the buffer's copy in the scratch block. */
  at: number;
  /** Bytes of an element, for a list whose copy is only written; else 0. */
  each: number;
}

/** The fields of an attr object as they were read, once each; a view is its bytes. */
type Given = Partial<Record<keyof BpfAttr, unknown>>;

/**
 * Runs `cmd` with an attr object. Returns what the core returns; throws TypeError or RangeError, with nothing touched,
 * for fields the command does not have, values of a wrong JS type or range, views too short for the map, and an object that
 * cannot take what the command would write into it.
 */
export function bpfObject(core: Core, shapeOf: ShapeOf, cmd: number, whole: BpfAttr, size: number): number {
  const { fields, names, hasMapFd, outs, member } = attrTable(cmd, core.machine);
  // Read once, as every field: it is the object with the fields, or one of them.
  const inner = member === undefined ? undefined : whole[member];
  const attr = isMember(inner) ? memberOf(whole, member as string, inner) : whole;
  for (const name in attr) if (!names.has(name)) throw unknownField(cmd, name, names);
  for (const { name } of outs) checkWritable(attr, name);
  const given = readFields(fields, attr, attr === whole ? member : undefined, inner);
  // From here on no code of the caller runs before the command is done.
  const fd = given.map_fd;
  const shape = hasMapFd && typeof fd === "number" ? shapeOf(fd) : undefined;
  const pending: Pending[] = [];
  let scratchSize = 0;
  for (const field of fields) {
    const item = check(field, given, shape);
    if (item === undefined) continue;
    pending.push(item);
    const { buffer } = item;
    if (buffer === undefined || field.kind === "name") continue;
    if (buffer.buffer === core.memory.buffer) {
      // The view already lies in the core's memory: its address is used, and no growth can detach it under our hands.
      item.value = buffer.byteOffset;
      item.buffer = undefined;
    } else {
      item.at = scratchSize;
      // One zero byte behind a path ends it even if the view does not.
      scratchSize += roundUp8(buffer.length + (field.kind === "path" ? 1 : 0));
    }
  }
  const small = scratchSize <= core.scratchSize;
  const scratch = small ? core.scratchPtr : core.alloc(scratchSize);
  if (scratch === NULL) return -Errno.ENOMEM;
  const written: Written = [];
  let ret: number;
  try {
    if (shape !== undefined) markLists(pending, shape);
    write(core, pending, scratch, size);
    ret = core.door.bpf(cmd, core.attrPtr, size);
    readBuffers(core, pending, scratch, ret);
    const { u32 } = core.fresh();
    for (const { name, offset } of outs) written.push([name, u32[(core.attrPtr + offset) >>> 2]]);
  } finally {
    if (!small) core.free(scratch as Ptr);
  }
  writeFields(attr, given, written, ret);
  return ret;
}

/** Whether a value is a member of the union with fields of its own, and not a field. */
function isMember(value: BpfAttr["batch" | "info"]): value is BpfAttr {
  return typeof value === "object" && value !== null && !ArrayBuffer.isView(value);
}

/** The member, in which all fields must lie then. */
function memberOf(attr: BpfAttr, member: string, inner: BpfAttr): BpfAttr {
  for (const name in attr) {
    if (name !== member) throw new TypeError(`Cannot use attr.${name}: with attr.${member} given, all fields lie in it`);
  }
  return inner;
}

function unknownField(cmd: number, name: string, names: ReadonlySet<string>): TypeError {
  const command = Cmd[cmd] === undefined ? `command ${cmd}` : `BPF_${Cmd[cmd]}`;
  const known = names.size === 0 ? "it takes none here" : `only ${[...names].join(", ")}`;
  return new TypeError(`Cannot use attr.${name}: ${command} has no such field, ${known}${suggestion(name, names)}`);
}

/** Scalar fields that the core wrote, by name. */
type Written = [name: keyof BpfAttr, value: number][];

/** Reads every field that the command has, once, in the order of its table; what `known` is was read before. */
function readFields(fields: readonly AttrField[], attr: BpfAttr, known: keyof BpfAttr | undefined, value: unknown): Given {
  const given: Given = {};
  for (const { name } of fields) given[name] = name === known ? value : attr[name];
  // Views after all else: reading a field may have detached the buffer of one.
  for (const { name, kind } of fields) {
    const value = given[name];
    if (ArrayBuffer.isView(value) && (kind !== "name" || isBytes(value))) given[name] = ownBytesOf(value);
  }
  return given;
}

/** Refuses an object that cannot take a field which the command writes, before the command is done. */
function checkWritable(attr: BpfAttr, name: keyof BpfAttr): void {
  let found: PropertyDescriptor | undefined;
  for (let it: object | null = attr; it !== null && found === undefined; it = Reflect.getPrototypeOf(it)) {
    found = Reflect.getOwnPropertyDescriptor(it, name);
  }
  const writable = found === undefined || found.writable === true || found.set !== undefined;
  if (writable && (Object.hasOwn(attr, name) || Reflect.isExtensible(attr))) return;
  throw new TypeError(`Cannot use attr: the command writes ${name}, and the object does not let it be written`);
}

/** Stores what the core wrote. A failing command leaves most fields as they were, so one that was not given is not made up. */
function writeFields(attr: BpfAttr, given: Given, written: Written, ret: number): void {
  for (const [name, value] of written) {
    if (given[name] === value || (ret < 0 && given[name] === undefined)) continue;
    (attr as Record<string, unknown>)[name] = value;
  }
}

/**
 * Lists that a command fills need not be copied in, unless the command may fail for a bad pointer after it has written some
 * of them: when each pointer of the attr is a view, or null where to begin.
 */
function markLists(pending: readonly Pending[], shape: MapShape): void {
  let views = 0;
  for (const { field, value, buffer } of pending) {
    if (field.kind !== "ptr") continue;
    if (buffer === undefined && (value !== 0 || field.name !== "in_batch")) return;
    if (field.out) views++;
  }
  // Where to go on, keys, values.
  if (views < 3) return;
  for (const item of pending) item.each = item.field.each?.(shape) ?? 0;
}

/** The field's checked value, or undefined when the caller left it out. */
function check(field: AttrField, given: Given, shape: MapShape | undefined): Pending | undefined {
  const { name, kind } = field;
  const value = given[name];
  if (value === undefined) return undefined;
  switch (kind) {
    case "u32":
      return scalar(field, integer(name, value, 0, U32_MAX));
    case "s32":
      return scalar(field, integer(name, value, -(2 ** 31), 2 ** 31 - 1) >>> 0);
    case "fd":
      return scalar(field, integer(name, value, -(2 ** 31), U32_MAX) >>> 0);
    case "u64":
      return scalar(field, wide(name, value));
    case "name":
      return buffered(field, nameBytes(name, value));
    case "path":
      if (typeof value === "string") return buffered(field, new TextEncoder().encode(value));
      return pointer(field, value, 0);
    case "ptr":
      return pointer(field, value, field.bytes?.(countsOf(given), shape) ?? 0);
  }
}

/** The fields that sizes depend on. One that is no number is refused when its turn comes. */
function countsOf(given: Given): Counts {
  const counts: Counts = {};
  for (const name of COUNTS) {
    const value = given[name];
    if (typeof value === "number") counts[name] = value;
  }
  return counts;
}

const COUNTS: readonly CountName[] = [
  "count", "info_len", "excl_prog_hash_size", "btf_size", "btf_log_size",
  "insn_cnt", "log_size", "func_info_cnt", "func_info_rec_size", "line_info_cnt", "line_info_rec_size", "core_relo_cnt",
  "core_relo_rec_size", "fd_array_cnt", "signature_size", "data_size_in", "data_size_out", "ctx_size_in", "ctx_size_out",
  "stream_buf_len",
];

function scalar(field: AttrField, value: number | bigint): Pending {
  return { field, value, buffer: undefined, at: 0, each: 0 };
}

function buffered(field: AttrField, buffer: Uint8Array): Pending {
  return { field, value: 0, buffer, at: 0, each: 0 };
}

function pointer(field: AttrField, value: unknown, bytes: number): Pending {
  if (value === null) return scalar(field, 0);
  if (typeof value === "number" || typeof value === "bigint") return scalar(field, wide(field.name, value));
  if (!ArrayBuffer.isView(value)) {
    throw new TypeError(`Cannot use attr.${field.name}: expected a view, null or an address, got ${kindOf(value)}`);
  }
  if (value.byteLength < bytes) {
    throw new RangeError(`Cannot use attr.${field.name}: the command needs ${bytes} bytes, the view has ${value.byteLength}`);
  }
  return buffered(field, value as Uint8Array);
}

function integer(name: string, value: unknown, min: number, max: number): number {
  if (typeof value !== "number") throw new TypeError(`Cannot use attr.${name}: expected a number, got ${kindOf(value)}`);
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new RangeError(`Cannot use attr.${name}: expected an integer from ${min} to ${max}, got ${value}`);
  }
  return value;
}

/** A 64-bit unsigned value: a bigint, or a number as far as numbers are exact. */
function wide(name: string, value: unknown): number | bigint {
  if (typeof value === "bigint") {
    if (BigInt.asUintN(64, value) === value) return value;
    throw new RangeError(`Cannot use attr.${name}: expected an unsigned 64-bit number, got ${value}`);
  }
  return integer(name, value, 0, Number.MAX_SAFE_INTEGER);
}

function nameBytes(field: string, value: unknown): Uint8Array {
  const bytes = typeof value === "string" ? new TextEncoder().encode(value) : value;
  if (!isBytes(bytes)) {
    throw new TypeError(`Cannot use attr.${field}: expected a string or a Uint8Array, got ${kindOf(value)}`);
  }
  if (bytes.length > Limit.OBJ_NAME_LEN) {
    throw new RangeError(`Cannot use attr.${field}: the field has ${Limit.OBJ_NAME_LEN} bytes, the name ${bytes.length}`);
  }
  return bytes;
}

function kindOf(value: unknown): string {
  return value === null ? "null" : Array.isArray(value) ? "an array" : `a ${typeof value}`;
}

function write(core: Core, pending: readonly Pending[], scratch: number, size: number): void {
  const { u8, u32, u64 } = core.fresh();
  const attrPtr = core.attrPtr;
  // A size beyond the union is legal as long as its tail is zero, and the block may hold an earlier caller's bytes.
  u8.fill(0, attrPtr, attrPtr + Math.min(Math.max(size, Limit.ATTR_SIZE), Limit.PAGE_SIZE));
  for (const { field, value, buffer, at, each } of pending) {
    const ptr = attrPtr + field.offset;
    if (buffer !== undefined && field.kind === "name") {
      setBytes(u8, buffer, ptr);
    } else if (buffer !== undefined) {
      if (each === 0) core.copyIn(scratch + at, buffer, buffer.length);
      if (field.kind === "path") u8[scratch + at + buffer.length] = 0;
      u32[ptr >>> 2] = scratch + at;
    } else if (typeof value === "bigint") {
      u64[ptr >>> 3] = value;
    } else {
      u32[ptr >>> 2] = value;
      if (value > U32_MAX) u32[(ptr + 4) >>> 2] = Math.floor(value / 2 ** 32);
    }
  }
}

/** Fills the views that the command writes to. */
function readBuffers(core: Core, pending: readonly Pending[], scratch: number, ret: number): void {
  const written = ret === 0 || ret === -Errno.ENOENT ? core.fresh().u32[(core.attrPtr + COUNT) >>> 2] : 0;
  for (const { field, buffer, at, each } of pending) {
    if (!field.out || buffer === undefined) continue;
    if (each === 0) core.copyOut(scratch + at, buffer, buffer.length);
    else if (written > 0) core.copyOut(scratch + at, buffer, written * each);
  }
}
