// The object form of the element commands without a table walk and, for Uint8Array buffers, without an allocation: they
// are called in loops. Whatever is unusual (a bigint, an address, a short view, a bad fd) is left to `marshal.ts`,
// which knows all rules and all messages.
import { Cmd, ElemFlag, MapType } from "../assembly/uapi/constants.ts";
import type { AttrPointer, BpfAttr } from "./attr.ts";
import { type Core, viewSize } from "./core.ts";
import type { ShapeOf } from "./marshal.ts";

/** What `bpfElem` answers when it has done nothing, because the call is for the general way. */
export const GENERAL: undefined = undefined;

/** Runs an element command, or answers GENERAL. */
export function bpfElem(core: Core, shapeOf: ShapeOf, cmd: number, attr: BpfAttr): number | undefined {
  switch (cmd) {
    case Cmd.MAP_LOOKUP_ELEM:
    case Cmd.MAP_LOOKUP_AND_DELETE_ELEM:
      return onlyFields(attr, "value", "flags") ? run(core, shapeOf, cmd, attr, attr.value, attr.flags, false, true) : GENERAL;
    case Cmd.MAP_UPDATE_ELEM:
      return onlyFields(attr, "value", "flags") ? run(core, shapeOf, cmd, attr, attr.value, attr.flags, true, false) : GENERAL;
    case Cmd.MAP_DELETE_ELEM:
      return onlyFields(attr, "key", "key") ? run(core, shapeOf, cmd, attr, null, undefined, false, false) : GENERAL;
    case Cmd.MAP_GET_NEXT_KEY:
      return onlyFields(attr, "next_key", "next_key") ? run(core, shapeOf, cmd, attr, attr.next_key, undefined, false, true) : GENERAL;
  }
  return GENERAL;
}

function onlyFields(attr: BpfAttr, third: string, fourth: string): boolean {
  for (const name in attr) {
    if (name !== "map_fd" && name !== "key" && name !== third && name !== fourth) return false;
  }
  return true;
}

/** `data` is the command's second buffer: value or next_key. */
function run(
  core: Core,
  shapeOf: ShapeOf,
  cmd: number,
  attr: BpfAttr,
  data: AttrPointer | undefined,
  flags: number | bigint = ElemFlag.ANY,
  dataIn: boolean,
  dataOut: boolean,
): number | undefined {
  const { map_fd: fd, key } = attr;
  if (typeof fd !== "number" || fd >>> 0 !== fd || typeof flags !== "number" || flags >>> 0 !== flags) return GENERAL;
  const shape = shapeOf(fd);
  if (shape === undefined || shape.type === MapType.BLOOM_FILTER) return GENERAL;
  const keySize = shape.keySize;
  const dataSize = cmd === Cmd.MAP_GET_NEXT_KEY ? keySize : shape.valueSize;
  if (keySize + dataSize > core.scratchSize - 8) return GENERAL;
  if (!usable(key, keySize) || !usable(data, dataSize)) return GENERAL;

  const keyPtr = core.scratchPtr;
  const dataPtr = keyPtr + ((keySize + 7) & ~7);
  const { u32 } = core.fresh();
  const at = core.elemPtr >>> 2;
  u32[at] = fd;
  u32[at + 2] = key === null || key === undefined ? 0 : keyPtr;
  u32[at + 4] = data === null || data === undefined ? 0 : dataPtr;
  u32[at + 6] = flags;
  if (key !== null && key !== undefined) core.copyIn(keyPtr, key as ArrayBufferView, keySize);
  if (dataIn && data !== null && data !== undefined) core.copyIn(dataPtr, data as ArrayBufferView, dataSize);
  const ret = core.bpf(cmd, core.elemPtr, ELEM_SIZE);
  if (dataOut && ret === 0 && data !== null && data !== undefined) core.copyOut(dataPtr, data as ArrayBufferView, dataSize);
  return ret;
}

const ELEM_SIZE = 32;

/** Whether a pointer is absent, or a view that holds `size` bytes. */
function usable(pointer: AttrPointer | undefined, size: number): boolean {
  if (pointer === null || pointer === undefined) return true;
  return typeof pointer === "object" && ArrayBuffer.isView(pointer) && viewSize(pointer) >= size;
}
