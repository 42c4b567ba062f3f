// What the compiler infers from codecs. `npm run typecheck` is the test; running it shows that the values agree.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { array, bytes, struct, u16, u32, u64, utf8 } from "../../bindings/index.ts";
import type { ArrayMap, Codec, HashMap, HashSpec, TypeOf } from "../../bindings/index.ts";
import { newKernel } from "../harness/kernel.ts";

const test = suite("types");
const kernel = newKernel();

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(yes: Same<A, B>): void => assert.is(yes, true);

test("maps are typed by their codecs", () => {
  const key = struct({ host: u32, ports: array(u16, 2) });
  const map = kernel.createMap({ type: "hash", key, value: u64, maxEntries: 4 });
  same<typeof map, HashMap<{ host: number; ports: number[] }, bigint>>(true);
  const value = map.set({ host: 1, ports: [2, 3] }, 4).get({ host: 1, ports: [2, 3] });
  same<typeof value, bigint | undefined>(true);
  assert.is(value, 4n);
  // @ts-expect-error: a field is missing
  assert.throws(() => map.get({ host: 1 }));
  // @ts-expect-error: values are numbers of 64 bits
  assert.throws(() => map.set({ host: 1, ports: [2, 3] }, "4"));
  const counters = kernel.createMap({ type: "array", value: utf8(8), maxEntries: 4 });
  same<typeof counters, ArrayMap<string>>(true);
  // @ts-expect-error: an array has numbers as keys
  assert.throws(() => counters.get("1"));
  same<TypeOf<typeof key>, { host: number; ports: number[] }>(true);
});

test("a spec in a variable keeps its types", () => {
  const spec: HashSpec<number, Uint8Array> = { type: "hash", key: u32, value: bytes(4), maxEntries: 4 };
  const map = kernel.createMap(spec);
  same<typeof map, HashMap<number, Uint8Array>>(true);
  const codec: Codec<bigint> = u64;
  assert.is(codec.size, 8);
});

test("wrong specs do not compile", () => {
  // @ts-expect-error: a hash needs a key
  assert.throws(() => kernel.createMap({ type: "hash", value: u32, maxEntries: 1 }));
  // @ts-expect-error: there is no such type
  assert.throws(() => kernel.createMap({ type: "table", value: u32, maxEntries: 1 }));
  // @ts-expect-error: maxEntries is missing
  assert.throws(() => kernel.createMap({ type: "array", value: u32 }));
});

test("opened maps are typed by what was asked for", () => {
  const id = kernel.createMap({ type: "hash", key: u32, value: u64, maxEntries: 4 }).info().id;
  const typed = kernel.openById(id, { type: "hash", key: u32, value: u64 });
  same<typeof typed, HashMap<number, bigint>>(true);
  const plain = kernel.openById(id, { type: "hash" });
  same<typeof plain, HashMap<Uint8Array, Uint8Array>>(true);
  assert.equal([...plain], [...typed]);
});

test("maps are disposable", () => {
  const map: Disposable = kernel.createMap({ type: "array", value: u32, maxEntries: 1 });
  map[Symbol.dispose]?.();
});

test.run();
