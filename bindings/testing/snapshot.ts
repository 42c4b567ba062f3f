// A snapshot is the core's memory from the root block on, without what holds nothing: pages of zeros, chunks that were
// given back, and the bindings' own blocks, which belong to JS objects that a restored kernel does not have.
//
//   0   8  magic "bpfsnap\n"               40   4  pages of the memory, 64 KiB each
//   8   4  version of this format          44   4  CPU that the caller ran on
//  12   4  abi_version of the core         48   4  possible CPUs
//  16  16  build id of the core            52   4  number of own blocks
//  32   4  size of the snapshot            56   4  number of runs
//  36   4  zero                            60   4  zero
//  64   8  checksum of everything else
//  72      own blocks: u32 address · runs: u32 first unit, u32 units · the units of all runs, 1024 bytes each
//
// All numbers are little endian, as is a core's memory. The checksum finds damage, not malice: state decides what the
// engine does, so a snapshot is to be trusted as far as whoever wrote it.
import type { Core } from "../abi/core.ts";
import type { Restore } from "../abi/load.ts";
import { isArrayBufferLike } from "../abi/realms.ts";
import { errorToJSON } from "../inspect.ts";

/**
 * Why bytes cannot be restored: they are no snapshot; damaged; of another version of the format or another build of the core;
 * or there is not so much memory as it needs.
 */
export type SnapshotErrorCode =
  | "ERR_SNAPSHOT_INVALID"
  | "ERR_SNAPSHOT_DAMAGED"
  | "ERR_SNAPSHOT_VERSION"
  | "ERR_SNAPSHOT_BUILD"
  | "ERR_SNAPSHOT_MEMORY";

/** Bytes that are no snapshot, are damaged, or come from another build of the core; the message says which. */
export class SnapshotError extends Error {
  /** What is wrong with the bytes: one of the names that `SnapshotErrorCode` lists. */
  readonly code: SnapshotErrorCode;

  constructor(why: string, code: SnapshotErrorCode = "ERR_SNAPSHOT_DAMAGED") {
    super(`Cannot restore snapshot: ${why}`);
    this.code = code;
  }

  /** The name of the class, which a minifier may have renamed. */
  override get name(): string {
    return "SnapshotError";
  }

  /** What `JSON.stringify` gives: the fields, the name and the message. */
  toJSON(): object {
    return errorToJSON(this);
  }
}

/** What a kernel is restored from, checked. */
export interface SnapshotParts {
  pages: number;
  cpu: number;
  cpus: number;
  /** Blocks that the bindings of the kernel it was taken from had in memory. */
  ownBlocks: Uint32Array;
  runs: Uint32Array;
  units: Uint8Array;
}

const MAGIC = [0x62, 0x70, 0x66, 0x73, 0x6e, 0x61, 0x70, 0x0a];
const FORMAT_VERSION = 1;
const HEADER_SIZE = 72;
const CHECKSUM_AT = 64;
const BUILD_ID_SIZE = 16;

/** Constant data of the build lies below; everything that changes lies behind. */
const STATE_START = 4096;
const PAGE_SIZE = 65536;
/** As far as a fresh core may have written (assembly/mem/root.ts). */
const STATE_PAGES = 12;
const UNIT = 1024;
/** The chunk kinds' bytes, one a page of memory, and the kinds above which a page is in use (assembly/mem/chunk.ts). */
const KIND_TABLE = PAGE_SIZE;
const KIND_FREE = 1;

/** The state of a core. Its own blocks are left out: `core.ownBlocks` says where they are. */
export function takeSnapshot(core: Core): Uint8Array {
  core.clearFrame();
  core.settle();
  const memory = core.fresh().u8;
  const own = maskOf(core.ownBlocks);
  const runs = usedRuns(memory, own);
  const units = runs.reduce((sum, run) => sum + run[1], 0);
  const unitsAt = HEADER_SIZE + core.ownBlocks.size * 4 + runs.length * 8;
  const bytes = new Uint8Array(unitsAt + units * UNIT);
  const words = new Uint32Array(bytes.buffer);
  bytes.set(MAGIC);
  bytes.set(core.buildId, 16);
  words[2] = FORMAT_VERSION;
  words[3] = core.abiVersion();
  words[8] = bytes.length;
  words.set([memory.length / PAGE_SIZE, core.cpu, core.cpus, core.ownBlocks.size, runs.length], 10);
  words.set([...core.ownBlocks.keys()], HEADER_SIZE / 4);
  let at = HEADER_SIZE / 4 + core.ownBlocks.size;
  for (const run of runs) {
    words.set(run, at);
    at += 2;
  }
  let to = unitsAt;
  for (const [first, count] of runs) {
    for (let unit = first; unit < first + count; unit++, to += UNIT) bytes.set(unitBytes(memory, own, unit), to);
  }
  words.set(checksum(words), CHECKSUM_AT / 4);
  return bytes;
}

