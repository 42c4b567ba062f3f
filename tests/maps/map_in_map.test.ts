// Maps of maps: objects in, objects out, references and the words for a map that does not fit.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  BPF_EXIST,
  BPF_F_INNER_MAP,
  BPF_F_NO_PREALLOC,
  BPF_NOEXIST,
  BpfError,
  HashMap,
  RingBuffer,
  struct,
  u32,
  u64,
  utf8,
  type MapSpec,
} from "../../bindings/index.ts";
import { checkLeaks } from "../harness/leak.ts";
import { newKernel } from "../harness/kernel.ts";

const kernel = newKernel({ seed: 11 });
const test = suite("maps of maps");
checkLeaks(test, kernel);

const TABLE = { type: "hash", key: u32, value: u64, maxEntries: 8 } as const;
const isCode = (code: string, message = /./) => (error: unknown) =>
  error instanceof BpfError && error.code === code && message.test(error.message);

const outerHash = (maxEntries = 4) => kernel.createMap({ type: "hash_of_maps", key: utf8(8), inner: TABLE, maxEntries, name: "tables" });
const outerArray = (maxEntries = 4) => kernel.createMap({ type: "array_of_maps", inner: TABLE, maxEntries, name: "tables" });

test("what is set comes back as a map of its class, with its codecs and an fd of its own", () => {
  const outer = outerHash();
  const table = kernel.createMap(TABLE);
  assert.is(outer.set("a", table), outer);
  table.set(1, 10n);
  const same = outer.get("a")!;
  assert.instance(same, HashMap);
  assert.is(same.get(1), 10n);
  assert.is.not(same.fd, table.fd);
  assert.is(same.info().id, table.info().id);
  assert.is(outer.idOf("a"), table.info().id);
  assert.is(outer.get("b"), undefined);
  assert.is(outer.has("b"), false);
  for (const map of [same, table, outer]) map.close();
});

test("the outer map keeps its inner maps alive, and lets go of them", () => {
  const outer = outerArray();
  const table = kernel.createMap(TABLE);
  table.set(7, 70n);
  outer.set(0, table);
  outer.set(3, table);
  const id = table.info().id;
  table.close();
  const ids = (): number[] => kernel.maps().map((map) => map.id);
  assert.ok(ids().includes(id));
  const again = outer.get(3)!;
  assert.is(again.get(7), 70n);
  again.close();
  assert.is(outer.delete(0), true);
  assert.is(outer.delete(0), false);
  assert.ok(ids().includes(id));
  outer.delete(3);
  assert.not(ids().includes(id), "the last reference is gone");
  outer.close();
});

test("keys, ids and entries; what is taken out meanwhile is left out", () => {
  const outer = outerHash();
  const tables = ["x", "y", "z"].map((name) => {
    const table = kernel.createMap(TABLE);
    outer.set(name, table);
    return [name, table] as const;
  });
  assert.equal([...outer.keys()].sort(), ["x", "y", "z"]);
  assert.equal(new Map(outer.ids()), new Map(tables.map(([name, table]) => [name, table.info().id])));
  assert.is(outer.count(), 3);
  let met = 0;
  for (const [name, table] of outer) {
    met++;
    assert.is(table.info().id, outer.idOf(name));
    table.close();
    for (const other of ["x", "y", "z"]) if (other !== name) outer.delete(other);
  }
  assert.is(met, 1);
  outer.clear();
  assert.equal([...outer.keys()], []);
  for (const [, table] of tables) table.close();
  outer.close();

  const array = outerArray();
  const table = kernel.createMap(TABLE);
  array.set(1, table).set(2, table);
  assert.equal([...array.keys()], [1, 2]);
  assert.is(array.count(), 2);
  array.close();
  table.close();
});

test("flags, full maps and indexes", () => {
  const outer = outerHash(1);
  const table = kernel.createMap(TABLE);
  assert.throws(() => outer.set("a", table, { flags: BPF_EXIST }), isCode("ENOENT"));
  outer.set("a", table, { flags: BPF_NOEXIST });
  assert.throws(() => outer.set("a", table, { flags: BPF_NOEXIST }), isCode("EEXIST"));
  outer.set("a", table);
  assert.throws(() => outer.set("b", table), isCode("E2BIG", /holds maxEntries \(1\)/));
  outer.freeze();
  assert.throws(() => outer.delete("a"), isCode("EPERM"));
  const inner = outer.get("a")!;
  inner.set(1, 1n);
  inner.close();
  outer.close();
  const array = outerArray(2);
  assert.throws(() => array.set(2, table), isCode("E2BIG", /below maxEntries \(2\)/));
  assert.is(array.get(2), undefined);
  array.close();
  table.close();
});

