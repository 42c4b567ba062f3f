// Code of the caller that runs in the middle of a call: getters, Proxies, codecs, iterables, setters, listeners. Each of them
// uses the same map, closes it, makes memory grow, or takes a buffer away. None of it may change what the call in hand does
// with what it was given, nor reach memory that is not its own.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import * as api from "../../bindings/index.ts";
import { array, bytes, type Codec, type HashMap, type Kernel, Kind, struct, u32, u64, utf8 } from "../../bindings/index.ts";
import { newKernel } from "../harness/kernel.ts";

const test = suite("map/hostile");

const pair = struct({ a: u32, b: u32 });
type Pair = { a: number; b: number };
type PairMap = HashMap<Pair, bigint>;

const hashOfPairs = (kernel: Kernel): PairMap => kernel.createMap({ type: "hash", key: pair, value: u64, maxEntries: 64 }) as PairMap;

/** Makes the memory of a kernel grow, so that every view over it is detached. */
function grow(kernel: Kernel): void {
  const before = kernel.memory.buffer;
  kernel.memory.grow(1);
  assert.is.not(kernel.memory.buffer, before);
}

const isClosed = (error: unknown): boolean => error instanceof api.BpfError && error.code === "EBADF";

/** [what the caller's code does, that code, whether the map is then closed]. */
type Act = [name: string, act: (kernel: Kernel, map: PairMap) => void, closes: boolean];
const ACTS: Act[] = [
  ["makes memory grow", (kernel) => grow(kernel), false],
  ["closes the map", (_, map) => map.close(), true],
  ["sets another key", (_, map) => map.set({ a: 99, b: 2 }, 99n), false],
  ["gets, deletes and walks", (_, map) => void [map.get({ a: 8, b: 8 }), map.delete({ a: 7, b: 7 }), ...map], false],
  ["makes maps until memory moves", (kernel) => void kernel.createMap({ type: "array", value: bytes(4096), maxEntries: 300 }).close(), false],
];

/** An object of the key {1, 3} whose second field is read by code that acts. */
function actingKey(act: () => void): Pair {
  return {
    a: 1,
    get b() {
      act();
      return 3;
    },
  };
}

const KEY = { a: 1, b: 3 };

/** [what is called, the call with a key, what it answers when the key has the value 5n]. */
const CALLS: [name: string, call: (map: PairMap, key: Pair) => unknown, answer: unknown][] = [
  ["get", (map, key) => map.get(key), 5n],
  ["has", (map, key) => map.has(key), true],
  ["getInto", (map, key) => { const out = new Uint8Array(8); return [map.getInto(key, out), out[0]]; }, [true, 5]],
  ["delete", (map, key) => map.delete(key), true],
  ["take", (map, key) => map.take(key), 5n],
  ["add", (map, key) => map.add(key, 6n), false],
  ["replace", (map, key) => map.replace(key, 6n), true],
  ["getMany", (map, key) => map.getMany([key, KEY]), [5n, 5n]],
  ["deleteMany", (map, key) => map.deleteMany([key]), 1],
]; // prettier-ignore

