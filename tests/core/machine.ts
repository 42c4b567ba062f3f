// A caller of bpf(2) for the tables of this folder: commands with fields by name, on the engine or on the live kernel.
// It remembers what a row opened, so that the next row begins where this one did.
import { At, AttrBytes, Cmd, Errno, Limit, MapType } from "../kernel/abi.ts";
import { Placer } from "../kernel/placer.ts";
import { addressOf, type Address, type BadPointer, type Target } from "../kernel/target.ts";
import type { Region } from "../kernel/target.ts";

/** A pointer that no command may follow. */
export interface Bad {
  bad: BadPointer;
}

/** Bytes that end directly below an unreadable address. */
export interface Edge {
  edge: Uint8Array;
}

/** What a field of an attr may hold; bytes are placed in the target's memory and hold what it wrote afterwards. */
export type Field = number | bigint | null | string | Uint8Array | Bad | Edge;
export type Fields = Record<string, Field>;

export interface CallOptions {
  /** Bytes of the union as the caller declares them. */
  size?: number;
  /** Single bytes on top of the fields: offset, value. */
  pokes?: readonly (readonly [at: number, byte: number])[];
}

const NULL: Address = { low: 0, high: 0 };
const WIDE = new Set([
  "key", "value", "next_key", "flags", "in_batch", "out_batch", "keys", "values", "elem_flags", "pathname", "info",
  "map_extra", "excl_prog_hash",
]);
/** No process has this many fds open. */
export const CLOSED_FD = 0x3fffff00;
export const unmapped: Bad = { bad: "unmapped" };

type Layout = Readonly<Record<string, number>>;

function layoutOf(cmd: number): Layout {
  if (cmd === Cmd.MAP_CREATE) return At.create;
  if (cmd >= Cmd.MAP_LOOKUP_BATCH && cmd <= Cmd.MAP_DELETE_BATCH) return At.batch;
  if (cmd === Cmd.OBJ_PIN || cmd === Cmd.OBJ_GET) return At.object;
  if (cmd === Cmd.MAP_GET_NEXT_ID || cmd === Cmd.MAP_GET_FD_BY_ID) return At.id;
  if (cmd === Cmd.OBJ_GET_INFO_BY_FD) return At.info;
  return At.elem;
}

const opensFd = (cmd: number): boolean =>
  cmd === Cmd.MAP_CREATE || cmd === Cmd.MAP_GET_FD_BY_ID || cmd === Cmd.OBJ_GET;

/** "-22 EINVAL" for an errno, the number itself for everything else. */
export function answerText(answer: number): string {
  return answer < 0 ? `${answer} ${Errno[-answer] ?? "unknown errno"}` : String(answer);
}

export class Machine {
  readonly target: Target;
  readonly cpus: number;
  readonly #placer: Placer;
  #fds = new Set<number>();
  #paths: string[] = [];
  #directories: string[] = [];
  #union: Region | undefined;
  #edge: Region | undefined;

  constructor(target: Target) {
    this.target = target;
    this.cpus = target.cpus;
    this.#placer = new Placer(target);
  }

