// A dump: every map and pin of a kernel as lines of JSON that every later version reads (docs/dump.md). It is taken through
// bpf(2), so it has what user space can see, and nothing of how the memory is laid out.
import { Cmd, Errno, MapType } from "../../assembly/uapi/constants.ts";
import { userValueSize } from "../abi/attr.ts";
import type { MapInfo } from "../abi/info.ts";
import { BPF_ANY } from "../constants.ts";
import { errnoName } from "../errors.ts";
import { DUMP_NAME, DUMP_VERSION, type ElementLine, isMapOfMapsType, isPerCpuType, isQueueType, type MapLine, strideOf } from "./dump_format.ts";
import type { DumpKernel } from "./dump_kernel.ts";

const BPFFS = "/sys/fs/bpf";
/** Text is encoded when it is this long. */
const CHUNK_CHARS = 1 << 16;

const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

function hex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += HEX[byte];
  return text;
}

/** Lines, encoded as they come. */
class Lines {
  readonly #encoder = new TextEncoder();
  readonly #chunks: Uint8Array[] = [];
  #size = 0;
  #text = "";

  add(line: object): void {
    this.addText(JSON.stringify(line));
  }
  addText(line: string): void {
    this.#text += `${line}\n`;
    if (this.#text.length >= CHUNK_CHARS) this.#encode();
  }
  #encode(): void {
    const chunk = this.#encoder.encode(this.#text);
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    this.#text = "";
  }
  /** All lines. */
  bytes(): Uint8Array {
    this.#encode();
    const all = new Uint8Array(this.#size);
    let at = 0;
    for (const chunk of this.#chunks) {
      all.set(chunk, at);
      at += chunk.length;
    }
    return all;
  }
}

/** Why the elements of some types cannot be read; of the others the errno is told. */
const UNREAD: { readonly [type: number]: string | undefined } = {
  [MapType.RINGBUF]: "to read the records of a ring buffer is to take them",
  [MapType.USER_RINGBUF]: "the records of a user ring buffer are for programs",
  [MapType.BLOOM_FILTER]: "a bloom filter does not have its elements",
};

/** Told of a map whose elements cannot be read, or which cannot be made again, with the reason. */
export type UnreadListener = (map: MapInfo, why: string) => void;

class Dumper {
  readonly #kernel: DumpKernel;
  readonly #unread: UnreadListener;
  readonly #lines = new Lines();
  /** Ids of the maps that are in the dump. */
  readonly #ids = new Set<number>();
  #elements = 0;

  constructor(kernel: DumpKernel, unread: UnreadListener) {
    this.#kernel = kernel;
    this.#unread = unread;
  }

  run(): Uint8Array {
    const kernel = this.#kernel;
    const maps = kernel.maps();
    this.#lines.add({ dump: DUMP_NAME, version: DUMP_VERSION, cpus: kernel.cpus });
    // Inner maps first, so that a reader has them when an outer map names them.
    const outer = (info: MapInfo): boolean => isMapOfMapsType(info.typeNumber);
    for (const info of [...maps.filter((map) => !outer(map)), ...maps.filter(outer)]) this.#map(info, maps);
    this.#folder(BPFFS);
    this.#lines.add({ end: { maps: this.#ids.size, elements: this.#elements } });
    return this.#lines.bytes();
  }

  #map(info: MapInfo, maps: readonly MapInfo[]): void {
    const kernel = this.#kernel;
    const fd = kernel.bpf(Cmd.MAP_GET_FD_BY_ID, { map_id: info.id });
    if (fd < 0) return;
    try {
      const line: MapLine = {
        map: info.id,
        type: MapType[info.typeNumber].toLowerCase(),
        map_type: info.typeNumber,
        key_size: info.keySize,
        value_size: info.valueSize,
        max_entries: info.maxEntries,
        map_flags: info.flags,
        map_extra: String(info.mapExtra),
        name: info.name,
        // An update batch of no elements changes nothing, and whether the map is frozen is looked at before anything else.
        frozen: kernel.bpf(Cmd.MAP_UPDATE_BATCH, { map_fd: fd, count: 0 }) === -Errno.EPERM,
      };
      const isOuter = isMapOfMapsType(info.typeNumber);
      const inner = isOuter ? this.#innerOf(fd, info, maps) : undefined;
      if (isOuter && inner === undefined) {
        this.#note(info, `map ${info.id} is left out: it is empty, and no map shows what its inner maps are like`);
        return;
      }
      this.#lines.add(inner === undefined ? line : { ...line, inner });
      this.#ids.add(info.id);
      const problem = isQueueType(info.typeNumber) ? this.#queue(fd, info) : this.#keyed(fd, info);
      if (problem !== undefined) this.#note(info, problem);
    } finally {
      kernel.close(fd);
    }
  }

