// Attr bytes that nobody would write, at a rate of about a million a minute. Half of them are noise; the others are
// built from what is interesting: fds that exist, commands that exist, and pointers to every kind of memory there is.
import type { CoreExports } from "../../bindings/abi/core.ts";
import { Cmd, Limit, MapType } from "../../assembly/uapi/constants.ts";
import { Prng } from "../kernel/prng.ts";

/** The exports that a run needs. */
export type FuzzedCore = CoreExports & { fail_next(what: number, after: number): number };

/** What a run did: calls, how often each answer came, and a digest of all answers in order. */
export interface FuzzReport {
  calls: number;
  answers: Map<number, number>;
  digest: number;
}

// type, key_size, value_size, max_entries, map_flags of maps that can be created.
const SHAPES: readonly (readonly number[])[] = [
  [MapType.HASH, 4, 8, 8, 0],
  [MapType.HASH, 4, 8, 100, 0x40],
  [MapType.HASH, 16, 4, 64, 1],
  [MapType.HASH, 5, 100, 7, 0x41],
  [MapType.ARRAY, 4, 8, 8, 0],
  [MapType.ARRAY, 4, 100, 3, 0x400],
  [MapType.PERCPU_HASH, 8, 4, 8, 0],
  [MapType.PERCPU_ARRAY, 4, 12, 4, 0],
  [MapType.LRU_HASH, 4, 8, 8, 0],
  [MapType.LRU_HASH, 4, 8, 8, 2],
  [MapType.LRU_PERCPU_HASH, 4, 8, 20, 0x40],
  [MapType.LPM_TRIE, 8, 4, 16, 1],
  [MapType.ARRAY_OF_MAPS, 4, 4, 4, 0],
  [MapType.HASH_OF_MAPS, 4, 4, 4, 0],
  [MapType.QUEUE, 0, 8, 4, 0],
  [MapType.STACK, 0, 4, 4, 0],
  [MapType.BLOOM_FILTER, 0, 8, 100, 0],
  [MapType.RINGBUF, 0, 0, 4096, 0],
  [MapType.USER_RINGBUF, 0, 0, 4096, 0],
];
const WORDS: readonly number[] = [0, 1, 2, 3, 4, 5, 7, 8, 16, 255, 4096, 65536, 0x7fffffff, 0xffffffff];
const CHUNK = 65536;
const ROOT_PTR = 4096;
const BLOCK = 8192;

/** Runs `calls` random commands. The core must have been initialised with a small memory limit. */
export function fuzz(core: FuzzedCore, calls: number, seed: number, check: () => void): FuzzReport {
  const random = new Prng(seed);
  const block = core.alloc(BLOCK) >>> 0;
  const edge = core.alloc(3 * CHUNK) >>> 0;
  const report: FuzzReport = { calls, answers: new Map(), digest: 0 };

  const pointer = (): bigint => {
    switch (random.below(12)) {
      case 0:
        return 0n;
      case 1:
        return BigInt(random.below(ROOT_PTR));
      case 2:
        return BigInt(ROOT_PTR + random.below(ROOT_PTR));
      case 3:
        return BigInt(random.below(core.memory.buffer.byteLength));
      case 4:
        return BigInt(edge + 3 * CHUNK - random.below(32));
      case 5:
        return (BigInt(1 + random.below(3)) << 32n) | BigInt(block);
      case 6:
        return 0xffffffffffffffffn - BigInt(random.below(64));
      default:
        return BigInt(block + 8 * random.below((BLOCK - 512) / 8));
    }
  };

  const view = () => new DataView(core.memory.buffer);

  const structured = (attr: number, cmd: number): void => {
    const data = view();
    const u32 = (at: number, value: number) => data.setUint32(attr + at, value >>> 0, true);
    const u64 = (at: number, value: bigint) => data.setBigUint64(attr + at, value, true);
    const fd = () => (random.below(20) === 0 ? random.u32() : 3 + random.below(20));
    if (cmd === Cmd.MAP_CREATE) {
      random.pick(SHAPES).forEach((word, index) => u32(4 * index, word));
      u32(20, fd());
      if (random.below(8) === 0) u32(0, random.below(MapType.MAX + 1));
      if (random.below(8) === 0) u32(16, 1 << random.below(20));
      if (random.below(4) === 0) u32(4 * random.below(23), random.pick(WORDS));
    } else if (cmd >= Cmd.MAP_LOOKUP_BATCH && cmd <= Cmd.MAP_DELETE_BATCH) {
      for (const at of [0, 8, 16, 24]) u64(at, pointer());
      u32(32, random.below(4) === 0 ? random.u32() : random.below(40));
      u32(36, fd());
      if (random.below(10) === 0) u64(40, BigInt(random.below(9)));
    } else if (cmd === Cmd.OBJ_PIN || cmd === Cmd.OBJ_GET) {
      u64(0, pointer());
      if (random.below(2) === 0) u32(8, fd());
      if (random.below(6) === 0) u32(12, random.u32());
    } else if (cmd === Cmd.OBJ_GET_INFO_BY_FD) {
      u32(0, fd());
      u32(4, random.below(300));
      u64(8, pointer());
    } else {
      u32(0, fd());
      if (random.below(30) === 0) u32(4, random.u32());
      if (cmd === Cmd.MAP_FREEZE || cmd === Cmd.MAP_GET_NEXT_ID || cmd === Cmd.MAP_GET_FD_BY_ID) return;
      u64(8, pointer());
      if (cmd !== Cmd.MAP_DELETE_ELEM) u64(16, pointer());
      if (cmd !== Cmd.MAP_DELETE_ELEM && cmd !== Cmd.MAP_GET_NEXT_KEY) u64(24, BigInt(random.below(5)));
    }
  };

  for (let call = 0; call < calls; call++) {
    const attr = block + BLOCK - 400 + random.below(8);
    const bytes = new Uint8Array(core.memory.buffer, attr, Limit.ATTR_SIZE + 32);
    bytes.fill(0);
    let cmd = random.below(28);
    if (random.below(5) === 0) {
      for (let i = 0; i < random.below(bytes.length); i++) bytes[i] = random.below(256);
      if (random.below(8) === 0) cmd = random.u32() | 0;
    } else {
      if (random.below(2) === 0) cmd = random.below(5);
      structured(attr, cmd);
    }
    // Out of memory and out of fds at any of a command's allocations.
    if (random.below(20) === 0) core.fail_next(random.below(2), random.below(6));
    const size = random.below(10) === 0 ? random.below(5000) : Limit.ATTR_SIZE;
    const address = random.below(40) === 0 ? Number(pointer() & 0xffffffffn) : attr;
    const answer = core.bpf(cmd, address, size);
    report.answers.set(answer < 0 ? answer : 0, (report.answers.get(answer < 0 ? answer : 0) ?? 0) + 1);
    report.digest = (Math.imul(report.digest, 31) + answer) | 0;
    // Keys, values and paths live in the block too: refresh some of it.
    new Uint8Array(core.memory.buffer)[block + random.below(BLOCK)] = random.below(8);
    // Few maps stay open, so that fds keep meaning something and memory is not simply full.
    if (random.below(30) === 0) core.close(3 + random.below(24));
    if (call % 4096 === 0) {
      path(core, block + random.below(BLOCK / 2), random);
      check();
    }
  }
  check();
  return report;
}

/** Writes a plausible path, so that pins happen. */
function path(core: FuzzedCore, at: number, random: Prng): void {
  const text = `/sys/fs/bpf/${"abcdefgh"[random.below(8)]}\0`;
  const bytes = new Uint8Array(core.memory.buffer, at, text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
}
