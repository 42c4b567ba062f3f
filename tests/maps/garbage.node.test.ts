// The hot path allocates nothing; harness/garbage.ts says how that is measured.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { bytes, i32, u16, u32, u8 } from "../../bindings/index.ts";
import { bytesPerCall, NOISE } from "../harness/garbage.ts";
import { newKernel } from "../harness/kernel.ts";

const kernel = newKernel({ seed: 1 });
const test = suite("garbage");

test("the measurement sees garbage where there is some", () => {
  const sink: unknown[] = [null];
  const seen = bytesPerCall((calls) => {
    for (let i = 0; i < calls; i++) sink[0] = { i };
  }, 500);
  assert.ok(seen > 8, `only ${seen} bytes per object were seen`);
});

const hash = kernel.createMap({ type: "hash", key: u32, value: u32, maxEntries: 256 });
const small = kernel.createMap({ type: "hash", key: u16, value: i32, maxEntries: 256 });
const wide = kernel.createMap({ type: "hash", key: bytes(16), value: bytes(16), maxEntries: 256 });
const long = kernel.createMap({ type: "hash", key: u32, value: bytes(512), maxEntries: 256 });
const counters = kernel.createMap({ type: "array", value: u8, maxEntries: 256 });
const key = new Uint8Array(16);
const value = new Uint8Array(16);
const longValue = new Uint8Array(512);
for (let i = 0; i < 128; i++) {
  hash.set(i, i);
  small.set(i, i);
  key[0] = i;
  wide.set(key, value);
  long.set(i, longValue);
}

/** What the cases have read: 32-bit, since a sum beyond would be a heap object itself. */
let seen = 0;
type Body = (i: number) => number;
const loopOf = (body: Body) => (calls: number): void => {
  let sum = 0;
  for (let i = 0; i < calls; i++) sum = (sum + body(i)) | 0;
  seen |= sum;
};

const CASES: [name: string, body: Body][] = [
  ["get of a present key", (i) => hash.get(i & 127)!],
  ["get of an absent key", (i) => hash.get(1000 + i) ?? 1],
  ["has", (i) => (hash.has(i & 255) ? 1 : 0)],
  ["set of a present key", (i) => (hash.set(i & 127, i & 0xffff) === hash ? 1 : 0)],
  ["delete", (i) => (hash.set(200, i).delete(200) ? 1 : 0)],
  ["add and replace", (i) => (hash.add(5, i) ? 1 : 0) + (hash.replace(5, i) ? 2 : 0)],
  ["other scalars", (i) => small.set(i & 127, -i).get(i & 127)!],
  ["array get and set", (i) => counters.set(i & 255, i & 255).get(i & 255)!],
  ["getInto, 16 bytes", (i) => ((key[0] = i & 127), wide.getInto(key, value) ? 1 : 0)],
  ["getInto and has, 16 bytes, absent", (i) => ((key[0] = 128 | i), wide.getInto(key, value) || wide.has(key) ? 1 : 2)],
  ["has, 16 bytes", (i) => ((key[0] = i & 127), wide.has(key) ? 1 : 0)],
  ["set, 16 bytes", (i) => ((key[0] = i & 127), wide.set(key, value) === wide ? 1 : 0)],
  ["getInto, 512 bytes", (i) => (long.getInto(i & 127, longValue) ? 1 : 0)],
];

for (const [name, body] of CASES) {
  test(`${name} leaves no garbage`, () => {
    const perCall = bytesPerCall(loopOf(body));
    assert.ok(perCall < NOISE, `${perCall.toFixed(2)} bytes per call`);
  });
}

test("the cases did what they say", () => {
  assert.is.not(seen, 0);
  for (const map of [hash, small, wide, long, counters]) map.close();
});

test.run();