  #note(info: MapInfo, unread: string): void {
    this.#lines.add({ unread });
    this.#unread(info, unread);
  }

  /**
   * The id of a map like the inner maps of an outer map: one that is in it, else one that it would take, which is tried
   * out in its place for key 0. Undefined where there is none.
   */
  #innerOf(fd: number, info: MapInfo, maps: readonly MapInfo[]): number | undefined {
    const kernel = this.#kernel;
    const key = new Uint8Array(info.keySize);
    const value = new Uint32Array(1);
    let ret = kernel.bpf(Cmd.MAP_GET_NEXT_KEY, { map_fd: fd, key: null, next_key: key });
    for (; ret === 0; ret = kernel.bpf(Cmd.MAP_GET_NEXT_KEY, { map_fd: fd, key, next_key: key })) {
      if (kernel.bpf(Cmd.MAP_LOOKUP_ELEM, { map_fd: fd, key, value }) === 0) return value[0];
    }
    key.fill(0);
    for (const { id } of maps) {
      value[0] = kernel.bpf(Cmd.MAP_GET_FD_BY_ID, { map_id: id });
      const taken = kernel.bpf(Cmd.MAP_UPDATE_ELEM, { map_fd: fd, key, value, flags: BPF_ANY }) === 0;
      kernel.close(value[0]);
      if (!taken) continue;
      kernel.bpf(Cmd.MAP_DELETE_ELEM, { map_fd: fd, key });
      return id;
    }
    return undefined;
  }

  #element(line: ElementLine): void {
    this.#lines.add(line);
    this.#elements++;
  }

  /** The elements of a map with keys. Returns why they cannot be read. */
  #keyed(fd: number, info: MapInfo): string | undefined {
    const kernel = this.#kernel;
    const unread = UNREAD[info.typeNumber];
    if (unread !== undefined) return unread;
    const { typeNumber: type, keySize, valueSize } = info;
    const zerosCount = type !== MapType.ARRAY && type !== MapType.PERCPU_ARRAY;
    const perCpu = isPerCpuType(type);
    const key = new Uint8Array(keySize);
    const value = new Uint8Array(userValueSize(type, valueSize, kernel.cpus));
    let ret = kernel.bpf(Cmd.MAP_GET_NEXT_KEY, { map_fd: fd, key: null, next_key: key });
    for (; ret === 0; ret = kernel.bpf(Cmd.MAP_GET_NEXT_KEY, { map_fd: fd, key, next_key: key })) {
      const found = kernel.bpf(Cmd.MAP_LOOKUP_ELEM, { map_fd: fd, key, value });
      // Arrays of fds have holes.
      if (found === -Errno.ENOENT) continue;
      if (found < 0) return `BPF_MAP_LOOKUP_ELEM answers ${errnoName(found)}`;
      if (!zerosCount && value.every((byte) => byte === 0)) continue;
      if (isMapOfMapsType(type)) {
        this.#element({ key: hex(key), inner: new Uint32Array(value.buffer)[0] });
      } else if (perCpu) {
        const values = Array.from({ length: kernel.cpus }, (_, cpu) => {
          const start = cpu * strideOf(valueSize);
          return hex(value.subarray(start, start + valueSize));
        });
        this.#element({ key: hex(key), values });
      } else {
        this.#lines.addText(`{"key":"${hex(key)}","value":"${hex(value)}"}`);
        this.#elements++;
      }
    }
    return ret === -Errno.ENOENT ? undefined : `BPF_MAP_GET_NEXT_KEY answers ${errnoName(ret)}`;
  }

  /** The elements of a queue or stack, first what a pop would take first: all are taken out and put back. */
  #queue(fd: number, info: MapInfo): string | undefined {
    const kernel = this.#kernel;
    const values: Uint8Array[] = [];
    let ret: number;
    for (;;) {
      const value = new Uint8Array(info.valueSize);
      ret = kernel.bpf(Cmd.MAP_LOOKUP_AND_DELETE_ELEM, { map_fd: fd, key: null, value });
      if (ret < 0) break;
      values.push(value);
    }
    const back = info.typeNumber === MapType.STACK ? values.slice().reverse() : values;
    for (const value of back) kernel.bpf(Cmd.MAP_UPDATE_ELEM, { map_fd: fd, key: null, value, flags: BPF_ANY });
    for (const value of values) this.#element({ value: hex(value) });
    return ret === -Errno.ENOENT ? undefined : `BPF_MAP_LOOKUP_AND_DELETE_ELEM answers ${errnoName(ret)}`;
  }

  #folder(path: string): void {
    const { bpffs } = this.#kernel;
    for (const name of bpffs.readdir(path)) {
      const below = `${path}/${name}`;
      const stats = bpffs.stat(below);
      const mode = stats.mode & 0o7777;
      if (stats.isDirectory()) {
        this.#lines.add({ folder: below, mode });
        this.#folder(below);
      } else if (this.#ids.has(stats.mapId)) {
        this.#lines.add({ pin: below, map: stats.mapId });
      }
    }
  }
}

/** All maps and pins of a kernel, which is the same afterwards. */
export function takeDump(kernel: DumpKernel, unread: UnreadListener = () => {}): Uint8Array {
  return new Dumper(kernel, unread).run();
}
