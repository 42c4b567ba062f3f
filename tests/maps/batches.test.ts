// lookupBatch and lookupAndDeleteBatch: the batch commands with typed elements, and a cursor that the caller keeps. GetOptions.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { BPF_F_LOCK, BPF_F_RDONLY, type BatchCursor, bytes, ipv4Prefix, type Kernel, struct, u32, u64 } from "../../bindings/index.ts";
import { checkLeaks } from "../harness/leak.ts";
import { newKernel } from "../harness/kernel.ts";
import { throwsCode } from "../suites/conformance.ts";

const test = suite("batches");
const kernel = newKernel({ seed: 1, cpus: 2 });
checkLeaks(test, kernel);

type Batched = { lookupBatch(cursor?: BatchCursor, options?: { count?: number }): { entries: [any, any][]; cursor: BatchCursor | undefined; done: boolean } };

function all(map: Batched, count?: number): [any, any][] {
  const entries: [any, any][] = [];
  for (let batch = map.lookupBatch(undefined, { count }); ; batch = map.lookupBatch(batch.cursor, { count })) {
    entries.push(...batch.entries);
    assert.is(batch.done, batch.cursor === undefined);
    if (batch.cursor === undefined) return entries;
  }
}

const byKey = (a: [any, any], b: [any, any]): number => (JSON.stringify(a[0]) < JSON.stringify(b[0]) ? -1 : 1);

for (const count of [1, 2, 7, 1000, undefined]) {
  test(`all elements come once, in batches of ${count}`, () => {
    const point = struct({ x: u32, y: u64 });
    const maps = [
      kernel.createMap({ type: "hash", key: u32, value: point, maxEntries: 300, entries: Array.from({ length: 300 }, (_, i) => [i * 7, { x: i, y: BigInt(i) }] as const) }),
      kernel.createMap({ type: "percpu_hash", key: u32, value: u32, maxEntries: 50, entries: Array.from({ length: 50 }, (_, i) => [i, [i, i + 1]] as const) }),
      kernel.createMap({ type: "lru_hash", key: u32, value: u32, maxEntries: 50, entries: [[1, 2], [3, 4]] }),
      kernel.createMap({ type: "array", value: u32, maxEntries: 10, entries: [[3, 4]] }),
      kernel.createMap({ type: "lpm_trie", key: ipv4Prefix, value: u32, maxEntries: 10, entries: [["10.0.0.0/8", 1], ["10.1.0.0/16", 2], ["0.0.0.0/0", 3]] }),
    ];
    for (const map of maps) {
      assert.equal(all(map as never, count).sort(byKey), [...(map as Iterable<[any, any]>)].sort(byKey), map.type);
      map.close();
    }
  });
}

test("lookupAndDeleteBatch empties a map", () => {
  const map = kernel.createMap({ type: "hash", key: u32, value: u32, maxEntries: 100 });
  for (let i = 0; i < 100; i++) map.set(i, i * 2);
  const first = map.lookupAndDeleteBatch(undefined, { count: 30 });
  assert.ok(first.entries.length > 0 && first.entries.length <= 30);
  assert.is(map.count(), 100 - first.entries.length);
  const rest: [number, number][] = [];
  for (let batch = first; batch.cursor !== undefined; rest.push(...batch.entries)) batch = map.lookupAndDeleteBatch(batch.cursor);
  assert.equal([...first.entries, ...rest].sort(byKey), Array.from({ length: 100 }, (_, i) => [i, i * 2]).sort(byKey as never));
  assert.is(map.count(), 0);
  assert.equal(map.lookupBatch(), { entries: [], cursor: undefined, done: true });
  map.close();
});

test("a cursor is good for its map object, again and again, and for nothing else", () => {
  const map = kernel.createMap({ type: "hash", key: u32, value: u32, maxEntries: 100 });
  for (let i = 0; i < 100; i++) map.set(i, i);
  const { cursor } = map.lookupBatch(undefined, { count: 10 });
  assert.is(String(cursor), "[object BatchCursor]");
  assert.equal(map.lookupBatch(cursor), map.lookupBatch(cursor));
  const other = map.dup();
  assert.throws(() => other.lookupBatch(cursor), /^Cannot use cursor: another map object gave it$/);
  for (const bad of [{}, null, 5, new Uint8Array(4)]) assert.throws(() => map.lookupBatch(bad as never), TypeError);
  other.close();
  map.close();
  assert.throws(() => map.lookupBatch(cursor), /it is closed/);
});

