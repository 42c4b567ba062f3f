// Spoils a well-formed operation in one place: sizes, tails, pointers, buffers that end too early, fds, stray bytes.

import { At, Cmd, Limit } from "./abi.ts";
import type { BpfOp, Buf, Ref } from "./ops.ts";
import { EDGE_SIZE_MAX } from "./placer.ts";
import type { Prng } from "./prng.ts";
import type { BadPointer } from "./target.ts";

/** First byte of the union that a command has no field for. */
const unusedFrom: Partial<Record<Cmd, number>> = {
  [Cmd.MAP_CREATE]: 92,
  [Cmd.MAP_LOOKUP_ELEM]: 32,
  [Cmd.MAP_UPDATE_ELEM]: 32,
  [Cmd.MAP_LOOKUP_AND_DELETE_ELEM]: 32,
  [Cmd.MAP_GET_NEXT_KEY]: 24,
  [Cmd.MAP_DELETE_ELEM]: 16,
  [Cmd.MAP_FREEZE]: 4,
  [Cmd.MAP_LOOKUP_BATCH]: 56,
  [Cmd.MAP_LOOKUP_AND_DELETE_BATCH]: 56,
  [Cmd.MAP_UPDATE_BATCH]: 56,
  [Cmd.MAP_DELETE_BATCH]: 56,
  [Cmd.OBJ_PIN]: 20,
  [Cmd.OBJ_GET]: 20,
  [Cmd.MAP_GET_NEXT_ID]: 8,
  [Cmd.MAP_GET_FD_BY_ID]: 12,
  [Cmd.OBJ_GET_INFO_BY_FD]: 16,
};

const badPointers: readonly BadPointer[] = ["null", "unmapped", "private", "kernel"];
const badFds = [-1, 0x3fffff00, 0x7fffffff];
const oddFlags = [1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 16, 24, 0x80000000];

type Kind = "size" | "long" | "tail" | "pointer" | "short" | "fd" | "flags" | "byte" | "place" | "edge" | "same" | "cmd";

const kinds: Readonly<Record<Kind, number>> = {
  size: 3, long: 2, tail: 2, pointer: 5, short: 4, fd: 3, flags: 4, byte: 1, place: 1, edge: 3, same: 1, cmd: 0.3,
};

/**
 * A copy of `op` with one thing wrong, or at least odd. Where a value is an fd or a device, `isPlainData` is false: no
 * number of the script may be taken for one.
 */
export function damage(rng: Prng, op: BpfOp, isPlainData: boolean): BpfOp {
  const bad: BpfOp = structuredClone(op);
  switch (rng.weighted(kinds)) {
    case "size":
      bad.size = shortSize(rng, bad);
      break;
    case "long":
      lengthen(rng, bad);
      break;
    case "tail":
      bad.attr[rng.between(unusedFrom[bad.cmd as Cmd] ?? 0, Limit.ATTR_SIZE - 1)] = rng.between(1, 255);
      break;
    case "pointer":
      replacePointer(rng, bad);
      break;
    case "short":
      shortenBuffer(rng, bad);
      break;
    case "fd":
      replaceFd(rng, bad);
      break;
    case "flags":
      setFlags(rng, bad);
      break;
    case "byte":
      // A stray byte in MAP_CREATE could ask for gigabytes; the sweep covers its fields one by one.
      if (bad.cmd !== Cmd.MAP_CREATE) bad.attr[strayByteAt(rng, bad)] = rng.below(256);
      break;
    case "place":
      if (bad.cmd !== Cmd.MAP_GET_NEXT_ID) bad.place = rng.pick(badPointers);
      break;
    case "edge":
      if (bad.cmd !== Cmd.MAP_GET_NEXT_ID) placeAtEdge(rng, bad);
      break;
    case "same":
      if (isPlainData) shareBuffer(bad);
      break;
    case "cmd":
      bad.cmd = rng.pick([38, 39, 100, 0x7fffffff, -1]);
      delete bad.slot;
      delete bad.idAt;
      break;
  }
  return bad;
}

const refWidth = (ref: Ref): number => ("fd" in ref || "plainFd" in ref || "id" in ref ? 4 : 8);

/** A size that does not end inside a symbolic field: half an address is a valid one on one side only. */
function shortSize(rng: Prng, op: BpfOp): number {
  // Without its start_id, MAP_GET_NEXT_ID cannot be led past the maps of other processes.
  const least = op.cmd === Cmd.MAP_GET_NEXT_ID ? 4 : 0;
  for (;;) {
    const size = rng.between(least, op.attr.length - 1);
    if (!op.refs.some((ref) => size > ref.at && size < ref.at + refWidth(ref))) return size;
  }
}