const UNLIKE: [field: string, spec: MapSpec, message: RegExp][] = [
  ["type", { type: "lru_hash", key: u32, value: u64, maxEntries: 8 }, /is a BPF_MAP_TYPE_LRU_HASH, the template a BPF_MAP_TYPE_HASH/],
  ["key", { ...TABLE, key: u64 }, /key_size is 8, the template's is 4/],
  ["value", { ...TABLE, value: u32 }, /value_size is 4, the template's is 8/],
  ["flags", { ...TABLE, flags: BPF_F_NO_PREALLOC }, /map_flags is 1, the template's is 0/],
];

for (const [field, spec, message] of UNLIKE) {
  test(`a map whose ${field} differs is refused, and the message says so`, () => {
    const outer = outerHash();
    const other = kernel.createMap(spec);
    assert.throws(() => outer.set("a", other as never), isCode("EINVAL", message));
    assert.is(outer.has("a"), false);
    outer.close();
    other.close();
  });
}

test("max_entries counts for arrays only, unless BPF_F_INNER_MAP is set", () => {
  const outer = outerHash();
  const larger = kernel.createMap({ ...TABLE, maxEntries: 100 });
  outer.set("a", larger);
  for (const flags of [0, BPF_F_INNER_MAP]) {
    const inner = { type: "array", value: u32, maxEntries: 4, flags } as const;
    const arrays = kernel.createMap({ type: "array_of_maps", inner, maxEntries: 2 });
    const other = kernel.createMap({ ...inner, maxEntries: 5 });
    if (flags === 0) assert.throws(() => arrays.set(0, other), isCode("EINVAL", /max_entries is 5, the template's is 4/));
    else arrays.set(0, other);
    const inside = arrays.get(0);
    assert.is(inside?.length, flags === 0 ? undefined : 5);
    inside?.close();
    arrays.close();
    other.close();
  }
  outer.close();
  larger.close();
});

test("a map can be the template, and maps without keys or values can be inner maps", () => {
  const ring = kernel.createMap({ type: "ringbuf", maxEntries: 4096 });
  const rings = kernel.createMap({ type: "hash_of_maps", key: struct({ cpu: u32 }), inner: ring, maxEntries: 2 });
  rings.set({ cpu: 1 }, ring);
  ring.output(new Uint8Array([1, 2]));
  const same = rings.get({ cpu: 1 })!;
  assert.instance(same, RingBuffer);
  assert.equal(same.consume(), new Uint8Array([1, 2]));
  for (const map of [same, ring, rings]) map.close();
});

test("an outer map that was opened reads its inner maps as it is told", () => {
  const outer = outerHash();
  const table = kernel.createMap(TABLE);
  table.set(1, 2n);
  outer.set("a", table);
  const id = outer.info().id;
  const opened = kernel.openById(id, { type: "hash_of_maps", key: utf8(8), inner: { type: "hash", key: u32, value: u64 } });
  const typed = opened.get("a")!;
  assert.is(typed.get(1), 2n);
  const plain = kernel.openById(id, { type: "hash_of_maps" });
  const key = new Uint8Array([97, 0, 0, 0, 0, 0, 0, 0]);
  const bytes = plain.get(key) as HashMap<Uint8Array, Uint8Array>;
  assert.equal(bytes.get(new Uint8Array([1, 0, 0, 0])), new Uint8Array([2, 0, 0, 0, 0, 0, 0, 0]));
  const copy = outer.dup();
  const third = copy.get("a")!;
  assert.is(third.get(1), 2n);
  const other = kernel.createMap({ ...TABLE, value: u32 });
  assert.throws(() => plain.set(key, other), isCode("EINVAL"));
  for (const map of [third, copy, bytes, plain, typed, opened, other, table, outer]) map.close();
});

for (const [type, outerOf, keys] of [["hash_of_maps", outerHash, ["a", "b"]], ["array_of_maps", outerArray, [0, 1]]] as const) {
  const newOuter = outerOf as () => ReturnType<typeof outerHash>;
  const [a, b] = keys as readonly string[];
  const idsOf = (map: { info(): { id: number } }): number => map.info().id;

  test(`${type}: values and forEach give each inner map open; forEach closes it`, () => {
    const outer = newOuter();
    const tables = [a, b].map((key, i) => {
      const table = kernel.createMap(TABLE).set(1, BigInt(i));
      outer.set(key, table);
      return table;
    });
    const values = [...outer.values()];
    assert.equal(values.map(idsOf).sort(), tables.map(idsOf).sort());
    for (const map of values) map.close();
    const seen: typeof values = [];
    const got: [unknown, bigint | undefined][] = [];
    outer.forEach(function (this: unknown, inner, key, map) {
      assert.is(this, got);
      assert.is(map, outer);
      got.push([key, inner.get(1)]);
      seen.push(inner);
    }, got);
    assert.equal(got.sort(), [[a, 0n], [b, 1n]]);
    assert.ok(seen.every(({ closed }) => closed));
    assert.throws(() => outer.forEach((inner) => {
      seen.push(inner);
      throw new Error("stop");
    }), /^stop$/);
    assert.ok(seen.at(-1)!.closed, "one that throws leaves nothing open");
    for (const map of [...tables, outer]) map.close();
  });

  test(`${type}: getOrInsert and getOrInsertComputed give one map to close, found or made`, () => {
    const outer = newOuter();
    const table = kernel.createMap(TABLE);
    const first = outer.getOrInsert(a, table);
    assert.is(idsOf(first), idsOf(table));
    assert.is.not(first, table);
    const other = kernel.createMap(TABLE);
    const second = outer.getOrInsert(a, other);
    assert.is(idsOf(second), idsOf(table), "what is there stays");
    const made = outer.getOrInsertComputed(b, (key) => {
      assert.is(key, b);
      outer.set(b, other);
      return kernel.createMap(TABLE);
    });
    assert.is(outer.idOf(b), idsOf(made), "what it answers is set, whatever it did itself");
    const found = outer.getOrInsertComputed(b, () => assert.unreachable() as never);
    assert.is(idsOf(found), idsOf(made));
    outer.delete(b);
    const unlike = kernel.createMap({ ...TABLE, value: u32 });
    assert.throws(() => outer.getOrInsertComputed(b, () => unlike as never), isCode("EINVAL", /value_size is 4, the template's is 8/));
    assert.ok(unlike.closed);
    assert.throws(() => outer.getOrInsertComputed(b, () => 5 as never), TypeError);
    assert.is(outer.has(b), false);
    for (const map of [table, first, other, second, made, found, outer]) map.close();
  });
}

test("add and nextKey", () => {
  const outer = outerHash();
  const [table, other] = [kernel.createMap(TABLE), kernel.createMap(TABLE)];
  assert.is(outer.nextKey(), undefined);
  assert.equal([outer.add("a", table), outer.add("a", other), outer.idOf("a") === table.info().id], [true, false, true]);
  assert.equal([outer.nextKey(), outer.nextKey("a"), outer.nextKey("z")], ["a", undefined, "a"]);
  const array = outerArray();
  assert.equal([array.nextKey(), array.nextKey(0), array.nextKey(array.maxEntries - 1)], [0, 1, undefined]);
  for (const map of [table, other, outer, array]) map.close();
});

test("what cannot be", () => {
  const outer = outerHash();
  const strangers = newKernel();
  const foreign = strangers.createMap(TABLE);
  const closed = kernel.createMap(TABLE);
  closed.close();
  assert.throws(() => outer.set("a", foreign), (error: Error) => error instanceof TypeError && /another kernel/.test(error.message));
  assert.throws(() => outer.set("a", 5 as never), TypeError);
  assert.throws(() => outer.set("a", closed), isCode("EBADF"));
  assert.throws(() => outer.get(5 as never), TypeError);
  const bad = (spec: object): (() => void) => () => void kernel.createMap(spec as MapSpec);
  assert.throws(bad({ type: "hash_of_maps", key: u32, maxEntries: 1 }), /inner is missing/);
  assert.throws(bad({ type: "hash", key: u32, value: u32, inner: TABLE, maxEntries: 1 }), /has no inner maps/);
  assert.throws(bad({ type: "array_of_maps", value: u32, inner: TABLE, maxEntries: 1 }), /are maps/);
  assert.throws(bad({ type: "array_of_maps", inner: 7, maxEntries: 1 }), TypeError);
  assert.throws(bad({ type: "array_of_maps", inner: foreign, maxEntries: 1 }), /another kernel/);
  assert.throws(bad({ type: "array_of_maps", inner: { type: "array_of_maps", inner: TABLE, maxEntries: 1 }, maxEntries: 1 }), isCode("EINVAL"));
  assert.throws(bad({ type: "array_of_maps", inner: { ...TABLE, maxEntries: 0 }, maxEntries: 1 }), isCode("EINVAL"));
  assert.throws(bad({ type: "array_of_maps", inner: TABLE, maxEntries: 0 }), isCode("EINVAL"));
  outer.close();
  assert.throws(() => outer.get("a"), isCode("EBADF"));
  assert.throws(() => [...outer.keys()], isCode("EBADF"));
});

test.run();
