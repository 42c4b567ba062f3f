// The groups under preallocated hash maps (assembly/map/hash/groups.ts): full maps, so that elements go past their group, and
// many that come and go. What lies where is the debug build's to check; here, all ways over a map meet the same elements in
// the same order, whatever room they have, and those are the model's.
import * as fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { exportsOf } from "../../bindings/abi/internals.ts";
import { bytes, type HashMap, type Kernel, u32 } from "../../bindings/index.ts";
import { checkLeaks } from "../harness/leak.ts";
import { newKernel } from "../harness/kernel.ts";
import { Cmd, Errno } from "../kernel/abi.ts";

const kernel = newKernel({ seed: 11 });
const test = suite("map/hash_groups");
checkLeaks(test, kernel);

type U32Map = HashMap<number, number>;

function checkState(on: Kernel): void {
  const exports = exportsOf(on) as { check_invariants?(): number };
  assert.is(exports.check_invariants?.() ?? 0, 0, "number of the broken rule (assembly/debug)");
}

/** Keys in the order of GET_NEXT_KEY. */
function byNextKey(map: U32Map): number[] {
  const keys: number[] = [];
  const key = new Uint32Array(1);
  const next_key = new Uint32Array(1);
  let answer = kernel.bpf(Cmd.MAP_GET_NEXT_KEY, { map_fd: map.fd, key: null, next_key });
  for (; answer === 0; answer = kernel.bpf(Cmd.MAP_GET_NEXT_KEY, { map_fd: map.fd, key, next_key })) {
    keys.push(next_key[0]);
    key[0] = next_key[0];
  }
  assert.is(answer, -Errno.ENOENT);
  return keys;
}

/** Elements in the order of LOOKUP_BATCH (or its deleting twin), read with so much room, or more where a bucket needs it. */
function byBatch(map: U32Map, cmd: number, room: number): [number, number][] {
  const elements: [number, number][] = [];
  const batch = new Uint32Array(1);
  let first = true;
  for (let count = room; ; ) {
    const [keys, values] = [new Uint32Array(count), new Uint32Array(count)];
    const attr = { map_fd: map.fd, in_batch: first ? null : batch, out_batch: batch, keys, values, count };
    const answer = kernel.bpf(cmd, attr);
    if (answer === -Errno.ENOSPC) {
      first = false;
      count++;
      continue;
    }
    for (let i = 0; i < attr.count; i++) elements.push([keys[i], values[i]]);
    if (answer === -Errno.ENOENT) return elements;
    assert.is(answer, 0);
    first = false;
    count = room;
  }
}

function checkWalks(map: U32Map, model: Map<number, number>, rooms: number[]): void {
  const keys = byNextKey(map);
  assert.is(keys.length, model.size);
  const expected = keys.map((key) => [key, model.get(key)]);
  for (const room of rooms) assert.equal(byBatch(map, Cmd.MAP_LOOKUP_BATCH, room), expected, `room ${room}`);
  assert.equal([...map], expected);
}

for (const maxEntries of [1, 2, 3, 7, 8, 9, 15, 16, 17, 40, 100, 1000, 4097]) {
  test(`a map of ${maxEntries} is filled, changed while full and emptied`, () => {
    const map = kernel.createMap({ type: "hash", key: u32, value: u32, maxEntries });
    const model = new Map<number, number>();
    const rooms = [1, 2, 5, 13, maxEntries + 7];
    for (let i = 0; i < maxEntries; i++) {
      map.set(i * 0x9e3779b1 >>> 0, i);
      model.set(i * 0x9e3779b1 >>> 0, i);
    }
    checkState(kernel);
    assert.throws(() => map.set(5, 5), (error: unknown) => (error as { code?: string }).code === "E2BIG");
    checkWalks(map, model, rooms);
    // Every element gives its place to another one, in an order that is not that of the walk.
    for (const [key, value] of [...model].sort((a, b) => (a[0] * 7919) % 1009 - (b[0] * 7919) % 1009)) {
      assert.ok(map.delete(key));
      assert.not.ok(map.has(key));
      model.delete(key);
      map.set(~key >>> 0, value + 1);
      model.set(~key >>> 0, value + 1);
    }
    checkState(kernel);
    checkWalks(map, model, rooms);
    for (const [key, value] of model) assert.is(map.get(key), value);
    const absent = Uint32Array.from(model.keys(), (key) => ~key);
    assert.equal(map.getMany(absent), Array.from(absent, (key) => model.get(key)));
    assert.equal(map.getMany(Uint32Array.from(model.keys())), [...model.values()]);
    const order = byNextKey(map);
    assert.equal(byBatch(map, Cmd.MAP_LOOKUP_AND_DELETE_BATCH, 3).map(([key]) => key), order);
    checkState(kernel);
    assert.is(map.count(), 0);
    assert.equal(byNextKey(map), []);
    map.close();
  });
}

test("any sequence of sets and deletes agrees with a model", () => {
  const step = fc.tuple(fc.boolean(), fc.nat(60), fc.nat(1000));
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 }), fc.array(step, { maxLength: 200 }), (maxEntries, steps) => {
      const map = kernel.createMap({ type: "hash", key: u32, value: u32, maxEntries });
      const model = new Map<number, number>();
      try {
        for (const [add, key, value] of steps) {
          if (!add) assert.is(map.delete(key), model.delete(key));
          else if (model.has(key) || model.size < maxEntries) {
            map.set(key, value);
            model.set(key, value);
          }
        }
        checkState(kernel);
        checkWalks(map, model, [1, 6, 64]);
      } finally {
        map.close();
      }
    }),
    { numRuns: 60 },
  );
});

test("a buffer for both keys and values holds the values, as when keys are written first", () => {
  const map = kernel.createMap({ type: "hash", key: u32, value: u32, maxEntries: 64 });
  for (let i = 0; i < 64; i++) map.set(i, 1000 + i);
  const keys = byNextKey(map);
  const block = kernel.alloc(4096);
  const attr = { map_fd: map.fd, in_batch: null, out_batch: block, keys: block + 64, values: block + 64, count: 64 };
  assert.is(kernel.bpf(Cmd.MAP_LOOKUP_BATCH, attr), -Errno.ENOENT);
  assert.equal([...new Uint32Array(kernel.memory.buffer, block + 64, 64)], keys.map((key) => 1000 + key));
  kernel.free(block);
  map.close();
});

test("elements of all sizes lie in groups", () => {
  for (const size of [1, 3, 8, 24, 60, 200, 1000]) {
    const map = kernel.createMap({ type: "hash", key: bytes(size), value: bytes(size), maxEntries: 300 });
    const key = (i: number): Uint8Array => new Uint8Array(size).fill(i).fill(i >> 8, (size + 1) >> 1);
    const count = size === 1 ? 256 : 300;
    for (let i = 0; i < count; i++) map.set(key(i), key(i + 1));
    checkState(kernel);
    for (let i = 0; i < count; i++) assert.equal(map.get(key(i)), key(i + 1));
    assert.is([...map.keys()].length, new Set([...map.keys()].map(String)).size);
    for (let i = 0; i < count; i += 2) assert.ok(map.delete(key(i)));
    checkState(kernel);
    for (let i = 0; i < count; i++) assert.is(map.has(key(i)), i % 2 === 1);
    map.close();
  }
});

test.run();