/** Makes a fresh core the one that the snapshot was taken from. Throws SnapshotError for anything but an undamaged one of this build. */
export const restore: Restore = (snapshot, build, machine) => {
  const parts = readSnapshot(snapshot, build.id, build.abiVersion);
  restoreMemory(machine, parts);
  return parts;
};

/** Takes a snapshot apart. Throws SnapshotError for anything but an undamaged one of this build. */
function readSnapshot(snapshot: ArrayBufferView | ArrayBufferLike, buildId: Uint8Array, abiVersion: number): SnapshotParts {
  const bytes = withoutStateHeader(alignedBytes(snapshot));
  if (bytes.length < HEADER_SIZE) throw new SnapshotError(bytes.length === 0 ? "it is empty" : "it is too short", "ERR_SNAPSHOT_INVALID");
  if (MAGIC.some((byte, index) => bytes[index] !== byte)) throw new SnapshotError("it does not begin as a snapshot does", "ERR_SNAPSHOT_INVALID");
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >>> 2);
  if (words[2] !== FORMAT_VERSION) {
    throw new SnapshotError(`its format version is ${words[2]}, this one reads version ${FORMAT_VERSION}`, "ERR_SNAPSHOT_VERSION");
  }
  if (words[8] !== bytes.length) throw new SnapshotError(`it should have ${words[8]} bytes and has ${bytes.length}`);
  const sum = checksum(words);
  if (words[CHECKSUM_AT / 4] !== sum[0] || words[CHECKSUM_AT / 4 + 1] !== sum[1]) {
    throw new SnapshotError("it is damaged: its checksum does not match");
  }
  const id = bytes.subarray(16, 16 + BUILD_ID_SIZE);
  if (words[3] !== abiVersion || id.some((byte, index) => byte !== (buildId[index] ?? 0))) {
    throw new SnapshotError("another build of the core took it, whose memory may be laid out differently", "ERR_SNAPSHOT_BUILD");
  }
  const [pages, cpu, cpus, ownCount, runCount] = words.subarray(10, 15);
  const runsAt = HEADER_SIZE / 4 + ownCount;
  const unitsAt = (runsAt + runCount * 2) * 4;
  if (unitsAt > bytes.length) throw new SnapshotError("its tables do not fit into it");
  const runs = words.subarray(runsAt, runsAt + runCount * 2);
  checkRuns(runs, pages, bytes.length - unitsAt);
  const ownBlocks = words.subarray(HEADER_SIZE / 4, runsAt);
  return { pages, cpu, cpus, ownBlocks, runs, units: bytes.subarray(unitsAt) };
}

/** Puts the state into the memory of a core that was just instantiated and never used. */
function restoreMemory(machine: Parameters<Restore>[2], { pages, runs, units, ownBlocks, cpu }: SnapshotParts): void {
  const { memory } = machine;
  const missing = pages - memory.buffer.byteLength / PAGE_SIZE;
  if (missing > 0) {
    try {
      memory.grow(missing);
    } catch {
      throw new SnapshotError(`its memory of ${pages * PAGE_SIZE} bytes cannot be had`, "ERR_SNAPSHOT_MEMORY");
    }
  }
  const bytes = new Uint8Array(memory.buffer);
  // A fresh core has laid out its root block; the rest of its memory is still zero.
  bytes.fill(0, STATE_START, Math.min(bytes.length, STATE_PAGES * PAGE_SIZE));
  let from = 0;
  for (let i = 0; i < runs.length; i += 2) {
    const size = runs[i + 1] * UNIT;
    bytes.set(units.subarray(from, from + size), runs[i] * UNIT);
    from += size;
  }
  machine.restored?.(cpu);
  for (const block of ownBlocks) machine.free(block);
  // Mappings and addresses are of the process that took the snapshot, as its map objects are.
  machine.munmap(0);
  while (machine.addresses_release() > 0);
  machine.set_cpu(cpu);
}

