// Makes the maps and pins of a dump. Nothing in a dump is trusted: what does not fit is a DumpError that names its line.
import { Cmd, Limit, MapType } from "../../assembly/uapi/constants.ts";
import { userValueSize } from "../abi/attr.ts";
import { BPF_ANY } from "../constants.ts";
import { errnoName } from "../errors.ts";
import { DUMP_NAME, DUMP_VERSION, DumpError, isMapOfMapsType, isPerCpuType, isQueueType, strideOf } from "./dump_format.ts";
import type { DumpKernel } from "./dump_kernel.ts";

const LINE_FEED = 0x0a;
/** So many bytes are decoded at once. */
const CHUNK_BYTES = 1 << 16;
const UINT32_MAX = 2 ** 32 - 1;

type Line = { readonly [name: string]: unknown };

/** The lines of a dump, parsed, with their numbers from 1. */
function* linesOf(bytes: Uint8Array): Generator<[line: Line, number: number]> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let number = 0;
  for (let start = 0; start < bytes.length; ) {
    const last = start + CHUNK_BYTES >= bytes.length ? bytes.length - 1 : bytes.lastIndexOf(LINE_FEED, start + CHUNK_BYTES);
    const feed = last < start ? bytes.indexOf(LINE_FEED, start) : last;
    const end = feed < start ? bytes.length : feed + 1;
    let text: string;
    try {
      text = decoder.decode(bytes.subarray(start, end));
    } catch {
      throw new DumpError(`it is not UTF-8 behind line ${number}`);
    }
    for (const line of text.replace(/\n$/, "").split("\n")) yield [parse(line, ++number), number];
    start = end;
  }
}

