// Errors of the typed surface speak of what the caller wrote: names of options, lengths, limits; nothing that cannot be seen.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { BPF_F_NO_PREALLOC, BPF_MAP_CREATE, BPF_MAP_TYPE_DEVMAP, BPF_OBJ_GET_INFO_BY_FD, BpfError, bytes, SnapshotError, struct, u32, u64, utf8 } from "../../bindings/index.ts";
import type { MapSpec } from "../../bindings/index.ts";
import { newKernel } from "../harness/kernel.ts";

const kernel = newKernel();
const test = suite("messages");
const hash = { type: "hash", key: u32, value: u32, maxEntries: 4 } as const;

const thrown = (call: () => unknown): Error & { code?: string } => {
  try {
    call();
  } catch (error) {
    return error as Error;
  }
  throw new Error("nothing was thrown");
};

const CREATE: [what: string, spec: unknown, message: string, error: string][] = [
  ["a long name", { ...hash, name: "libc_malloc_calls_total" }, 'Cannot create map "libc_malloc_calls_total": name has at most 15 bytes, this has 23: "libc_malloc_calls_total"', "RangeError"],
  ["a name of one byte too many", { ...hash, name: "x".repeat(16) }, `Cannot create map "${"x".repeat(16)}": name has at most 15 bytes, this has 16: "${"x".repeat(16)}"`, "RangeError"],
  ["a name with a space", { ...hash, name: "a b" }, 'Cannot create map "a b": name takes letters, digits, "_" and ".": current value is "a b"', "RangeError"],
  ["a name with controls", { ...hash, name: "a\u001b[2J" }, 'Cannot create map "a\\u001b[2J": name takes letters, digits, "_" and ".": current value is "a\\u001b[2J"', "RangeError"],
  ["a name with a NUL", { ...hash, name: "a\0b" }, 'Cannot create map "a\\u0000b": name has a NUL at index 1', "RangeError"],
  ["a name that is bytes", { ...hash, name: new Uint8Array(4) }, "Cannot create map: name must be a string: current value is a Uint8Array of 4 bytes", "TypeError"],
  ["a fraction", { ...hash, maxEntries: 1.5 }, "Cannot create map: maxEntries must be an integer from 0 to 4294967295: current value is 1.5", "RangeError"],
  ["text for a number", { ...hash, maxEntries: "4" }, 'Cannot create map: maxEntries must be a number: current value is the string "4"', "TypeError"],
  ["no maxEntries", { ...hash, maxEntries: undefined }, "Cannot create map: maxEntries is missing", "TypeError"],
  ["negative flags", { ...hash, flags: -1 }, "Cannot create map: flags must be an integer from 0 to 4294967295: current value is -1", "RangeError"],
  ["a bigint for flags", { ...hash, flags: 1n }, "Cannot create map: flags must be a number: current value is 1n", "TypeError"],
  ["a wide mapExtra", { ...hash, mapExtra: 2n ** 64n }, "Cannot create map: mapExtra must be from 0 to 2^64 - 1: current value is 18446744073709551616n", "RangeError"],
  ["a node that is none", { ...hash, numaNode: 0.5 }, "Cannot create map: numaNode must be an integer from -1 to 4294967295: current value is 0.5", "RangeError"],
  ["a misspelt option", { ...hash, maxEntires: 1 }, 'Cannot create map: there is no option "maxEntires", only type, key, value, maxEntries, name, flags, numaNode, mapExtra, hashes, inner, lookupMarks, entries: did you mean "maxEntries"?', "TypeError"],
  ["no entries", { ...hash, maxEntries: 0 }, 'Cannot create map: maxEntries of type "hash" must be at least 1: current value is 0', "BpfError"],
  ["a key that is too short", { ...hash, type: "lpm_trie", key: bytes(4), flags: BPF_F_NO_PREALLOC }, 'Cannot create map: the size of key of type "lpm_trie" must be at least 5: current value is 4', "BpfError"],
  ["a ring of an odd size", { type: "ringbuf", maxEntries: 1000 }, "Cannot create map: maxEntries must be a power of two and a multiple of 4096: current value is 1000", "BpfError"],
  ["a flag of another type", { ...hash, flags: 0x400 }, 'Cannot create map: type "hash" does not take BPF_F_MMAPABLE', "BpfError"],
  ["an extra of another type", { ...hash, mapExtra: 1 }, 'Cannot create map: mapExtra is for type "bloom_filter" and type "arena" only: current value is 1', "BpfError"],
  ["many hashes", { type: "bloom_filter", value: u32, maxEntries: 4, hashes: 20 }, "Cannot create map: hashes must be at most 15: current value is 20", "BpfError"],
  ["a key for a queue", { type: "queue", key: u32, value: u32, maxEntries: 4 }, 'Cannot create map: type "queue" has no keys', "TypeError"],
  ["no codec", { ...hash, key: "u32" }, 'Cannot create map: key: expected a codec (u32, bytes(16), struct({…}) …), got the string "u32"', "TypeError"],
];
for (const [what, spec, message, error] of CREATE) {
  test(`createMap with ${what}`, () => {
    const { name, message: said } = thrown(() => kernel.createMap(spec as MapSpec));
    assert.equal([name, said], [error, message]);
  });
}

