// What the compiler infers for each map type. `npm run typecheck` is the test; running it shows that the values agree.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { BPF_F_NO_PREALLOC, bytes, ipv4Prefix, prefixBytes, u32, u64 } from "../../bindings/index.ts";
import type {
  BloomFilterMap,
  BytesPrefix,
  LpmTrieMap,
  LruHashMap,
  LruPercpuHashMap,
  PercpuArrayMap,
  PercpuHashMap,
  PrefixMatch,
  QueueMap,
  StackMap,
} from "../../bindings/index.ts";
import { newKernel } from "../harness/kernel.ts";

const test = suite("map/types");
const kernel = newKernel();

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(yes: Same<A, B>): void => assert.is(yes, true);

test("per-CPU maps give arrays, and take one value or many", () => {
  const map = kernel.createMap({ type: "percpu_hash", key: u32, value: u64, maxEntries: 4 });
  same<typeof map, PercpuHashMap<number, bigint>>(true);
  const value = map.set(1, 2n).set(2, [3]).get(1);
  same<typeof value, bigint[] | undefined>(true);
  const sum = map.sum(2);
  same<typeof sum, bigint | undefined>(true);
  assert.is(sum, 3n);
  const entries = [...map.drain()];
  same<typeof entries, [number, bigint[]][]>(true);
  // @ts-expect-error: values are numbers of 64 bits
  assert.throws(() => map.set(1, "2"));
  // @ts-expect-error: and so are those of a list
  assert.throws(() => map.set(1, ["2"]));
  const counters = kernel.createMap({ type: "percpu_array", value: bytes(4), maxEntries: 4 });
  same<typeof counters, PercpuArrayMap<Uint8Array>>(true);
  const lru = kernel.createMap({ type: "lru_percpu_hash", key: bytes(4), value: u32, maxEntries: 4 });
  same<typeof lru, LruPercpuHashMap<Uint8Array, number>>(true);
});

test("LRU maps and tries are typed by their codecs", () => {
  const lru = kernel.createMap({ type: "lru_hash", key: u32, value: u64, maxEntries: 4 });
  same<typeof lru, LruHashMap<number, bigint>>(true);
  const many = lru.set(1, 2).getMany([1, 2]);
  same<typeof many, (bigint | undefined)[]>(true);
  assert.equal(many, [2n, undefined]);
  const trie = kernel.createMap({ type: "lpm_trie", key: ipv4Prefix, value: u32, maxEntries: 4, flags: BPF_F_NO_PREALLOC });
  same<typeof trie, LpmTrieMap<string, number>>(true);
  const match = trie.set("10.0.0.0/8", 1).match("10.1.1.1");
  same<typeof match, PrefixMatch<string, number> | undefined>(true);
  // @ts-expect-error: a prefix is text
  assert.throws(() => trie.set(10, 1));
  assert.is(trie.get(0x0a010101), 1);
  const data = kernel.createMap({ type: "lpm_trie", key: prefixBytes(2), value: u32, maxEntries: 4, flags: BPF_F_NO_PREALLOC });
  same<typeof data, LpmTrieMap<BytesPrefix, number>>(true);
  assert.is(data.set({ prefixlen: 3, data: new Uint8Array(2) }, 5).lookup(new Uint8Array(2)), 5);
});

test("maps without keys are typed by their values", () => {
  const queue = kernel.createMap({ type: "queue", value: u64, maxEntries: 4 });
  same<typeof queue, QueueMap<bigint>>(true);
  const popped = queue.push(1).pop();
  same<typeof popped, bigint | undefined>(true);
  assert.is(popped, 1n);
  const stack = kernel.createMap({ type: "stack", value: bytes(4), maxEntries: 4 });
  same<typeof stack, StackMap<Uint8Array>>(true);
  const bloom = kernel.createMap({ type: "bloom_filter", value: u32, maxEntries: 4, hashes: 3 });
  same<typeof bloom, BloomFilterMap<number>>(true);
});

test("opened maps have the class that was asked for", () => {
  const { id } = kernel.createMap({ type: "percpu_hash", key: u32, value: u64, maxEntries: 4 }).set(1, 2n).info();
  const opened = kernel.openById(id, { type: "percpu_hash", key: u32, value: u64 });
  same<typeof opened, PercpuHashMap<number, bigint>>(true);
  assert.is(opened.sum(1), 2n);
});

test.run();
