// Addresses that nobody should pass, in every command and every export that takes one: an errno, never a trap, and nothing
// of the engine's is read or written.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { exportsOf } from "../../bindings/abi/internals.ts";
import type { Kernel } from "../../bindings/index.ts";
import { newKernel } from "../harness/kernel.ts";
import { Cmd, Errno, MapFlag, MapType } from "../kernel/abi.ts";

const { EFAULT, EINVAL, E2BIG } = Errno;
const TOP = 2 ** 32;
const SIZES = [0, 1, 7, 8, 168, 169, 176, 4096, 2 ** 31, TOP - 1];

/** Addresses outside of every block of alloc(), where `end` is the end of memory. */
const addresses = (end: number): number[] => [
  0, 1, 4, 4095, 4096, 65535, 65536, ...[-8, -1, 0, 1, 4, 8].map((n) => end + n),
  ...[1, 4, 7, 8, 9, 16, 103, 104, 168, 169, 176, 4096, 65535, 65536, 65537, 131072].map((n) => TOP - n),
];

/** The same with bits above the 32 of an address, for fields that are u64. */
const wide = (end: number): bigint[] => [
  ...addresses(end).map(BigInt),
  ...addresses(end).map((address) => BigInt(address) | (5n << 32n)),
  ...[1n, 8n, 104n, 168n].map((n) => (1n << 64n) - n),
];

interface Setup {
  kernel: Kernel;
  /** fds by name. */
  fds: { [name: string]: number };
  /** A block of the caller's own. */
  good: number;
  end: number;
}

function setup(): Setup {
  const kernel = newKernel({ seed: 1 });
  const create = (attr: object): number => {
    const fd = kernel.bpf(Cmd.MAP_CREATE, attr);
    assert.ok(fd > 0, `MAP_CREATE answered ${fd}`);
    return fd;
  };
  const kv = { key_size: 4, value_size: 4, max_entries: 8 };
  const hash = create({ map_type: MapType.HASH, ...kv });
  const fds = {
    hash,
    wideHash: create({ map_type: MapType.HASH, ...kv, key_size: 16, value_size: 16 }),
    array: create({ map_type: MapType.ARRAY, ...kv }),
    percpu: create({ map_type: MapType.PERCPU_ARRAY, ...kv }),
    lru: create({ map_type: MapType.LRU_HASH, ...kv }),
    lpm: create({ map_type: MapType.LPM_TRIE, ...kv, key_size: 8, map_flags: MapFlag.NO_PREALLOC }),
    hashOfMaps: create({ map_type: MapType.HASH_OF_MAPS, ...kv, inner_map_fd: hash }),
    queue: create({ map_type: MapType.QUEUE, key_size: 0, value_size: 8, max_entries: 8 }),
    bloom: create({ map_type: MapType.BLOOM_FILTER, key_size: 0, value_size: 8, max_entries: 8 }),
    ring: create({ map_type: MapType.RINGBUF, max_entries: 4096 }),
    userRing: create({ map_type: MapType.USER_RINGBUF, max_entries: 4096 }),
  };
  const good = kernel.alloc(4096);
  for (const map_fd of Object.values(fds)) {
    const key = new Uint8Array(16);
    key[0] = 1;
    kernel.bpf(Cmd.MAP_UPDATE_ELEM, { map_fd, key: map_fd === fds.queue || map_fd === fds.bloom ? 0 : key, value: new Uint8Array(64) });
  }
  return { kernel, fds, good, end: kernel.memory.buffer.byteLength };
}

/** Whether a call answered with an error. */
const errnos = (answer: number): boolean => answer < 0 && answer > -4096;

const test = suite("hostile addresses");