test("a type without a class says which surface has it, and that has it", () => {
  const { name, message } = thrown(() => kernel.createMap({ ...hash, type: "devmap" } as never));
  assert.is(name, "TypeError");
  assert.is(message, 'Cannot create map: type "devmap" has no class here, only the raw surface makes it: kernel.bpf(BPF_MAP_CREATE, { map_type: BPF_MAP_TYPE_DEVMAP, … })');
  const fd = kernel.bpf(BPF_MAP_CREATE, { map_type: BPF_MAP_TYPE_DEVMAP, key_size: 4, value_size: 4, max_entries: 1 });
  assert.ok(fd > 0);
  const info = new Uint32Array(22);
  assert.is(kernel.bpf(BPF_OBJ_GET_INFO_BY_FD, { bpf_fd: fd, info_len: info.byteLength, info }), 0);
  const opened = thrown(() => kernel.openById(info[1], { key: u32 }));
  assert.is(opened.code, "EINVAL");
  assert.match(opened.message, /^Cannot open map \d+: type "devmap" has no class here, its keys and values are bytes$/);
  kernel.close(fd);
  for (const type of ["max", "unspec", "tabel", "HASH", "__proto__", 5, "a\n"]) {
    assert.match(thrown(() => kernel.createMap({ ...hash, type } as never)).message, /^Cannot create map: type must be one of hash, array, .*: current value is /);
  }
});

const map = kernel.createMap({ ...hash, key: bytes(4), name: "flows" });
const names = kernel.createMap({ ...hash, value: struct({ comm: utf8(8), n: u64 }) });
const VALUES: [what: string, call: () => unknown, message: string][] = [
  ["an array for bytes", () => map.set([1, 2, 3, 4] as never, 1), "Cannot encode bytes(4): expected a Uint8Array of 4 bytes, got an array of 4 elements"],
  ["words for bytes", () => map.set(new Uint32Array(1) as never, 1), "Cannot encode bytes(4): expected a Uint8Array of 4 bytes, got a Uint32Array of 4 bytes"],
  ["one byte for four", () => map.get(new Uint8Array(1)), "Cannot encode bytes(4): expected a Uint8Array of 4 bytes, got a Uint8Array of 1 byte"],
  ["a string that is too long", () => names.set(1, { comm: "hello world", n: 1 }), 'field comm: Cannot encode utf8(8): at most 8 bytes, this has 11: "hello world"'],
  ["a string with a NUL", () => names.set(1, { comm: "a\0", n: 1 }), 'field comm: Cannot encode utf8(8): the string "a\\u0000" has a NUL, which would end it, at index 1'],
  ["half of a pair", () => names.set(1, { comm: "\ud83d", n: 1 }), 'field comm: Cannot encode utf8(8): the string "\\ud83d" has half of a surrogate pair at index 0'],
  ["a bigint that is too wide", () => names.set(1, { comm: "a", n: 2n ** 64n }), "field n: Cannot encode u64: expected a bigint from 0 to 2^64 - 1 or a safe integer, got 18446744073709551616n"],
  ["an object for a number", () => names.get({} as never), "Cannot encode u32: expected an integer from 0 to 4294967295, got an object"],
  ["no view", () => kernel.createMap({ type: "array", value: u32, maxEntries: 1 }).view(), "Cannot mmap array map: it was made without BPF_F_MMAPABLE"],
];
for (const [what, call, message] of VALUES) test(`what is said about ${what}`, () => assert.is(thrown(call).message, message));

test("errors of many elements say how many were done, in numbers and words", () => {
  const small = kernel.createMap({ ...hash, maxEntries: 2, name: "small" });
  const error = thrown(() => small.setMany([[1, 1], [2, 2], [3, 3]])) as BpfError;
  assert.equal([error.code, error.done, error.message], ["E2BIG", 2, 'Cannot update map "small": it holds maxEntries (2) elements; 2 elements before it are done']);
  const one = thrown(() => kernel.createMap({ ...hash, maxEntries: 1 }).setMany([[1, 1], [2, 2]])) as BpfError;
  assert.match(one.message, /; 1 element before it is done$/);
  assert.is((thrown(() => small.set(3, 3)) as BpfError).done, undefined);
});

test("syscall and command are what was called", () => {
  const calls = (call: () => unknown): unknown[] => {
    const error = thrown(call) as BpfError;
    return [error.name, error.syscall, error.command];
  };
  const closed = kernel.createMap(hash);
  closed.close();
  const ring = kernel.createMap({ type: "ringbuf", maxEntries: 4096 });
  assert.equal(calls(() => kernel.createMap({ ...hash, maxEntries: 0 })), ["BpfError", "bpf", "BPF_MAP_CREATE"]);
  assert.equal(calls(() => closed.get(1)), ["BpfError", "", ""]);
  assert.equal(calls(() => kernel.createMap({ type: "array", value: u32, maxEntries: 1 }).view()), ["BpfError", "mmap", ""]);
  assert.equal(calls(() => kernel.openById(map.info().id, { type: "array" })), ["BpfError", "", ""]);
  assert.equal(calls(() => kernel.openById(99999)), ["BpfError", "bpf", "BPF_MAP_GET_FD_BY_ID"]);
  ring.close();
});

test("a snapshot that cannot be restored has a code", () => {
  const code = (bytes: Uint8Array): unknown => {
    const error = thrown(() => newKernel({ snapshot: bytes })) as SnapshotError;
    return [error instanceof SnapshotError, error.code];
  };
  const good = kernel.snapshot();
  const changed = (at: number): Uint8Array => {
    const bytes = good.slice();
    bytes[at] ^= 1;
    return bytes;
  };
  assert.equal(code(new Uint8Array(0)), [true, "ERR_SNAPSHOT_INVALID"]);
  assert.equal(code(changed(0)), [true, "ERR_SNAPSHOT_INVALID"]);
  assert.equal(code(changed(8)), [true, "ERR_SNAPSHOT_VERSION"]);
  assert.equal(code(changed(good.length - 1)), [true, "ERR_SNAPSHOT_DAMAGED"]);
});

test.run();