for (const [what, act, closes] of ACTS) {
  for (const [name, call, answer] of CALLS) {
    test(`${name} with a key whose getter ${what}`, () => {
      const kernel = newKernel();
      const map = hashOfPairs(kernel);
      map.set(KEY, 5n).set({ a: 7, b: 7 }, 7n);
      const key = actingKey(() => act(kernel, map));
      if (closes) assert.throws(() => call(map, key), isClosed);
      else assert.equal(call(map, key), answer);
    });
  }

  test(`set with a key and a value whose getters ${what}`, () => {
    const kernel = newKernel();
    const map = kernel.createMap({ type: "hash", key: pair, value: pair, maxEntries: 64 });
    const acting = actingKey(() => act(kernel, map as never));
    if (closes) {
      assert.throws(() => map.set(acting, acting), isClosed);
      return;
    }
    if (what === "sets another key") {
      // The value of this map is a pair, too.
      const own = actingKey(() => map.set({ a: 99, b: 2 }, { a: 98, b: 1 }));
      map.set(own, own);
      assert.equal(map.get({ a: 99, b: 2 }), { a: 98, b: 1 });
    } else {
      map.set(KEY, acting).set(acting, KEY);
    }
    assert.equal(map.get(KEY), KEY);
    assert.ok([...map.keys()].every((key) => (key.a === 1 && key.b === 3) || (key.a === 99 && key.b === 2)));
  });

  test(`setMany over iterables that ${what}`, () => {
    const kernel = newKernel();
    const map = hashOfPairs(kernel);
    function* entries(): Generator<[Pair, bigint]> {
      yield [KEY, 5n];
      act(kernel, map);
      yield [{ a: 2, b: 2 }, 6n];
    }
    if (closes) return assert.throws(() => map.setMany(entries()), isClosed);
    map.setMany(entries());
    assert.is(map.get(KEY), 5n);
    assert.is(map.get({ a: 2, b: 2 }), 6n);
    assert.equal(map.getMany(map.keys()).sort(), [...map.values()].sort());
  });

  test(`a codec of one's own that ${what} while it writes and reads`, () => {
    const kernel = newKernel();
    let busy = false;
    const acting = (): void => {
      if (busy) return;
      busy = true;
      try {
        if (what === "sets another key") map.set({ a: 99, b: 2 }, { a: 99, b: 2 });
        else act(kernel, map as never);
      } finally {
        busy = false;
      }
    };
    const word: Codec<Pair> = {
      name: "acting",
      size: 8,
      align: 4,
      kind: Kind.NONE,
      write(views, ptr, value) {
        views.u32[ptr >>> 2] = value.a;
        acting();
        views.u32[(ptr + 4) >>> 2] = value.b;
      },
      read(views, ptr) {
        const a = views.u32[ptr >>> 2];
        acting();
        return { a, b: views.u32[(ptr + 4) >>> 2] };
      },
    };
    const map = kernel.createMap({ type: "hash", key: word, value: word, maxEntries: 64 });
    if (closes) {
      assert.throws(() => map.set(KEY, KEY), isClosed);
      return;
    }
    map.set(KEY, KEY);
    assert.equal(map.get(KEY), KEY);
    assert.equal(map.getMany([KEY]), [KEY]);
    for (const [key, value] of map) if (key.a !== 99) assert.equal([key, value], [KEY, KEY]);
  });

  test(`a listener that ${what}`, () => {
    const kernel = newKernel();
    const map = hashOfPairs(kernel);
    map.set(KEY, 5n).set({ a: 7, b: 7 }, 7n);
    const stop = kernel.onCall(() => act(kernel, map));
    assert.is(map.get(KEY), 5n, "the answer is the command's, whatever the listener did behind it");
    if (closes) assert.throws(() => map.get(KEY), isClosed);
    else {
      assert.equal(map.getMany([KEY, { a: 50, b: 1 }]), [5n, undefined]);
      assert.is(map.take(KEY), 5n);
      assert.is(map.get(KEY), undefined);
    }
    stop();
    if (!closes) map.set(KEY, 6n);
    assert.is(map.closed ? 6n : map.get(KEY), 6n);
  });
}

test("a listener that empties a queue and reads into objects, behind a pop", () => {
  const kernel = newKernel();
  const queue = kernel.createMap({ type: "queue", value: u32, maxEntries: 4 });
  queue.push(1).push(2).push(3);
  const stop = kernel.onCall(() => void queue.pop());
  assert.is(queue.pop(), 1);
  stop();
  assert.is(queue.pop(), 3);
});

test("a listener that walks the map behind each batch of a walk", () => {
  const kernel = newKernel();
  const map = kernel.createMap({ type: "hash", key: u32, value: u32, maxEntries: 500 });
  for (let i = 0; i < 500; i++) map.set(i, i);
  const stop = kernel.onCall(() => void [...map.keys({ batch: 7 })]);
  const seen = [...map].map(([key, value]) => (assert.is(key, value), key));
  stop();
  assert.equal(seen.sort((a, b) => a - b), Array.from({ length: 500 }, (_, i) => i));
});

test("an object with setters that use the map while it is read into", () => {
  const kernel = newKernel();
  const map = kernel.createMap({ type: "hash", key: u32, value: pair, maxEntries: 4 });
  map.set(1, { a: 10, b: 11 }).set(2, { a: 20, b: 21 });
  const seen: number[] = [];
  const out = {
    set a(value: number) {
      seen.push(value);
      map.set(1, { a: 0, b: 0 }).delete(1);
      map.set(3, { a: 30, b: 31 });
    },
    set b(value: number) {
      seen.push(value);
    },
  };
  assert.ok(map.getInto(1, out as Pair));
  assert.equal(seen, [10, 11]);
});