test("bpf(): the attr itself", () => {
  const { kernel, end } = setup();
  for (let cmd = 0; cmd < 40; cmd++) {
    for (const attr of addresses(end)) {
      for (const size of SIZES) {
        const answer = kernel.bpf(cmd, attr, size);
        const name = `bpf(${cmd}, 0x${attr.toString(16)}, ${size})`;
        if (size > 4096) assert.is(answer, -E2BIG, name);
        else if (size > 0) assert.is(answer, -EFAULT, name);
        else assert.ok(errnos(answer), `${name} answered ${answer}`);
      }
    }
  }
});

/** Every pointer field of every command; `good` fields hold an address that may be used. */
const fields: readonly { cmd: Cmd; fd: string; pointer: string; attr: object; maps: readonly string[]; answers?: readonly number[] }[] = [
  { cmd: Cmd.MAP_LOOKUP_ELEM, fd: "map_fd", pointer: "key", attr: { value: 1 }, maps: ["hash", "wideHash", "array", "percpu", "lru", "lpm", "hashOfMaps"] },
  { cmd: Cmd.MAP_LOOKUP_ELEM, fd: "map_fd", pointer: "value", attr: {}, maps: ["queue", "bloom"] },
  { cmd: Cmd.MAP_LOOKUP_ELEM, fd: "map_fd", pointer: "value", attr: { key: 1 }, maps: ["array", "percpu"] },
  { cmd: Cmd.MAP_UPDATE_ELEM, fd: "map_fd", pointer: "key", attr: { value: 1 }, maps: ["hash", "wideHash", "array", "percpu", "lru", "lpm", "hashOfMaps"] },
  { cmd: Cmd.MAP_UPDATE_ELEM, fd: "map_fd", pointer: "value", attr: { key: 1 }, maps: ["hash", "wideHash", "array", "percpu", "lru", "lpm", "hashOfMaps"] },
  { cmd: Cmd.MAP_UPDATE_ELEM, fd: "map_fd", pointer: "value", attr: {}, maps: ["queue", "bloom"] },
  { cmd: Cmd.MAP_DELETE_ELEM, fd: "map_fd", pointer: "key", attr: {}, maps: ["hash", "wideHash", "lru", "lpm", "hashOfMaps"] },
  { cmd: Cmd.MAP_GET_NEXT_KEY, fd: "map_fd", pointer: "next_key", attr: {}, maps: ["array", "percpu"] },
  { cmd: Cmd.MAP_LOOKUP_AND_DELETE_ELEM, fd: "map_fd", pointer: "key", attr: { value: 1 }, maps: ["hash", "wideHash", "lru"] },
  { cmd: Cmd.MAP_LOOKUP_BATCH, fd: "map_fd", pointer: "in_batch", attr: { out_batch: 1, keys: 1, values: 1, count: 1 }, maps: ["hash", "array"] },
  { cmd: Cmd.MAP_LOOKUP_BATCH, fd: "map_fd", pointer: "keys", attr: { out_batch: 1, values: 1, count: 4 }, maps: ["array", "percpu"] },
  { cmd: Cmd.MAP_LOOKUP_BATCH, fd: "map_fd", pointer: "values", attr: { out_batch: 1, keys: 1, count: 4 }, maps: ["array", "percpu"] },
  { cmd: Cmd.MAP_LOOKUP_BATCH, fd: "map_fd", pointer: "out_batch", attr: { keys: 1, values: 1, count: 4 }, maps: ["hash", "array", "lru"] },
  { cmd: Cmd.MAP_LOOKUP_AND_DELETE_BATCH, fd: "map_fd", pointer: "in_batch", attr: { out_batch: 1, keys: 1, values: 1, count: 1 }, maps: ["hash", "lru"] },
  { cmd: Cmd.MAP_UPDATE_BATCH, fd: "map_fd", pointer: "keys", attr: { values: 1, count: 0xffffffff }, maps: ["hash", "array", "lru", "lpm"] },
  { cmd: Cmd.MAP_UPDATE_BATCH, fd: "map_fd", pointer: "values", attr: { keys: 1, count: 0xffffffff }, maps: ["hash", "array", "lru", "lpm"] },
  { cmd: Cmd.MAP_DELETE_BATCH, fd: "map_fd", pointer: "keys", attr: { count: 0xffffffff }, maps: ["hash", "lru", "lpm"] },
  { cmd: Cmd.OBJ_PIN, fd: "bpf_fd", pointer: "pathname", attr: {}, maps: ["hash"] },
  { cmd: Cmd.OBJ_GET, fd: "", pointer: "pathname", attr: {}, maps: ["hash"] },
];

