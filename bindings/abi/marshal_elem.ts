// The object form of the element commands without a table walk and, for Uint8Array buffers, without an allocation: they
// are called in loops. Whatever is unusual (a bigint, an address, a short view, a bad fd) is left to `marshal.ts`,
// which knows all rules and all messages.
import { Cmd, ElemFlag, Errno, MapType } from "../../assembly/uapi/constants.ts";
import type { AttrPointer, BpfAttr } from "./attr.ts";
import { loadBytes, wordAt } from "./bytes.ts";
import { Address, type Core, viewSize } from "./core.ts";
import type { ShapeOf } from "./marshal.ts";

/** What `bpfElem` answers when it has done nothing, because the call is for the general way. */
export const GENERAL: undefined = undefined;

/** Runs an element command, or answers GENERAL. */
export function bpfElem(core: Core, shapeOf: ShapeOf, cmd: number, attr: BpfAttr): number | undefined {
  switch (cmd) {
    case Cmd.MAP_LOOKUP_ELEM:
      return lookup(core, shapeOf, attr);
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

/**
 * LOOKUP_ELEM by the core's lookups that answer with an address, as the map classes use them: its value is copied once,
 * and there is no attr. What they do not know, and every error but that of an absent key, is for the command itself.
 */
function lookup(core: Core, shapeOf: ShapeOf, attr: BpfAttr): number | undefined {
  for (const name in attr) {
    if (name !== "map_fd" && name !== "key" && name !== "value" && name !== "flags") return GENERAL;
  }
  const { map_fd: fd, key, value, flags } = attr;
  if (typeof fd === "number" && fd >>> 0 === fd && (flags === 0 || flags === undefined)) {
    const shape = shapeOf(fd);
    if (shape !== undefined && key instanceof Uint8Array && value instanceof Uint8Array) {
      const { keySize, valueSize } = shape;
      if (key.length >= keySize && value.length >= valueSize && keySize <= core.scratchSize) {
        const ptr = find(core, fd, key, keySize);
        if (ptr < Address.ERRNO_MIN) {
          loadBytes(core.fresh(), ptr, value, valueSize);
          return 0;
        }
        if ((ptr | 0) === -Errno.ENOENT) return -Errno.ENOENT;
      }
    }
  }
  return run(core, shapeOf, Cmd.MAP_LOOKUP_ELEM, attr, value, flags, false, true);
}

/** The address of a key's value, or an errno as an address. */
function find(core: Core, fd: number, key: Uint8Array, keySize: number): number {
  if (keySize === 4) {
    const ptr = core.lookupU32(fd, wordAt(key, 0)) >>> 0;
    if ((ptr | 0) !== -Errno.ENOTSUPP) return ptr;
  }
  if (!core.direct) return -Errno.ENOTSUPP >>> 0;
  core.copyIn(core.scratchPtr, key, keySize);
  return core.lookup(fd, core.scratchPtr) >>> 0;
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
  if (cmd !== Cmd.MAP_LOOKUP_ELEM && cmd !== Cmd.MAP_GET_NEXT_KEY) core.touch();
  if (dataOut && ret === 0 && data !== null && data !== undefined) core.copyOut(dataPtr, data as ArrayBufferView, dataSize);
  return ret;
}

const ELEM_SIZE = 32;

/** Whether a pointer is absent, or a view that holds `size` bytes. */
function usable(pointer: AttrPointer | undefined, size: number): boolean {
  if (pointer === null || pointer === undefined) return true;
  return typeof pointer === "object" && ArrayBuffer.isView(pointer) && viewSize(pointer) >= size;
}