function parse(line: string, number: number): Line {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new DumpError(`line ${number} is not JSON`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new DumpError(`line ${number} is not an object`);
  return value as Line;
}

/** The map whose elements are read. */
interface OpenMap {
  fd: number;
  type: number;
  valueSize: number;
  key: Uint8Array;
  /** As bpf(2) takes it. */
  value: Uint8Array;
  frozen: boolean;
  /** Elements of a stack, which are put into it when all are known. */
  stack: Uint8Array[];
}

class Restorer {
  readonly #kernel: DumpKernel;
  /** fds by the ids of the dump. */
  readonly #fds = new Map<number, number>();
  /** Ids of maps that a pin or an outer map holds. */
  readonly #held = new Set<number>();
  readonly #made: string[] = [];
  #line: Line = {};
  #number = 0;
  #map: OpenMap | undefined;
  /** CPUs of the kernel that was dumped. */
  #cpus = 0;
  #elements = 0;
  #ended = false;

  constructor(kernel: DumpKernel) {
    this.#kernel = kernel;
  }

  run(bytes: Uint8Array): void {
    let done = false;
    try {
      for ([this.#line, this.#number] of linesOf(bytes)) this.#take();
      if (!this.#ended) throw new DumpError(this.#number === 0 ? "it is empty" : `it is cut behind line ${this.#number}`);
      done = true;
    } finally {
      if (!done) this.#unmake();
      for (const [id, fd] of this.#fds) if (!done || this.#held.has(id)) this.#kernel.close(fd);
    }
  }

  #fail(why: string): never {
    throw new DumpError(`line ${this.#number}: ${why}`);
  }

  #take(): void {
    const line = this.#line;
    if (this.#ended) this.#fail("something follows the end");
    if (this.#number === 1) this.#cpus = headerCpus(line);
    else if ("map_type" in line) this.#begin();
    else if ("pin" in line) this.#pin();
    else if ("folder" in line) this.#folder();
    else if ("end" in line) this.#end();
    else if ("unread" in line) this.#text("unread");
    else this.#element();
  }

  #number32(name: string, max = UINT32_MAX, of: Line = this.#line): number {
    const value = of[name];
    if (typeof value !== "number" || !Number.isInteger(value) || value < 0 || value > max) {
      this.#fail(`${name} must be an integer from 0 to ${max}: it is ${JSON.stringify(value)}`);
    }
    return value;
  }

  #text(name: string): string {
    const value = this.#line[name];
    if (typeof value !== "string") this.#fail(`${name} must be a string: it is ${JSON.stringify(value)}`);
    return value;
  }

  #fdOf(id: number): number {
    const fd = this.#fds.get(id);
    if (fd === undefined) this.#fail(`no map before it has the id ${id}`);
    return fd;
  }

  #begin(): void {
    this.#finish();
    const line = this.#line;
    const id = this.#number32("map");
    if (this.#fds.has(id)) this.#fail(`there are two maps with the id ${id}`);
    const type = this.#number32("map_type");
    const keySize = this.#number32("key_size");
    const valueSize = this.#number32("value_size");
    const extra = this.#text("map_extra");
    if (!/^(0|[1-9][0-9]{0,19})$/.test(extra) || BigInt(extra) >= 2n ** 64n) this.#fail(`map_extra must be a number of 64 bits: it is "${extra}"`);
    const inner = line.inner === undefined ? undefined : this.#fdOf(this.#number32("inner"));
    if (inner === undefined && isMapOfMapsType(type)) this.#fail("what its inner maps are like is not known");
    const fd = this.#kernel.bpf(Cmd.MAP_CREATE, {
      map_type: type,
      key_size: keySize,
      value_size: valueSize,
      max_entries: this.#number32("max_entries"),
      map_flags: this.#number32("map_flags"),
      map_extra: BigInt(extra),
      map_name: Uint8Array.from(this.#text("name"), (char) => char.charCodeAt(0)),
      ...(inner === undefined ? {} : { inner_map_fd: inner }),
    });
    if (fd < 0) this.#fail(`the map cannot be made: ${errnoName(fd)}`);
    this.#fds.set(id, fd);
    this.#map = {
      fd,
      type,
      valueSize,
      key: new Uint8Array(keySize),
      value: new Uint8Array(userValueSize(type, valueSize, this.#kernel.cpus)),
      frozen: line.frozen === true,
      stack: [],
    };
  }

  /** What a map needs when all its elements are known. */
  #finish(): void {
    const map = this.#map;
    if (map === undefined) return;
    this.#map = undefined;
    for (const value of map.stack.reverse()) this.#update(map, value);
    if (!map.frozen) return;
    const ret = this.#kernel.bpf(Cmd.MAP_FREEZE, { map_fd: map.fd });
    if (ret < 0) this.#fail(`the map before it cannot be frozen: ${errnoName(ret)}`);
  }

  #update(map: OpenMap, value: Uint8Array): void {
    const key = map.key.length > 0 ? map.key : null;
    const ret = this.#kernel.bpf(Cmd.MAP_UPDATE_ELEM, { map_fd: map.fd, key, value, flags: BPF_ANY });
    if (ret < 0) this.#fail(`the element cannot be written: ${errnoName(ret)}`);
  }

  #element(): void {
    const map = this.#map;
    const line = this.#line;
    if (map === undefined) this.#fail(`${JSON.stringify(Object.keys(line)[0] ?? "")} is no line of a dump`);
    this.#elements++;
    if (!isQueueType(map.type)) this.#hex(this.#text("key"), "key", map.key);
    if (isMapOfMapsType(map.type)) {
      const inner = this.#number32("inner");
      new Uint32Array(map.value.buffer)[0] = this.#fdOf(inner);
      this.#held.add(inner);
    } else if (isPerCpuType(map.type)) {
      this.#perCpu(map);
    } else {
      this.#hex(this.#text("value"), "value", map.value);
    }
    // The first to be popped comes first, and has to be pushed last.
    if (map.type === MapType.STACK) map.stack.push(map.value.slice());
    else this.#update(map, map.value);
  }

  #perCpu(map: OpenMap): void {
    const { values } = this.#line;
    const { cpus } = this.#kernel;
    if (!Array.isArray(values) || values.length !== this.#cpus) this.#fail(`values must have ${this.#cpus} of them`);
    if (values.length > cpus) this.#fail(`it has values of ${values.length} CPUs, and this kernel has ${cpus}`);
    map.value.fill(0);
    values.forEach((text: unknown, cpu) => {
      const start = cpu * strideOf(map.valueSize);
      if (typeof text !== "string") this.#fail("values must be strings");
      this.#hex(text, "value", map.value.subarray(start, start + map.valueSize));
    });
  }

  #hex(text: string, what: string, into: Uint8Array): void {
    if (text.length !== into.length * 2) this.#fail(`the ${what} must have ${into.length} bytes in hex: it has ${text.length} digits`);
    for (let at = 0; at < into.length; at++) {
      const byte = hexDigit(text.charCodeAt(at * 2)) * 16 + hexDigit(text.charCodeAt(at * 2 + 1));
      if (Number.isNaN(byte)) this.#fail(`the ${what} is not hex`);
      into[at] = byte;
    }
  }

  #folder(): void {
    this.#finish();
    const path = this.#text("folder");
    this.#onBpffs(() => this.#kernel.bpffs.mkdir(path, { mode: this.#number32("mode", 0o7777) }));
    this.#made.push(path);
  }

  #pin(): void {
    this.#finish();
    const path = this.#text("pin");
    const id = this.#number32("map");
    const ret = this.#kernel.bpf(Cmd.OBJ_PIN, { pathname: path, bpf_fd: this.#fdOf(id) });
    if (ret < 0) this.#fail(`${JSON.stringify(path)} cannot be pinned: ${errnoName(ret)}`);
    this.#made.push(path);
    this.#held.add(id);
  }

  #onBpffs(work: () => void): void {
    try {
      work();
    } catch (error) {
      if (error instanceof DumpError) throw error;
      this.#fail((error as Error).message);
    }
  }

  #end(): void {
    this.#finish();
    const { end } = this.#line;
    if (typeof end !== "object" || end === null) this.#fail("end must be an object");
    const maps = this.#number32("maps", UINT32_MAX, end as Line);
    const elements = this.#number32("elements", Number.MAX_SAFE_INTEGER, end as Line);
    if (maps !== this.#fds.size || elements !== this.#elements) {
      this.#fail(`${maps} maps and ${elements} elements are promised, ${this.#fds.size} and ${this.#elements} are there`);
    }
    this.#ended = true;
  }

  /** Removes the pins and folders that were made, the last first. */
  #unmake(): void {
    const { bpffs } = this.#kernel;
    for (const path of this.#made.reverse()) {
      if (bpffs.stat(path).isDirectory()) bpffs.rmdir(path);
      else bpffs.unlink(path);
    }
  }
}