test("bpf(): every pointer field of every command", () => {
  const { kernel, fds, good, end } = setup();
  for (const { cmd, fd, pointer, attr, maps } of fields) {
    for (const map of maps) {
      for (const address of wide(end)) {
        // A null key or in_batch means that there is none.
        if (address === 0n && pointer === "in_batch") continue;
        const given = Object.fromEntries(Object.entries(attr).map(([name, value]) => [name, name === "count" ? value : good]));
        const answer = kernel.bpf(cmd, { ...given, ...(fd ? { [fd]: fds[map] } : {}), [pointer]: address });
        assert.is(answer, -EFAULT, `${Cmd[cmd]} of ${map}: ${pointer} 0x${address.toString(16)}`);
      }
    }
  }
});

test("MAP_LOOKUP_BATCH of a hash map: counts and buffers whose product passes 2^32", () => {
  const { kernel, fds, good, end } = setup();
  for (const count of [1, 2, 8, 2 ** 30, 2 ** 31, TOP - 1]) {
    for (const address of wide(end)) {
      for (const pointer of ["keys", "values"]) {
        const buffers = { keys: good, values: good + 512, out_batch: good + 1024, [pointer]: address };
        assert.is(kernel.bpf(Cmd.MAP_LOOKUP_BATCH, { map_fd: fds.hash, count, ...buffers }), -EFAULT, `${pointer} 0x${address.toString(16)}, count ${count}`);
      }
    }
  }
});

test("OBJ_GET_INFO_BY_FD: info and info_len", () => {
  const { kernel, fds, end } = setup();
  for (const info of wide(end)) {
    for (const info_len of SIZES) {
      const answer = kernel.bpf(Cmd.OBJ_GET_INFO_BY_FD, { bpf_fd: fds.hash, info_len, info });
      const right = info_len > 4096 ? -E2BIG : info_len === 0 ? 0 : -EFAULT;
      assert.is(answer, right, `info 0x${info.toString(16)}, ${info_len} bytes`);
    }
  }
});