test("what cannot be", () => {
  const map = kernel.createMap({ type: "array", value: u32, maxEntries: 4 });
  throwsCode("ENOTSUPP", () => map.lookupAndDeleteBatch());
  const bad: [options: unknown, error: Function][] = [[{ count: 0 }, RangeError], [{ count: 1.5 }, RangeError], [{ count: "1" }, TypeError], [{ cuont: 1 }, TypeError], [5, TypeError]];
  for (const [options, Type] of bad) assert.throws(() => map.lookupBatch(undefined, options as never), (error: unknown) => error instanceof Type);
  const reader = kernel.openById(map.info().id, { type: "array", key: u32, value: u32, flags: BPF_F_RDONLY });
  assert.is(reader.lookupBatch().entries.length, 4);
  for (const each of [reader, map]) each.close();
});

test("a batch for which there is no memory is halved, and leaves nothing behind", () => {
  const small = newKernel({ maxMemoryBytes: 2 << 20 });
  const map = small.createMap({ type: "hash", key: u32, value: bytes(100), maxEntries: 1000 });
  for (let i = 0; i < 1000; i++) map.set(i, new Uint8Array(100));
  const room = small.alloc(60_000);
  for (const size of [60_000, 4096, 64]) while (small.alloc(size) !== 0);
  small.free(room);
  assert.is(all(map as never, 1000).length, 1000);
  leavesNothing(small, () => map.lookupBatch());
});

function leavesNothing(kernel: Kernel, fn: () => unknown): void {
  const { userBytes } = kernel.stats();
  fn();
  assert.is(kernel.stats().userBytes, userBytes);
}

test("flags of get: BPF_F_LOCK is for values with a lock, which need BTF", () => {
  const hash = kernel.createMap({ type: "hash", key: u32, value: u32, maxEntries: 4, entries: [[1, 2]] });
  const trie = kernel.createMap({ type: "lpm_trie", key: ipv4Prefix, value: u32, maxEntries: 4, entries: [["10.0.0.0/8", 2]] });
  assert.equal([hash.get(1, { flags: 0 }), hash.get(1, {}), trie.get("10.0.0.1", { flags: 0 })], [2, 2, 2]);
  throwsCode("EINVAL", () => hash.get(1, { flags: BPF_F_LOCK }));
  throwsCode("EINVAL", () => trie.get("10.0.0.1", { flags: BPF_F_LOCK }));
  throwsCode("EINVAL", () => hash.set(1, 2, { flags: BPF_F_LOCK }));
  assert.throws(() => hash.get(1, { flgas: 0 } as never), /there is no option "flgas", only flags: did you mean "flags"\?$/);
  assert.throws(() => hash.get(1, { flags: "0" } as never), TypeError);
  for (const map of [hash, trie]) map.close();
});

test("iterators have the helpers of the language's own", () => {
  const prototype = Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]()));
  const map = kernel.createMap({ type: "hash", key: u32, value: u32, maxEntries: 4, entries: [[1, 2], [3, 4]] });
  const array = kernel.createMap({ type: "array", value: u32, maxEntries: 4 });
  const trie = kernel.createMap({ type: "lpm_trie", key: ipv4Prefix, value: u32, maxEntries: 4 });
  const inner = { type: "array", value: u32, maxEntries: 1 } as const;
  const outer = kernel.createMap({ type: "array_of_maps", inner, maxEntries: 1 });
  const ring = kernel.createMap({ type: "ringbuf", maxEntries: 4096 });
  for (const each of [map, array, trie, outer]) {
    for (const iterator of [each.keys(), each.values(), each.entries(), each[Symbol.iterator]()]) {
      assert.ok(prototype.isPrototypeOf(iterator), `${each.type}`);
      assert.is(iterator[Symbol.iterator](), iterator);
    }
  }
  assert.ok(Object.getPrototypeOf(Object.getPrototypeOf((async function* () {}).prototype)).isPrototypeOf(ring.records()));
  const helped = map.values() as IterableIterator<number> & { map?: (fn: (value: number) => number) => Iterable<number> };
  if (helped.map !== undefined) assert.equal([...helped.map((value) => value * 2)].sort(), [4, 8]);
  assert.is(Object.prototype.toString.call(map.keys()), "[object BpfMap Iterator]");
  for (const each of [map, array, trie, outer, ring]) each.close();
});

test.run();