test("arrays that are none: Proxies, lying lengths, detached and shrinking buffers", () => {
  const kernel = newKernel();
  const map = kernel.createMap({ type: "hash", key: bytes(16), value: bytes(100), maxEntries: 8 });
  const key = new Uint8Array(16).fill(1);
  const value = new Uint8Array(100).fill(2);
  map.set(key, value);
  const proxy = new Proxy(key, { get: (target, name) => (name === "length" ? 16 : ((map as { closed: boolean }).closed, Reflect.get(target, name, target))) });
  assert.throws(() => map.set(proxy, value), TypeError);
  assert.throws(() => map.set(key, new Proxy(value, { get: (target, name) => (name === "length" ? 100 : Reflect.get(target, name, target)) })), TypeError);
  assert.ok(!kernel.memory.buffer.byteLength || map.has(key));
  const long = new Uint8Array(4096).fill(3);
  Object.defineProperty(long, "length", { value: 100 });
  assert.throws(() => map.set(key, long), RangeError);
  const short = new Uint8Array(10).fill(4);
  Object.defineProperty(short, "length", { value: 100 });
  assert.throws(() => map.set(key, short), RangeError);
  const out = new Uint8Array(10);
  Object.defineProperty(out, "length", { value: 100 });
  assert.throws(() => map.getInto(key, out), RangeError);
  const gone = new Uint8Array(16);
  structuredClone(gone.buffer, { transfer: [gone.buffer] });
  assert.throws(() => map.get(gone), RangeError);
  assert.equal(map.get(key), value);
});

test("a list whose buffer is taken away while the other list is read", () => {
  const kernel = newKernel();
  const map = kernel.createMap({ type: "hash", key: u32, value: u32, maxEntries: 8 });
  const keys = new Uint32Array([1, 2, 3]);
  function* values(): Generator<number> {
    yield 1;
    structuredClone(keys.buffer, { transfer: [keys.buffer] });
    yield 2;
    yield 3;
  }
  assert.throws(() => map.setMany(keys, values()), RangeError);
  assert.is(map.count(), 0);
});

test("a spec is read once", () => {
  const kernel = newKernel();
  let reads = 0;
  const spec = {
    type: "hash" as const,
    key: u32,
    value: u32,
    get maxEntries() {
      return ++reads === 1 ? 1 : 1000;
    },
  };
  const map = kernel.createMap(spec);
  assert.is(reads, 1);
  assert.is(map.maxEntries, 1);
  assert.is(map.info().maxEntries, 1);
});

test("a codec whose size changes after the map was made", () => {
  const kernel = newKernel();
  let size = 8;
  const codec: Codec<Uint8Array> = {
    name: "growing",
    get size() {
      return size;
    },
    align: 1,
    kind: Kind.NONE,
    write: (views, ptr, value) => views.u8.set(value.subarray(0, 8), ptr),
    read: (views, ptr) => views.u8.slice(ptr, ptr + 8),
  };
  const map = kernel.createMap({ type: "hash", key: codec, value: codec, maxEntries: 4 });
  const other = kernel.createMap({ type: "hash", key: u32, value: utf8(8), maxEntries: 4 });
  size = 1 << 20;
  const eight = new Uint8Array(8).fill(7);
  map.set(eight, eight);
  other.set(1, "eight");
  assert.equal(map.get(eight), eight);
  assert.equal([...map], [[eight, eight]]);
  assert.equal(map.getMany([eight]), [eight]);
  assert.is(other.get(1), "eight");
});

test("an array that says it has another length than it has elements", () => {
  const kernel = newKernel();
  const map = kernel.createMap({ type: "hash", key: u32, value: array(u32, 2), maxEntries: 4 });
  const list = new Proxy([1, 2], { get: (target, name) => (name === "length" ? (map.set(9, [9, 9]), 2) : Reflect.get(target, name)) });
  map.set(1, list);
  assert.equal(map.get(1), [1, 2]);
  assert.equal(map.get(9), [9, 9]);
});

test("map objects are made by a kernel alone", () => {
  const Kernel = api.Kernel as unknown as new () => unknown;
  const HashMapClass = api.HashMap as unknown as new () => unknown;
  assert.throws(() => new Kernel(), /Kernel\.load\(\)/);
  assert.throws(() => new HashMapClass(), /createMap/);
});

test.run();