test("every export that takes an address", () => {
  const { kernel, fds, good, end } = setup();
  const ring = kernel.mmap(fds.ring);
  const calls: { [name: string]: (address: number) => number } = {};
  const exports = exportsOf(kernel) as unknown as { [name: string]: (...args: (number | bigint)[]) => number };
  for (const map of ["hash", "wideHash", "array", "lru", "lpm", "percpu"]) {
    const fd = fds[map];
    calls[`lookup_elem(${map})`] = (at) => exports.lookup_elem(fd, at);
    calls[`update_elem(${map}, key)`] = (at) => exports.update_elem(fd, at, good, 0);
    calls[`update_elem(${map}, value)`] = (at) => exports.update_elem(fd, good, at, 0);
    for (const count of [1, 2, 300]) {
      calls[`lookup_many(${map}, keys, ${count})`] = (at) => exports.lookup_many(fd, at, good, count, good);
      calls[`lookup_many(${map}, values, ${count})`] = (at) => exports.lookup_many(fd, good, at, count, good);
      calls[`lookup_many(${map}, found, ${count})`] = (at) => exports.lookup_many(fd, good, good, count, at);
    }
  }
  calls["use_elem"] = (at) => exports.use_elem(fds.lru, at);
  calls["lpm_match(key)"] = (at) => exports.lpm_match(fds.lpm, at, good, good);
  calls["lpm_match(out_key)"] = (at) => exports.lpm_match(fds.lpm, good, at, good);
  calls["lpm_next(key)"] = (at) => exports.lpm_next(fds.lpm, at, good);
  calls["lpm_next(out_key)"] = (at) => exports.lpm_next(fds.lpm, good, at);
  calls["ringbuf_output(data, 1)"] = (at) => exports.ringbuf_output(fds.ring, at, 1, 0);
  calls["ringbuf_output(data, 4000)"] = (at) => exports.ringbuf_output(fds.ring, at, 4000, 0);
  calls["ringbuf_output(data, 2^31)"] = (at) => exports.ringbuf_output(fds.ring, at, 2 ** 31, 0);
  calls["ringbuf_output(data, 2^32 - 1)"] = (at) => exports.ringbuf_output(fds.ring, at, TOP - 1, 0);
  calls["ringbuf_peek(out)"] = (at) => exports.ringbuf_peek(fds.ring, ring, at, 16);
  calls["user_ringbuf_peek(size_out)"] = (at) => exports.user_ringbuf_peek(fds.userRing, at);
  for (const name of ["bpffs_mkdir", "bpffs_rmdir", "bpffs_unlink"]) calls[name] = (at) => exports[name](at, 0);
  calls["bpffs_rename(from)"] = (at) => exports.bpffs_rename(at, good);
  calls["bpffs_stat(path)"] = (at) => exports.bpffs_stat(at, good);
  calls["bpffs_stat(out)"] = (at) => exports.bpffs_stat(good, at);
  calls["bpffs_readdir(path)"] = (at) => exports.bpffs_readdir(at, good, 8);
  for (const size of SIZES.slice(1)) calls[`bpffs_readdir(out, ${size})`] = (at) => exports.bpffs_readdir(good, at, size);
  calls["stats"] = (at) => exports.stats(at);
  for (const [name, call] of Object.entries(calls)) {
    for (const address of addresses(end)) assert.is(call(address), -EFAULT, `${name} at 0x${address.toString(16)}`);
  }
  for (const mapping of addresses(end)) assert.is(exports.ringbuf_peek(fds.ring, mapping, good, 1), -EINVAL);
  // These have no answer: what they are not given by the engine they ignore.
  const before = kernel.stats();
  for (const address of addresses(end)) {
    exports.free(address);
    exports.ringbuf_submit(address, 0);
    exports.ringbuf_discard(address, 0);
  }
  assert.equal(kernel.stats(), before);
});

test("bpf(): an attr that ends with memory, whose out fields would lie behind it", () => {
  const { kernel, fds } = setup();
  assert.is(kernel.close(0), 0);
  // fd 0, so that an attr that ends within `count` names a map.
  assert.is(kernel.dup(fds.array), 0);
  const end = kernel.alloc(65536) + 65536;
  const map_fd = kernel.bpf(Cmd.MAP_CREATE, { map_type: MapType.ARRAY, key_size: 4, value_size: 65536, max_entries: 1, map_flags: MapFlag.MMAPABLE });
  assert.is(kernel.mmap(map_fd), end, "an array's chunk lies behind the block");
  const bytes = (): Uint8Array => new Uint8Array(kernel.memory.buffer);
  for (const cmd of [Cmd.MAP_LOOKUP_BATCH, Cmd.MAP_UPDATE_BATCH, Cmd.MAP_LOOKUP_AND_DELETE_BATCH, Cmd.MAP_DELETE_BATCH]) {
    for (const size of [33, 34, 35]) {
      bytes().fill(0, end - size, end).fill(0xff, end, end + 8);
      bytes()[end - size + 32] = 1;
      const answer = kernel.bpf(cmd, end - size, size);
      assert.ok(errnos(answer), `${Cmd[cmd]} with ${size} bytes answered ${answer}`);
      assert.equal(bytes().slice(end, end + 8), new Uint8Array(8).fill(0xff), "what lies behind the block");
    }
  }
});

test.run();
