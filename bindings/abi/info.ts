// OBJ_GET_INFO_BY_FD for the bindings themselves: what an fd's map looks like, remembered per fd.
import { Cmd, Limit, MapFlag, MapType } from "../../assembly/uapi/constants.ts";
import { type MapShape, userValueSize } from "./attr.ts";
import type { Core } from "./core.ts";
import type { DoorCalls } from "./door.ts";
import type { Views } from "./views.ts";

/** What Linux tells about a map (struct bpf_map_info), under our spelling. */
export interface MapInfo {
  /** The map type's lower-case name, "hash". */
  type: string;
  /** Its number, `BPF_MAP_TYPE_…`. */
  typeNumber: number;
  /** Id of the map, unique in its kernel. */
  id: number;
  /** Size of a key in bytes; 0 for types without keys. */
  keySize: number;
  /** Size of a value in bytes; for per-CPU types, of one CPU's value. */
  valueSize: number;
  /** How many elements the map holds; bytes for ring buffers. */
  maxEntries: number;
  /** map_flags as given, without the access bits, which belong to the fd. */
  flags: number;
  name: string;
  /** map_extra: hash functions of a bloom filter, address of an arena. In JSON a number if it is one exactly, else its digits. */
  mapExtra: bigint;
}

/** `JSON.stringify` of an info; not enumerable, so that an info stays a plain object to whoever compares or spreads it. */
function infoToJSON(this: MapInfo): object {
  const { mapExtra } = this;
  return { ...this, mapExtra: mapExtra <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(mapExtra) : String(mapExtra) };
}

const ATTR_SIZE = 16;

/** Offsets in struct bpf_map_info; its first six fields are u32. */
const NAME = 24;
const MAP_EXTRA = 80;

/** Reads and remembers the shapes of maps by fd. */
export class MapInfos {
  readonly #core: Core;
  /** By fd. Forgotten when the fd is closed, since its number is then used again. */
  readonly #shapes: (MapShape | undefined)[] = [];

  constructor(core: Core) {
    this.#core = core;
  }

  /** The sizes of the map behind `fd`, or undefined when it is no map. */
  shape(fd: number): MapShape | undefined {
    const known = this.#shapes[fd];
    if (known !== undefined) return known;
    // Not by the door of the moment: that the bindings look is nothing that the caller has done.
    const info = fd < 0 ? undefined : this.#read(fd, this.#core.door.direct);
    if (typeof info !== "object") return undefined;
    const valueSize = userValueSize(info.typeNumber, info.valueSize, this.#core.cpus);
    const shape = { type: info.typeNumber, keySize: info.keySize, valueSize, maxEntries: info.maxEntries };
    this.#shapes[fd] = shape;
    return shape;
  }

  /** Remembers a map that was just made, from the attr bytes that made it. */
  created(fd: number, attrPtr: number, size: number): void {
    // A size that ends within the four fields is legal, and then the attr says less than the map's info does.
    if (attrPtr % 4 !== 0 || size < 16) return;
    const { u32 } = this.#core.fresh();
    const at = attrPtr >>> 2;
    // Linux rounds max_entries up for such maps; their info has the number.
    if ((u32[at + 4] & MapFlag.NO_COMMON_LRU) !== 0) return;
    const valueSize = userValueSize(u32[at], u32[at + 2], this.#core.cpus);
    this.#shapes[fd] = { type: u32[at], keySize: u32[at + 1], valueSize, maxEntries: u32[at + 3] };
  }

  /** Remembers that `copy` is another fd of the same map. */
  copied(fd: number, copy: number): void {
    this.#shapes[copy] = this.#shapes[fd];
  }

  /** The map's info, or the negative errno. */
  read(fd: number): MapInfo | number {
    return this.#read(fd, this.#core.door);
  }

  #read(fd: number, door: Pick<DoorCalls, "bpf">): MapInfo | number {
    const core = this.#core;
    const { u8, u32 } = core.fresh();
    const at = core.infoPtr >>> 2;
    const info = core.infoPtr + ATTR_SIZE;
    // Fields that the core reads from the buffer (the hash pointer) and its padding must be zero.
    u8.fill(0, info, info + Limit.INFO_SIZE);
    u32[at] = fd >>> 0;
    u32[at + 1] = Limit.INFO_SIZE;
    u32[at + 2] = info;
    u32[at + 3] = 0;
    const ret = door.bpf(Cmd.OBJ_GET_INFO_BY_FD, core.infoPtr, ATTR_SIZE);
    if (ret < 0) return ret;
    return decodeInfo(core.fresh(), info);
  }

  /** Forgets what is known of `fd`, because it was closed. */
  forget(fd: number): void {
    if (fd >= 0 && fd < this.#shapes.length) this.#shapes[fd] = undefined;
  }
}

/** The struct bpf_map_info at `info`. */
function decodeInfo({ u8, u32, u64 }: Views, info: number): MapInfo {
  const words = u32.subarray(info >>> 2, (info + Limit.INFO_SIZE) >>> 2);
  const name = u8.slice(info + NAME, info + NAME + Limit.OBJ_NAME_LEN);
  const decoded: MapInfo = {
    type: (MapType[words[0]] ?? String(words[0])).toLowerCase(),
    typeNumber: words[0],
    id: words[1],
    keySize: words[2],
    valueSize: words[3],
    maxEntries: words[4],
    flags: words[5],
    name: new TextDecoder("latin1").decode(name.subarray(0, name.indexOf(0))),
    mapExtra: u64[(info + MAP_EXTRA) >>> 3],
  };
  return Object.defineProperty(decoded, "toJSON", { value: infoToJSON });
}
