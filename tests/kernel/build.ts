// Builds the operations of a script, well formed; damage.ts then spoils some of them.

import { At, AttrBytes, Cmd, InfoAt, Limit } from "./abi.ts";
import type { BpfOp, Buf, Ref } from "./ops.ts";

/** What a pointer field points to; undefined is NULL. */
export type Pointee = Buf | undefined;

export type CreateAttrs = Partial<Record<keyof typeof At.create, number>>;

/** What out buffers hold before the command, so that every byte a command leaves alone shows. */
export const FILL = 0xa5;

export const outBuf = (size: number): Buf => ({ data: new Uint8Array(size).fill(FILL) });

export function create(slot: number, attrs: CreateAttrs, refs: Ref[] = [], name?: Uint8Array): BpfOp {
  const attr = new AttrBytes(Limit.ATTR_SIZE);
  for (const [field, value] of Object.entries(attrs)) {
    const at = At.create[field as keyof typeof At.create];
    if (field === "map_extra" || field === "excl_prog_hash") attr.u64(at, value);
    else attr.u32(at, value);
  }
  if (name !== undefined) attr.bytes.set(name, At.create.map_name);
  return { op: "bpf", cmd: Cmd.MAP_CREATE, size: Limit.ATTR_SIZE, attr: attr.bytes, refs, slot };
}

function pointer(at: number, pointee: Pointee): Ref {
  return pointee === undefined ? { at, bad: "null" } : { at, buf: pointee };
}

/** LOOKUP, UPDATE, DELETE and LOOKUP_AND_DELETE; `value` is left out for DELETE. */
export function elem(cmd: Cmd, slot: number, key: Pointee, value?: Pointee, flags = 0): BpfOp {
  const attr = new AttrBytes(Limit.ATTR_SIZE).u64(At.elem.flags, flags);
  const refs: Ref[] = [{ at: At.elem.map_fd, fd: slot }, pointer(At.elem.key, key)];
  if (cmd !== Cmd.MAP_DELETE_ELEM) refs.push(pointer(At.elem.value, value));
  return { op: "bpf", cmd, size: Limit.ATTR_SIZE, attr: attr.bytes, refs };
}

export function nextKey(slot: number, key: Pointee, next: Pointee): BpfOp {
  return elem(Cmd.MAP_GET_NEXT_KEY, slot, key, next);
}

export interface BatchArgs {
  in_batch?: Pointee;
  out_batch?: Pointee;
  keys?: Pointee;
  values?: Pointee;
  count: number;
  elem_flags?: number;
  flags?: number;
}

export function batch(cmd: Cmd, slot: number, args: BatchArgs): BpfOp {
  const attr = new AttrBytes(Limit.ATTR_SIZE).u32(At.batch.count, args.count);
  attr.u64(At.batch.elem_flags, args.elem_flags ?? 0).u64(At.batch.flags, args.flags ?? 0);
  const refs: Ref[] = [{ at: At.batch.map_fd, fd: slot }];
  for (const field of ["in_batch", "out_batch", "keys", "values"] as const) {
    refs.push(pointer(At.batch[field], args[field]));
  }
  return { op: "bpf", cmd, size: Limit.ATTR_SIZE, attr: attr.bytes, refs };
}

export function freeze(slot: number): BpfOp {
  const refs: Ref[] = [{ at: At.elem.map_fd, fd: slot }];
  return { op: "bpf", cmd: Cmd.MAP_FREEZE, size: Limit.ATTR_SIZE, attr: new Uint8Array(Limit.ATTR_SIZE), refs };
}

/** Asks for `infoLen` bytes into `data`; with `hash` for the SHA-256 of the map too. */
export function info(slot: number, infoLen: number, data: Uint8Array, hash?: Buf): BpfOp {
  const refs: Ref[] = [];
  if (hash !== undefined && data.length >= InfoAt.hash + 8) refs.push({ at: InfoAt.hash, buf: hash });
  const buf: Buf = { data, refs };
  if (data.length >= InfoAt.id + 4) buf.ids = { at: InfoAt.id, count: 1, stride: 4 };
  const attr = new AttrBytes(Limit.ATTR_SIZE).u32(At.info.info_len, infoLen);
  return {
    op: "bpf",
    cmd: Cmd.OBJ_GET_INFO_BY_FD,
    size: Limit.ATTR_SIZE,
    attr: attr.bytes,
    refs: [{ at: At.info.bpf_fd, fd: slot }, { at: At.info.info, buf }],
  };
}

export const wholeInfo = (slot: number): BpfOp => info(slot, Limit.INFO_SIZE, new Uint8Array(Limit.INFO_SIZE));

/** Asks for the id after that of the map in `slot`, or after 0. */
export function nextId(slot: number | undefined): BpfOp {
  const attr = new AttrBytes(Limit.ATTR_SIZE).u32(At.id.next_id, 0xa5a5a5a5);
  const refs: Ref[] = slot === undefined ? [] : [{ at: At.id.start_id, id: slot }];
  return { op: "bpf", cmd: Cmd.MAP_GET_NEXT_ID, size: Limit.ATTR_SIZE, attr: attr.bytes, refs, idAt: At.id.next_id };
}

export function fdById(slot: number, to: number, openFlags: number): BpfOp {
  const attr = new AttrBytes(Limit.ATTR_SIZE).u32(At.id.open_flags, openFlags);
  const refs: Ref[] = [{ at: At.id.map_id, id: slot }];
  return { op: "bpf", cmd: Cmd.MAP_GET_FD_BY_ID, size: Limit.ATTR_SIZE, attr: attr.bytes, refs, slot: to };
}

export function pin(slot: number, path: string, fileFlags = 0, pathFd = 0): BpfOp {
  const attr = new AttrBytes(Limit.ATTR_SIZE).u32(At.object.file_flags, fileFlags).u32(At.object.path_fd, pathFd);
  const refs: Ref[] = [{ at: At.object.pathname, path }, { at: At.object.bpf_fd, fd: slot }];
  return { op: "bpf", cmd: Cmd.OBJ_PIN, size: Limit.ATTR_SIZE, attr: attr.bytes, refs };
}

export function getPinned(to: number, path: string, fileFlags = 0, pathFd = 0): BpfOp {
  const attr = new AttrBytes(Limit.ATTR_SIZE).u32(At.object.file_flags, fileFlags).u32(At.object.path_fd, pathFd);
  const refs: Ref[] = [{ at: At.object.pathname, path }];
  return { op: "bpf", cmd: Cmd.OBJ_GET, size: Limit.ATTR_SIZE, attr: attr.bytes, refs, slot: to };
}