function lengthen(rng: Prng, op: BpfOp): void {
  const size = rng.pick([Limit.ATTR_SIZE + 1, 176, 200, 256, Limit.PAGE_SIZE, Limit.PAGE_SIZE + 1, 0x7fffffff, -1 >>> 0]);
  op.size = size;
  if (size > Limit.PAGE_SIZE) return;
  const attr = new Uint8Array(size);
  attr.set(op.attr);
  if (rng.chance(0.5)) attr[rng.between(Limit.ATTR_SIZE, size - 1)] = 1;
  op.attr = attr;
}

function replacePointer(rng: Prng, op: BpfOp): void {
  const pointers = op.refs.filter((ref) => refWidth(ref) === 8);
  if (pointers.length === 0) return;
  const ref = rng.pick(pointers);
  op.refs[op.refs.indexOf(ref)] = { at: ref.at, bad: rng.pick(badPointers) };
}

const bufsOf = (op: BpfOp): Buf[] => op.refs.flatMap((ref) => ("buf" in ref ? [ref.buf] : []));

function shortenBuffer(rng: Prng, op: BpfOp): void {
  const bufs = bufsOf(op).filter((buf) => buf.data.length > 0 && buf.data.length <= EDGE_SIZE_MAX && buf.refs === undefined);
  if (bufs.length === 0) return;
  const buf = rng.pick(bufs);
  buf.data = buf.data.slice(0, rng.below(buf.data.length));
  buf.edge = true;
}

function replaceFd(rng: Prng, op: BpfOp): void {
  const index = op.refs.findIndex((ref) => "fd" in ref);
  if (index < 0) return;
  const at = op.refs[index].at;
  if (rng.chance(0.3)) {
    op.refs[index] = { at, plainFd: true };
  } else {
    op.refs.splice(index, 1);
    new DataView(op.attr.buffer).setInt32(at, rng.pick(badFds), true);
  }
}

function flagsAt(op: BpfOp, rng: Prng): number | undefined {
  switch (op.cmd) {
    case Cmd.MAP_LOOKUP_ELEM:
    case Cmd.MAP_UPDATE_ELEM:
    case Cmd.MAP_LOOKUP_AND_DELETE_ELEM:
      return At.elem.flags;
    case Cmd.MAP_LOOKUP_BATCH:
    case Cmd.MAP_LOOKUP_AND_DELETE_BATCH:
    case Cmd.MAP_UPDATE_BATCH:
    case Cmd.MAP_DELETE_BATCH:
      return rng.pick([At.batch.elem_flags, At.batch.flags]);
    case Cmd.OBJ_PIN:
    case Cmd.OBJ_GET:
      return At.object.file_flags;
    case Cmd.MAP_GET_FD_BY_ID:
      return At.id.open_flags;
    default:
      return undefined;
  }
}

function setFlags(rng: Prng, op: BpfOp): void {
  const at = flagsAt(op, rng);
  if (at === undefined) return;
  const view = new DataView(op.attr.buffer);
  if (rng.chance(0.15)) view.setUint32(at + 4, rng.pick([1, 0x80000000]), true);
  else view.setUint32(at, rng.pick(oddFlags), true);
}

/**
 * Any byte but those of ids, since a foreign id may be another process's map, and but those that say how long the
 * script's buffers are.
 */
function strayByteAt(rng: Prng, op: BpfOp): number {
  const isById = op.cmd === Cmd.MAP_GET_NEXT_ID || op.cmd === Cmd.MAP_GET_FD_BY_ID;
  const first = isById || op.cmd === Cmd.OBJ_GET_INFO_BY_FD ? 8 : 0;
  const at = rng.between(first, Limit.ATTR_SIZE - 1);
  const isCount = at >= At.batch.count && at < At.batch.count + 4;
  return isCount ? Limit.ATTR_SIZE - 1 : at;
}

/** The union ends at an unreadable address: where its size says, or some bytes before. */
function placeAtEdge(rng: Prng, op: BpfOp): void {
  op.place = "edge";
  op.size = Math.min(op.size, op.attr.length);
  const missing = rng.chance(0.5) ? 0 : rng.between(1, 40);
  const end = Math.max(op.size - missing, 0);
  // Fields that fall off the end leave the script with them.
  op.refs = op.refs.filter((ref) => ref.at + refWidth(ref) <= end);
  op.attr = op.attr.slice(0, end);
}

/** Passes one buffer for both pointers of an element command; a batch would answer by its order of copying. */
function shareBuffer(op: BpfOp): void {
  if (op.refs.length > 3) return;
  const withBuf = op.refs.flatMap((ref, index) => ("buf" in ref ? [index] : []));
  if (withBuf.length < 2) return;
  const [kept, replaced] = withBuf.slice(-2);
  const [keptBuf, replacedBuf] = [kept, replaced].map((index) => (op.refs[index] as { buf: Buf }).buf);
  const data = new Uint8Array(Math.max(keptBuf.data.length, replacedBuf.data.length));
  data.set(replacedBuf.data);
  data.set(keptBuf.data);
  keptBuf.data = data;
  op.refs[replaced] = { at: op.refs[replaced].at, same: kept };
}