function checkRuns(runs: Uint32Array, pages: number, unitBytes: number): void {
  let total = 0;
  let end = STATE_START / UNIT;
  for (let i = 0; i < runs.length; i += 2) {
    if (runs[i] < end) throw new SnapshotError("its runs overlap");
    end = runs[i] + runs[i + 1];
    total += runs[i + 1];
  }
  if (end > (pages * PAGE_SIZE) / UNIT || total * UNIT !== unitBytes) throw new SnapshotError("its runs do not fit");
}

/** The snapshot as bytes at an address that u32 words can be read from. */
function alignedBytes(snapshot: ArrayBufferView | ArrayBufferLike): Uint8Array {
  if (ArrayBuffer.isView(snapshot)) {
    const bytes = new Uint8Array(snapshot.buffer, snapshot.byteOffset, snapshot.byteLength);
    return bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  }
  if (isArrayBufferLike(snapshot)) return new Uint8Array(snapshot);
  throw new TypeError("Cannot restore snapshot: expected an ArrayBuffer or a view");
}

/** A state file of the command line is a header of 24 bytes, then a snapshot. */
const STATE_MAGIC = "BPFMAPS\n";
const STATE_HEADER_SIZE = 24;

function withoutStateHeader(bytes: Uint8Array): Uint8Array {
  for (let i = 0; i < STATE_MAGIC.length; i++) if (bytes[i] !== STATE_MAGIC.charCodeAt(i)) return bytes;
  return bytes.subarray(STATE_HEADER_SIZE);
}

type Mask = Map<number, [start: number, end: number][]>;

/** Per unit, the ranges in it that belong to own blocks. */
function maskOf(blocks: ReadonlyMap<number, number>): Mask {
  const mask: Mask = new Map();
  for (const [ptr, size] of blocks) {
    const end = ptr + size;
    for (let unit = Math.floor(ptr / UNIT); unit * UNIT < end; unit++) {
      const start = unit * UNIT;
      const ranges = mask.get(unit) ?? [];
      ranges.push([Math.max(ptr - start, 0), Math.min(end - start, UNIT)]);
      mask.set(unit, ranges);
    }
  }
  return mask;
}

function unitBytes(memory: Uint8Array, mask: Mask, unit: number): Uint8Array {
  const ranges = mask.get(unit);
  const start = unit * UNIT;
  if (ranges === undefined) return memory.subarray(start, start + UNIT);
  const copy = memory.slice(start, start + UNIT);
  for (const range of ranges) copy.fill(0, ...range);
  return copy;
}

/** Runs of units that hold anything: [first, count]. */
function usedRuns(memory: Uint8Array, mask: Mask): [first: number, count: number][] {
  const words = new Uint32Array(memory.buffer, memory.byteOffset, memory.length >>> 2);
  const runs: [number, number][] = [];
  for (let page = 0; page * PAGE_SIZE < memory.length; page++) {
    if (memory[KIND_TABLE + page] <= KIND_FREE) continue;
    const end = ((page + 1) * PAGE_SIZE) / UNIT;
    for (let unit = Math.max(page * PAGE_SIZE, STATE_START) / UNIT; unit < end; unit++) {
      const used = mask.has(unit) ? unitBytes(memory, mask, unit).some((byte) => byte !== 0) : anySet(words, unit);
      if (!used) continue;
      const last = runs.at(-1);
      if (last !== undefined && last[0] + last[1] === unit) last[1]++;
      else runs.push([unit, 1]);
    }
  }
  return runs;
}

function anySet(words: Uint32Array, unit: number): boolean {
  const end = ((unit + 1) * UNIT) / 4;
  for (let i = (unit * UNIT) / 4; i < end; i++) if (words[i] !== 0) return true;
  return false;
}

/**
 * Two 32-bit FNV-1a sums over words, with different primes and starts. Every step is reversible, so a change within one
 * word always shows.
 */
function checksum(words: Uint32Array): [number, number] {
  let a = 0x811c9dc5;
  let b = 0x2f0b4c47;
  for (let i = 0; i < words.length; i++) {
    const word = i === CHECKSUM_AT / 4 || i === CHECKSUM_AT / 4 + 1 ? 0 : words[i];
    a = Math.imul(a ^ word, 0x01000193);
    b = Math.imul(b ^ word, 0x85ebca6b);
    // The low bits of a product know nothing of the high bits of a word; a rotation tells them.
    b = (b << 13) | (b >>> 19);
  }
  return [a >>> 0, b >>> 0];
}
