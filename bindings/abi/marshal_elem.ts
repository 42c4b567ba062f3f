// The object form of the element commands without a table walk and, for Uint8Array buffers, without an allocation: they
// are called in loops. Whatever is unusual (a bigint, an address, a short view, a bad fd) is left to `marshal.ts`,
// which knows all rules and all messages.
import { Cmd, ElemFlag, Errno, Limit, MapType } from "../../assembly/uapi/constants.ts";
import type { AttrPointer, BpfAttr } from "./attr.ts";
import { isBytes, loadBytes, ownBytesOf, wordAt } from "./bytes.ts";
import { Address, type Core } from "./core.ts";
import { bpfObject, type ShapeOf } from "./marshal.ts";

/** What `bpfElem` answers when it has done nothing, because the call is for the general way. */
export const GENERAL: undefined = undefined;

/**
 * Runs an element command, or answers GENERAL, with no field read. Each field is read once, so that what is checked is what
 * is used; the general way is then given what was read.
 */
export function bpfElem(core: Core, shapeOf: ShapeOf, cmd: number, attr: BpfAttr): number | undefined {
  // LOOKUP stands alone, so that this is small enough to inline: trick 3 of ARCHITECTURE.md.
  return cmd === Cmd.MAP_LOOKUP_ELEM ? lookup(core, shapeOf, attr) : others(core, shapeOf, cmd, attr);
}

function others(core: Core, shapeOf: ShapeOf, cmd: number, attr: BpfAttr): number | undefined {
  switch (cmd) {
    case Cmd.MAP_LOOKUP_AND_DELETE_ELEM:
    case Cmd.MAP_UPDATE_ELEM: {
      if (!onlyFields(attr, "value", "flags")) return GENERAL;
      const { map_fd: fd, key, value, flags } = attr;
      const isIn = cmd === Cmd.MAP_UPDATE_ELEM;
      const ret = run(core, shapeOf, cmd, fd, key, value, flags, isIn, !isIn);
      return ret === GENERAL ? bpfObject(core, shapeOf, cmd, { map_fd: fd, key, value, flags }, Limit.ATTR_SIZE) : ret;
    }
    case Cmd.MAP_DELETE_ELEM: {
      if (!onlyFields(attr, "key", "key")) return GENERAL;
      const { map_fd: fd, key } = attr;
      const ret = run(core, shapeOf, cmd, fd, key, null, ElemFlag.ANY, false, false);
      return ret === GENERAL ? bpfObject(core, shapeOf, cmd, { map_fd: fd, key }, Limit.ATTR_SIZE) : ret;
    }
    case Cmd.MAP_GET_NEXT_KEY: {
      if (!onlyFields(attr, "next_key", "next_key")) return GENERAL;
      const { map_fd: fd, key, next_key } = attr;
      const ret = run(core, shapeOf, cmd, fd, key, next_key, ElemFlag.ANY, false, true);
      return ret === GENERAL ? bpfObject(core, shapeOf, cmd, { map_fd: fd, key, next_key }, Limit.ATTR_SIZE) : ret;
    }
  }
  return GENERAL;
}

type Pointer = AttrPointer | undefined;

/**
 * LOOKUP_ELEM by the core's lookups that answer with an address, as the map classes use them: its value is copied once,
 * and there is no attr. What they do not know, and every error but that of an absent key, is for the command itself.
 */
