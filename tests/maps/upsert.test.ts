// getOrInsert, update, nextKey, entries at creation: what a JavaScript Map, or GET_NEXT_KEY, would answer.
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { BPF_F_RDONLY, bytes, type HashMap, ipv4Prefix, struct, u32, u64 } from "../../bindings/index.ts";
import { checkLeaks } from "../harness/leak.ts";
import { newKernel } from "../harness/kernel.ts";
import { throwsCode } from "../suites/conformance.ts";

const kernel = newKernel({ cpus: 2 });
const test = suite("upsert");
checkLeaks(test, kernel);

test("getOrInsert, getOrInsertComputed and update do what a Map's would", () => {
  const step = fc.record({ op: fc.constantFrom("insert", "compute", "update", "keep", "delete"), key: fc.nat(9), value: fc.nat(99) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const map = kernel.createMap({ type: "hash", key: u32, value: u32, maxEntries: 10 });
      const model = new Map<number, number>();
      for (const { op, key, value } of steps) {
        const before = model.get(key);
        if (op === "delete") {
          assert.is(map.delete(key), model.delete(key));
        } else if (op === "update" || op === "keep") {
          const next = op === "keep" ? undefined : (before ?? 0) + value;
          assert.is(map.update(key, (now) => (assert.is(now, before), next)), next);
          if (next !== undefined) model.set(key, next);
        } else {
          if (before === undefined) model.set(key, value);
          const computed = (asked: number): number => (assert.is(asked, key), assert.is(before, undefined), value);
          assert.is(op === "insert" ? map.getOrInsert(key, value) : map.getOrInsertComputed(key, computed), before ?? value);
        }
      }
      assert.equal(new Map(map), model);
      map.close();
    }),
    { numRuns: 60 },
  );
});

test("fn may use the map, whatever it does to the key, and may throw", () => {
  const map = kernel.createMap({ type: "hash", key: struct({ a: u32 }), value: bytes(20), maxEntries: 4 });
  const value = (n: number): Uint8Array => new Uint8Array(20).fill(n);
  const inner = (): Uint8Array => {
    map.set({ a: 1 }, value(1)).set({ a: 2 }, value(2));
    assert.equal([...map.keys()].length, 2);
    return value(3);
  };
  assert.equal(map.getOrInsertComputed({ a: 1 }, inner), value(3));
  map.clear();
  assert.equal(map.update({ a: 1 }, inner), value(3));
  assert.equal([map.get({ a: 1 }), map.get({ a: 2 })], [value(3), value(2)]);
  const failing = (): never => {
    throw new Error("mine");
  };
  assert.throws(() => map.update({ a: 1 }, failing), /mine/);
  assert.throws(() => map.getOrInsertComputed({ a: 3 }, failing), /mine/);
  assert.throws(() => map.update({ a: 1 }, () => new Uint8Array(3)), RangeError);
  assert.equal([map.get({ a: 1 }), map.has({ a: 3 })], [value(3), false]);
  assert.throws(() => map.update({ a: 4 }, () => (map.close(), value(1))), /closed/);
  throwsCode("EBADF", () => map.getOrInsert({ a: 1 }, value(1)));
  throwsCode("EBADF", () => map.nextKey());
});

test("arrays, values of each CPU, tries and full maps", () => {
  const array = kernel.createMap({ type: "array", value: u32, maxEntries: 2 });
  assert.equal([array.getOrInsert(1, 5), array.update(1, (n = 9) => n + 1), array.get(1)], [0, 1, 1]);
  throwsCode("E2BIG", () => array.getOrInsert(2, 1));
  const percpu = kernel.createMap({ type: "percpu_hash", key: u32, value: u64, maxEntries: 1 });
  assert.equal(percpu.getOrInsert(1, 5n), [5n, 5n]);
  assert.equal(percpu.update(1, ([a, b] = [0n, 0n]) => [a + 1n, b]), [6n, 5n]);
  throwsCode("E2BIG", () => percpu.getOrInsertComputed(2, () => 1n));
  const trie = kernel.createMap({ type: "lpm_trie", key: ipv4Prefix, value: u32, maxEntries: 4 });
  trie.set("10.0.0.0/8", 1);
  assert.is(trie.getOrInsert("10.0.0.1", 2), 2, "of exactly this address");
  assert.is(trie.update("10.0.0.2", (n) => (n === undefined ? 3 : 0)), 3);
  assert.equal([trie.get("10.0.0.1/32"), trie.get("10.0.0.2/32"), trie.get("10.0.0.3")], [2, 3, 1]);
  for (const map of [array, percpu, trie]) map.close();
});