  /** bpf(2). Bytes in `fields` hold afterwards what the command wrote, and so do `count`, `next_id` and `info_len`. */
  call(cmd: number, fields: Fields, { size = Limit.ATTR_SIZE, pokes = [] }: CallOptions = {}): number {
    this.#placer.reset();
    const attr = new AttrBytes(Math.max(Limit.ATTR_SIZE, Math.min(size, Limit.PAGE_SIZE)));
    const layout = layoutOf(cmd);
    const spots: (() => void)[] = [];
    for (const [name, value] of Object.entries(fields)) {
      const at = layout[name];
      if (at === undefined) throw new Error(`command ${cmd} has no field "${name}"`);
      if (name === "map_name") attr.bytes.set(latin1(value as string), at);
      else if (WIDE.has(name)) attr.address(at, this.#address(value, spots));
      else attr.u32(at, Number(value) >>> 0);
    }
    for (const [at, byte] of pokes) attr.bytes[at] = byte;
    const answer = this.target.bpf(cmd, attr.bytes, size);
    for (const read of spots) read();
    this.#readOut(cmd, attr, fields);
    return this.#track(cmd, answer);
  }

  /** The same with the union at an address of the target's memory: the bytes as they are. */
  callAt(cmd: number, address: Address, size: number): number {
    return this.#track(cmd, this.target.bpfAt(cmd, address, size));
  }

  /** A block of the target's memory for whole unions, one page and a bit. */
  get union(): Region {
    this.#union ??= this.target.region(2 * Limit.PAGE_SIZE);
    return this.#union;
  }

  /** Where `content` lies when its last byte is the last that can be read, with zeros before it. */
  atEdge(content: Uint8Array): Address {
    this.#edge ??= this.target.edgeRegion(Limit.PAGE_SIZE);
    const { address, size, bytes: memory } = this.#edge;
    memory.fill(0);
    memory.set(content, size - content.length);
    return addressOf(address + size - content.length);
  }

  /** A new map's fd; an answer that is no fd fails the row. */
  map(attrs: Fields): number {
    const fd = this.call(Cmd.MAP_CREATE, attrs);
    if (fd < 0) throw new Error(`MAP_CREATE ${JSON.stringify(attrs)} answers ${answerText(fd)}`);
    return fd;
  }

  hash(fields: Fields = {}): number {
    return this.map({ map_type: MapType.HASH, key_size: 4, value_size: 8, max_entries: 4, ...fields });
  }

  array(fields: Fields = {}): number {
    return this.map({ map_type: MapType.ARRAY, key_size: 4, value_size: 8, max_entries: 4, ...fields });
  }

  lookup(map_fd: number, key: Field, value: Field, flags = 0): number {
    return this.call(Cmd.MAP_LOOKUP_ELEM, { map_fd, key, value, flags });
  }

  update(map_fd: number, key: Field, value: Field, flags = 0): number {
    return this.call(Cmd.MAP_UPDATE_ELEM, { map_fd, key, value, flags });
  }

  delete(map_fd: number, key: Field): number {
    return this.call(Cmd.MAP_DELETE_ELEM, { map_fd, key });
  }

  next(map_fd: number, key: Field, next_key: Field): number {
    return this.call(Cmd.MAP_GET_NEXT_KEY, { map_fd, key, next_key });
  }

  pop(map_fd: number, key: Field, value: Field, flags = 0): number {
    return this.call(Cmd.MAP_LOOKUP_AND_DELETE_ELEM, { map_fd, key, value, flags });
  }

  freeze(map_fd: number): number {
    return this.call(Cmd.MAP_FREEZE, { map_fd });
  }

  /** struct bpf_map_info of a map. */
  info(bpf_fd: number): DataView {
    const info = new Uint8Array(Limit.INFO_SIZE);
    const answer = this.call(Cmd.OBJ_GET_INFO_BY_FD, { bpf_fd, info_len: info.length, info });
    if (answer < 0) throw new Error(`OBJ_GET_INFO_BY_FD answers ${answerText(answer)}`);
    return new DataView(info.buffer);
  }

  id(fd: number): number {
    return this.info(fd).getUint32(4, true);
  }

  /** The path of a name in the target's bpffs; pins at it are removed when the row ends. */
  path(name: string): string {
    const path = `${this.target.bpffs}/${name}`;
    this.#paths.push(path);
    return path;
  }

  mkdir(name: string): string {
    const path = `${this.target.bpffs}/${name}`;
    const answer = this.target.mkdir(path);
    if (answer < 0) throw new Error(`mkdir answers ${answerText(answer)}`);
    this.#directories.unshift(path);
    return path;
  }

  close(fd: number): number {
    this.#fds.delete(fd);
    return this.target.close(fd);
  }

  dup(fd: number): number {
    const copy = this.target.dup(fd);
    if (copy >= 0) this.#fds.add(copy);
    return copy;
  }

  /** Closes and removes everything that the row left. */
  finish(): void {
    for (const fd of this.#fds) this.target.close(fd);
    this.#fds.clear();
    for (const path of this.#paths) this.target.unlink(path);
    for (const path of this.#directories) this.target.rmdir(path);
    this.#paths = [];
    this.#directories = [];
  }

  #address(value: Field, spots: (() => void)[]): Address {
    if (value === null) return NULL;
    if (typeof value === "number") return addressOf(value);
    if (typeof value === "bigint") return { low: Number(value & 0xffffffffn), high: Number(value >> 32n) };
    if (typeof value === "string") return this.#placer.place(latin1(`${value}\0`), false, 0).address;
    if ("bad" in value) return this.target.badPointer(value.bad);
    const bytes = "edge" in value ? value.edge : value;
    const spot = this.#placer.place(bytes, "edge" in value, 0);
    spots.push(() => bytes.set(spot.read()));
    return spot.address;
  }

  #readOut(cmd: number, attr: AttrBytes, fields: Fields): void {
    const view = new DataView(attr.bytes.buffer);
    if (layoutOf(cmd) === At.batch) fields.count = view.getUint32(At.batch.count, true);
    if (cmd === Cmd.MAP_GET_NEXT_ID) fields.next_id = view.getUint32(At.id.next_id, true);
    if (cmd === Cmd.OBJ_GET_INFO_BY_FD) fields.info_len = view.getUint32(At.info.info_len, true);
  }

  #track(cmd: number, answer: number): number {
    if (opensFd(cmd) && answer >= 0) this.#fds.add(answer);
    return answer;
  }
}

export const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (char) => char.charCodeAt(0));

/** Little endian u32 words as bytes. */
export function u32(...words: number[]): Uint8Array {
  const bytes = new Uint8Array(4 * words.length);
  const view = new DataView(bytes.buffer);
  words.forEach((word, index) => view.setUint32(4 * index, word, true));
  return bytes;
}

/** The u32 words in bytes. */
export function words(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return Array.from({ length: bytes.length >> 2 }, (_, index) => view.getUint32(4 * index, true));
}

export const bytes = (count: number, value = 0): Uint8Array => new Uint8Array(count).fill(value);