function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : Number.NaN;
}

/** The CPUs in a first line. */
function headerCpus(line: Line): number {
  if (line.dump !== DUMP_NAME) throw new DumpError("it does not begin as a dump does");
  if (line.version !== DUMP_VERSION) {
    throw new DumpError(`its version is ${JSON.stringify(line.version)}, this one reads version ${DUMP_VERSION}`);
  }
  const { cpus } = line;
  if (typeof cpus !== "number" || !Number.isInteger(cpus) || cpus < 1 || cpus > Limit.NR_CPUS) {
    throw new DumpError(`line 1: cpus must be an integer from 1 to ${Limit.NR_CPUS}: it is ${JSON.stringify(cpus)}`);
  }
  return cpus;
}

/** How many possible CPUs the kernel of a dump had. Throws DumpError for what does not begin as a dump. */
export function dumpCpus(bytes: Uint8Array): number {
  for (const [line] of linesOf(bytes.subarray(0, bytes.indexOf(LINE_FEED) + 1))) {
    return headerCpus(line);
  }
  throw new DumpError(bytes.length === 0 ? "it is empty" : "it does not begin as a dump does");
}

/**
 * Makes what a dump holds in `kernel`, beside what is there; after an error nothing of it is left. A map that neither a pin
 * nor another map holds keeps an fd.
 */
export function restoreDump(kernel: DumpKernel, bytes: Uint8Array): void {
  new Restorer(kernel).run(bytes);
}
