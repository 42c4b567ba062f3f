// Walks over a hash that changes meanwhile: they end, meet nothing twice, and leave out what was deleted before its turn.
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { BPF_F_NO_PREALLOC, BPF_MAP_DELETE_ELEM, bytes, u32, u8 } from "../../bindings/index.ts";
import type { HashMap } from "../../bindings/index.ts";
import { newKernel } from "../harness/kernel.ts";
import { checkLeaks } from "../harness/leak.ts";

const kernel = newKernel();
const test = suite("iteration");
checkLeaks(test, kernel);

function filled(count: number, maxEntries = count + 200): HashMap<number, number> {
  const map = kernel.createMap({ type: "hash", key: u32, value: u32, maxEntries });
  for (let key = 0; key < count; key++) map.set(key, key);
  return map;
}

test("deleting each key in its turn empties the map in one walk", () => {
  const map = filled(3000);
  let met = 0;
  for (const key of map.keys()) {
    assert.is(map.delete(key), true);
    met++;
  }
  assert.is(met, 3000);
  assert.is(map.count(), 0);
  map.close();
});

test("what is deleted before its turn is not met, and nothing is met twice", () => {
  const map = filled(2000);
  const met = new Set<number>();
  const gone = new Set<number>();
  for (const [key] of map) {
    assert.not.ok(gone.has(key), `${key} was deleted before`);
    assert.not.ok(met.has(key), `${key} was met before`);
    met.add(key);
    const other = (key + 1) % 2000;
    if (!met.has(other) && map.delete(other)) gone.add(other);
  }
  assert.is(met.size + gone.size, 2000);
  map.close();
});

test("a value that changes before its turn is met as it is then", () => {
  const map = filled(500);
  let round = 0;
  for (const [key, value] of map) {
    if (round++ > 0) assert.is(value, key + 1000);
    else for (let other = 0; other < 500; other++) if (other !== key) map.set(other, other + 1000);
  }
  assert.is(round, 500);
  map.close();
});

test("changes through the raw surface and through another object count too", () => {
  const map = filled(300);
  const other = map.dup();
  const met: number[] = [];
  for (const key of map.keys()) {
    if (met.length === 0) {
      for (let k = 0; k < 300; k++) if (k !== key && k % 2 === 0) other.delete(k);
      for (let k = 0; k < 300; k++) {
        if (k !== key && k % 2 === 1 && k % 3 === 0) kernel.bpf(BPF_MAP_DELETE_ELEM, { map_fd: map.fd, key: new Uint32Array([k]) });
      }
    }
    met.push(key);
  }
  const [first, ...rest] = met;
  assert.ok(rest.every((key) => key % 2 === 1 && key % 3 !== 0));
  assert.is(rest.length, 100 - (first % 2 === 1 && first % 3 !== 0 ? 1 : 0));
  other.close();
  map.close();
});

test("keys that come back or are added meanwhile do not make a walk endless", () => {
  const map = filled(1000, 4000);
  let met = 0;
  let added = 1000;
  for (const key of map.keys()) {
    met++;
    map.delete(key);
    map.set(key, 0);
    if (added < 3000) map.set(added++, 0);
  }
  assert.ok(met >= 1000 && met <= 3000, `met ${met}`);
  map.close();
});

test("walks inside walks are independent", () => {
  const map = filled(40);
  let pairs = 0;
  for (const outer of map.keys()) for (const inner of map.keys()) if (outer < inner) pairs++;
  assert.is(pairs, (40 * 39) / 2);
  map.close();
});

test("a walk that ended stays ended, and return ends it", () => {
  const map = filled(5);
  const walk = map.keys();
  assert.is([...walk].length, 5);
  map.set(100, 1);
  assert.equal(walk.next(), { value: undefined, done: true });
  const second = map.entries();
  second.next();
  assert.equal(second.return!(), { value: undefined, done: true });
  assert.equal(second.next(), { value: undefined, done: true });
  map.close();
});

test("crowded buckets, tiny maps and large elements", () => {
  // With 1-byte keys and few buckets a bucket holds more elements than a first batch asks for.
  for (const [maxEntries, count] of [[1, 1], [2, 2], [256, 256]] as const) {
    const map = kernel.createMap({ type: "hash", key: u8, value: u8, maxEntries });
    for (let key = 0; key < count; key++) map.set(key, key);
    assert.equal([...map.keys()].sort((a, b) => a - b), Array.from({ length: count }, (_, key) => key));
    map.close();
  }
  const large = kernel.createMap({ type: "hash", key: u32, value: bytes(200_000), maxEntries: 20, flags: BPF_F_NO_PREALLOC });
  for (let key = 0; key < 20; key++) large.set(key, new Uint8Array(200_000).fill(key));
  assert.is(large.count(), 20);
  for (const [key, value] of large) assert.ok(value[0] === key && value[199_999] === key);
  large.close();
});

test("random changes during a walk keep the rules", () => {
  const change = fc.tuple(fc.constantFrom("set", "delete", "none"), fc.nat(60));
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(60), { minLength: 1, maxLength: 50 }), fc.array(change, { maxLength: 100 }), (keys, changes) => {
      const map = kernel.createMap({ type: "hash", key: u32, value: u32, maxEntries: 64 });
      const model = new Map<number, number>();
      const put = (key: number, value: number) => void (map.set(key, value), model.set(key, value));
      for (const key of keys) put(key, 0);
      const untouched = new Set(keys);
      const met = new Set<number>();
      let step = 0;
      for (const [key, value] of map) {
        assert.not.ok(met.has(key), "met twice");
        assert.is(model.get(key), value, "present, with its value of now");
        met.add(key);
        const [op, other] = changes[step++] ?? ["none", 0];
        if (op !== "none") untouched.delete(other);
        if (op === "set") put(other, step);
        if (op === "delete") assert.is(map.delete(other), model.delete(other));
      }
      for (const key of untouched) assert.ok(met.has(key), `${key} was there all the time and was not met`);
      map.close();
    }),
    { numRuns: 100 },
  );
});

test.run();