test("nextKey goes through all keys, and begins again behind one that is not there", () => {
  const hash = kernel.createMap({ type: "hash", key: bytes(20), value: u32, maxEntries: 50 });
  const key = (n: number): Uint8Array => new Uint8Array(20).fill(n);
  assert.is(hash.nextKey(), undefined);
  for (let i = 0; i < 50; i++) hash.set(key(i), i);
  const keys = [];
  for (let at = hash.nextKey(); at !== undefined; at = hash.nextKey(at)) keys.push(at[0]);
  assert.equal(keys.sort((a, b) => a - b), Array.from({ length: 50 }, (_, i) => i));
  assert.equal(hash.nextKey(key(77)), hash.nextKey());
  const array = kernel.createMap({ type: "array", value: u32, maxEntries: 3 });
  assert.equal([array.nextKey(), array.nextKey(0), array.nextKey(2), array.nextKey(3)], [0, 1, undefined, 0]);
  const trie = kernel.createMap({ type: "lpm_trie", key: ipv4Prefix, value: u32, maxEntries: 4 });
  trie.set("10.0.0.0/8", 1).set("11.0.0.0/8", 1);
  assert.equal([trie.nextKey(), trie.nextKey("10.0.0.0/8"), trie.nextKey("11.0.0.0/8"), trie.nextKey("10.5.0.0/16")], ["10.0.0.0/8", "11.0.0.0/8", undefined, "10.0.0.0/8"]);
  assert.throws(() => (hash as HashMap<any, any>).nextKey(5), TypeError);
  for (const map of [hash, array, trie]) map.close();
});

test("entries: what a new map begins with", () => {
  const common = { key: u32, value: u32, maxEntries: 2 } as const;
  for (const type of ["hash", "lru_hash", "percpu_hash", "lru_percpu_hash"] as const) {
    const map = kernel.createMap({ ...common, type, entries: new Map([[1, 10], [2, 20]]), maxEntries: 64 });
    assert.equal([[...map.keys()].sort(), map.get(2)], [[1, 2], type.includes("percpu") ? [20, 20] : 20]);
    map.close();
  }
  const array = kernel.createMap({ type: "array", value: u32, maxEntries: 2, entries: [[1, 7]] });
  assert.equal([...array.values()], [0, 7]);
  const trie = kernel.createMap({ type: "lpm_trie", key: ipv4Prefix, value: u32, maxEntries: 2, entries: [["10.0.0.0/8", 1]] });
  assert.is(trie.get("10.1.1.1"), 1);
  const inner = { ...common, type: "hash" } as const;
  const table = kernel.createMap(inner);
  const outer = kernel.createMap({ type: "array_of_maps", inner, maxEntries: 2, entries: [[1, table]] });
  assert.is(outer.idOf(1), table.info().id);
  for (const map of [outer, table, trie, array]) map.close();
});

test("entries that cannot be leave nothing behind, and what is no entry is refused before the map is made", () => {
  const spec = { type: "hash", key: u32, value: u32, maxEntries: 2 } as const;
  const made: string[] = [];
  const before = kernel.stats();
  const stop = kernel.onCall(({ command }) => made.push(command));
  const bad: [entries: unknown, error: Function][] = [
    [[[1, 2], [3, "4"]], TypeError], [[[1, 2], [-1, 4]], RangeError], [[[1]], TypeError], [[1], TypeError], [5, TypeError], [null, TypeError],
  ];
  for (const [entries, Type] of bad) assert.throws(() => kernel.createMap({ ...spec, entries: entries as [] }), (error: unknown) => error instanceof Type);
  assert.throws(() => kernel.createMap({ type: "percpu_hash", key: u32, value: u32, maxEntries: 2, entries: [[1, [1]]] }), RangeError);
  assert.throws(() => kernel.createMap({ type: "queue", value: u32, maxEntries: 2, entries: [] } as never), /type "queue" has no keys, so it takes no entries/);
  assert.throws(() => kernel.createMap({ type: "array_of_maps", inner: { ...spec, entries: [] }, maxEntries: 2 }), /: inner takes no entries/);
  assert.equal(made, [], "nothing was made");
  stop();
  throwsCode("E2BIG", () => kernel.createMap({ ...spec, entries: [[1, 1], [2, 2], [3, 3]] }));
  throwsCode("EPERM", () => kernel.createMap({ ...spec, flags: BPF_F_RDONLY, entries: [[1, 1]] }));
  assert.throws(() => kernel.createMap({ type: "array_of_maps", inner: spec, maxEntries: 2, entries: [[1, 5 as never]] }), TypeError);
  assert.throws(() => kernel.createMap({ type: "array_of_maps", inner: spec, maxEntries: 2, entries: [5 as never] }), TypeError);
  const after = kernel.stats();
  assert.equal([after.objects, after.openFds, after.privateBytes], [before.objects, before.openFds, before.privateBytes]);
});

test.run();