function lookup(core: Core, shapeOf: ShapeOf, attr: BpfAttr): number | undefined {
  // Names in the loop itself, not by `onlyFields`, which is a call: trick 3 of ARCHITECTURE.md.
  for (const name in attr) {
    if (name !== "map_fd" && name !== "key" && name !== "value" && name !== "flags") return GENERAL;
  }
  const { map_fd: fd, key, value, flags } = attr;
  if (typeof fd === "number" && fd >>> 0 === fd && (flags === 0 || flags === undefined)) {
    const shape = shapeOf(fd);
    if (shape !== undefined && key instanceof Uint8Array && isBytes(value)) {
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
  const ret = run(core, shapeOf, Cmd.MAP_LOOKUP_ELEM, fd, key, value, flags, false, true);
  return ret === GENERAL ? bpfObject(core, shapeOf, Cmd.MAP_LOOKUP_ELEM, { map_fd: fd, key, value, flags }, Limit.ATTR_SIZE) : ret;
}

/** The address of a key's value, or an errno as an address. */
function find(core: Core, fd: number, key: Uint8Array, keySize: number): number {
  if (keySize === 4) {
    const ptr = core.door.lookupU32(fd, wordAt(key, 0)) >>> 0;
    if ((ptr | 0) !== -Errno.ENOTSUPP) return ptr;
  }
  // A log shows the command itself, once, whatever it answers. And a Proxy of an array is none: it could change the scratch.
  if (!core.door.isDirect || !ArrayBuffer.isView(key)) return -Errno.ENOTSUPP >>> 0;
  core.copyIn(core.scratchPtr, key, keySize);
  return core.door.lookup(fd, core.scratchPtr) >>> 0;
}

function onlyFields(attr: BpfAttr, third: string, fourth: string): boolean {
  for (const name in attr) {
    if (name !== "map_fd" && name !== "key" && name !== third && name !== fourth) return false;
  }
  return true;
}

/** `data` is the command's second buffer: value or next_key. GENERAL for what is not as most calls are. */
function run(
  core: Core,
  shapeOf: ShapeOf,
  cmd: number,
  fd: BpfAttr["map_fd"],
  key: Pointer,
  data: Pointer,
  flags: number | bigint = ElemFlag.ANY,
  dataIn: boolean,
  dataOut: boolean,
): number | undefined {
  if (typeof fd !== "number" || fd >>> 0 !== fd || typeof flags !== "number" || flags >>> 0 !== flags) return GENERAL;
  const shape = shapeOf(fd);
  if (shape === undefined || shape.type === MapType.BLOOM_FILTER) return GENERAL;
  const keySize = shape.keySize;
  const dataSize = cmd === Cmd.MAP_GET_NEXT_KEY ? keySize : shape.valueSize;
  if (keySize + dataSize > core.scratchSize - 8) return GENERAL;
  const keyBytes = bytesIn(key, keySize);
  const dataBytes = bytesIn(data, dataSize);
  if (keyBytes === undefined || dataBytes === undefined) return GENERAL;

  const keyPtr = core.scratchPtr;
  const dataPtr = keyPtr + ((keySize + 7) & ~7);
  const { u32 } = core.fresh();
  const at = core.elemPtr >>> 2;
  u32[at] = fd;
  u32[at + 2] = keyBytes === null ? 0 : keyPtr;
  u32[at + 4] = dataBytes === null ? 0 : dataPtr;
  u32[at + 6] = flags;
  if (keyBytes !== null) core.copyIn(keyPtr, keyBytes, keySize);
  if (dataIn && dataBytes !== null) core.copyIn(dataPtr, dataBytes, dataSize);
  const ret = core.door.bpf(cmd, core.elemPtr, ELEM_SIZE);
  if (cmd !== Cmd.MAP_LOOKUP_ELEM && cmd !== Cmd.MAP_GET_NEXT_KEY) core.door.touch();
  if (dataOut && ret === 0 && dataBytes !== null) core.copyOut(dataPtr, dataBytes, dataSize);
  return ret;
}

const ELEM_SIZE = 32;

/** A pointer's bytes, null for the null pointer; undefined for what is no view of at least `size` bytes. */
function bytesIn(pointer: Pointer, size: number): Uint8Array | null | undefined {
  if (pointer === null || pointer === undefined) return null;
  if (isBytes(pointer)) return pointer.length >= size ? pointer : undefined;
  if (!ArrayBuffer.isView(pointer)) return undefined;
  const bytes = ownBytesOf(pointer);
  return bytes.length >= size ? bytes : undefined;
}
