// The object form of the raw surface: an attr object becomes the bytes of union bpf_attr in the core's memory, and what
// the core wrote comes back. Everything the caller gave is checked before the first byte is written.
import { Errno, Limit } from "../../assembly/uapi/constants.ts";
import { attrTable, type AttrField, type BpfAttr, type MapShape } from "./attr.ts";
import { type Core, NULL, type Ptr, roundUp8 } from "./core.ts";

const U32_MAX = 0xffffffff;

/** Offset of `count` in the attr of a batch. */
const COUNT = 32;

/** Answers the shape of the map behind an fd, or undefined when the fd is no map. */
export type ShapeOf = (fd: number) => MapShape | undefined;

/** One checked field with what will be written. Buffers wait for their address until the scratch block is known. */
interface Pending {
  field: AttrField;
  value: number | bigint;
  buffer: ArrayBufferView | undefined;
  /** Offset of the buffer's copy in the scratch block. */
  at: number;
  /** Bytes of an element, for a list whose copy is only written; else 0. */
  each: number;
}

/**
 * Runs `cmd` with an attr object. Returns what the core returns; throws TypeError or RangeError, with nothing touched,
 * for fields the command does not have, values of a wrong JS type or range, and views too short for the map.
 */
export function bpfObject(core: Core, shapeOf: ShapeOf, cmd: number, attr: BpfAttr, size: number): number {
  const { fields, names, hasMapFd } = attrTable(cmd);
  for (const name in attr) {
    if (!names.has(name)) throw new TypeError(`Cannot use attr.${name}: command ${cmd} has no such field`);
  }
  const shape = hasMapFd && typeof attr.map_fd === "number" ? shapeOf(attr.map_fd) : undefined;
  const pending: Pending[] = [];
  let scratchSize = 0;
  for (const field of fields) {
    const item = check(field, attr, shape);
    if (item === undefined) continue;
    pending.push(item);
    if (item.buffer?.buffer === core.memory.buffer && field.kind !== "name") {
      // The view already lies in the core's memory: its address is used, and no growth can detach it under our hands.
      item.value = item.buffer!.byteOffset;
      item.buffer = undefined;
    } else if (item.buffer !== undefined && field.kind !== "name") {
      item.at = scratchSize;
      // One zero byte behind a path ends it even if the view does not.
      scratchSize += roundUp8(item.buffer.byteLength + (field.kind === "path" ? 1 : 0));
    }
  }
  const small = scratchSize <= core.scratchSize;
  const scratch = small ? core.scratchPtr : core.alloc(scratchSize);
  if (scratch === NULL) return -Errno.ENOMEM;
  if (shape !== undefined) markLists(pending, shape);
  write(core, pending, scratch, size);
  const ret = core.bpf(cmd, core.attrPtr, size);
  readBack(core, pending, fields, scratch, attr, ret);
  if (!small) core.free(scratch as Ptr);
  return ret;
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
function check(field: AttrField, attr: BpfAttr, shape: MapShape | undefined): Pending | undefined {
  const { name, kind } = field;
  const value = attr[name];
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
      return buffered(field, nameBytes(value));
    case "path":
      if (typeof value === "string") return buffered(field, new TextEncoder().encode(value));
      return pointer(field, value, 0);
    case "ptr":
      return pointer(field, value, field.bytes?.(attr, shape) ?? 0);
  }
}

function scalar(field: AttrField, value: number | bigint): Pending {
  return { field, value, buffer: undefined, at: 0, each: 0 };
}

function buffered(field: AttrField, buffer: ArrayBufferView): Pending {
  return { field, value: 0, buffer, at: 0, each: 0 };
}

function pointer(field: AttrField, value: BpfAttr[keyof BpfAttr], bytes: number): Pending {
  if (value === null) return scalar(field, 0);
  if (typeof value === "number" || typeof value === "bigint") return scalar(field, wide(field.name, value));
  if (!ArrayBuffer.isView(value)) {
    throw new TypeError(`Cannot use attr.${field.name}: expected a view, null or an address, got ${kindOf(value)}`);
  }
  if (value.byteLength < bytes) {
    throw new RangeError(`Cannot use attr.${field.name}: the command needs ${bytes} bytes, the view has ${value.byteLength}`);
  }
  return buffered(field, value);
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

function nameBytes(value: unknown): Uint8Array {
  const bytes = typeof value === "string" ? new TextEncoder().encode(value) : value;
  if (!(bytes instanceof Uint8Array)) {
    throw new TypeError(`Cannot use attr.map_name: expected a string or a Uint8Array, got ${kindOf(value)}`);
  }
  if (bytes.length > Limit.OBJ_NAME_LEN) {
    throw new RangeError(`Cannot use attr.map_name: the field has ${Limit.OBJ_NAME_LEN} bytes, the name ${bytes.length}`);
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
      u8.set(buffer as Uint8Array, ptr);
    } else if (buffer !== undefined) {
      if (each === 0) core.copyIn(scratch + at, buffer);
      if (field.kind === "path") u8[scratch + at + buffer.byteLength] = 0;
      u32[ptr >>> 2] = scratch + at;
    } else if (typeof value === "bigint") {
      u64[ptr >>> 3] = value;
    } else {
      u32[ptr >>> 2] = value;
      if (value > U32_MAX) u32[(ptr + 4) >>> 2] = Math.floor(value / 2 ** 32);
    }
  }
}

function readBack(
  core: Core,
  pending: readonly Pending[],
  fields: readonly AttrField[],
  scratch: number,
  attr: BpfAttr,
  ret: number,
): void {
  const { u32 } = core.fresh();
  const written = ret === 0 || ret === -Errno.ENOENT ? u32[(core.attrPtr + COUNT) >>> 2] : 0;
  for (const { field, buffer, at, each } of pending) {
    if (!field.out || buffer === undefined) continue;
    if (each === 0) core.copyOut(scratch + at, buffer);
    else if (written > 0) core.copyOut(scratch + at, buffer, written * each);
  }
  for (const { name, offset, kind, out } of fields) {
    // A failing command leaves most out fields as they were, so one that the caller did not give is not made up.
    if (!out || kind === "ptr" || (ret < 0 && attr[name] === undefined)) continue;
    const value = u32[(core.attrPtr + offset) >>> 2];
    if (attr[name] !== value) (attr as Record<string, unknown>)[name] = value;
  }
}
