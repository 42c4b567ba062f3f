// The hot paths of the map types leave no garbage either; how that is measured is in tests/maps/garbage.node.test.ts.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { BPF_EXIST, BPF_F_NO_PREALLOC, bytes, ipv4Prefix, ipv6Prefix, u32 } from "../../bindings/index.ts";
import { bytesPerCall, NOISE } from "../harness/garbage.ts";
import { newKernel } from "../harness/kernel.ts";

const kernel = newKernel({ seed: 1, cpus: 2 });
const test = suite("map/garbage");

const percpu = kernel.createMap({ type: "percpu_hash", key: u32, value: u32, maxEntries: 256 });
const lru = kernel.createMap({ type: "lru_hash", key: u32, value: u32, maxEntries: 256 });
const v4 = kernel.createMap({ type: "lpm_trie", key: ipv4Prefix, value: u32, maxEntries: 256, flags: BPF_F_NO_PREALLOC });
const v6 = kernel.createMap({ type: "lpm_trie", key: ipv6Prefix, value: u32, maxEntries: 256, flags: BPF_F_NO_PREALLOC });
const queue = kernel.createMap({ type: "queue", value: u32, maxEntries: 4 });
const stack = kernel.createMap({ type: "stack", value: bytes(16), maxEntries: 4 });
const bloom = kernel.createMap({ type: "bloom_filter", value: bytes(16), maxEntries: 256 });
const hash = kernel.createMap({ type: "hash", key: u32, value: u32, maxEntries: 2048 });
const ring = kernel.createMap({ type: "ringbuf", maxEntries: 4096 });

let seen = 0;
const pair = [0, 0];
const address = new Uint8Array([10, 0, 0, 1]);
const wide = new Uint8Array(16);
const value = new Uint8Array(16);
const record = new Uint8Array(64);
const look = (data: Uint8Array): void => void (seen |= data[0]);
const overwrite = { flags: BPF_EXIST };
for (let i = 0; i < 128; i++) percpu.set(i, i);
v4.set("0.0.0.0/0", 1).set("10.0.0.0/8", 2).set("10.0.0.1", 3);
v6.set("::/0", 1).set("1::/16", 2);
const keys = Uint32Array.from({ length: 1024 }, (_, i) => i * 2);
const values = new Uint32Array(1024);
hash.setMany(keys, keys);

type Body = (i: number) => number;
const CASES: [name: string, body: Body][] = [
  ["per-CPU getInto an array", (i) => (percpu.getInto(i & 127, pair) ? pair[0] : 0)],
  ["per-CPU set of one value and of a list", (i) => (percpu.set(i & 127, i & 0xffff).set(i & 127, pair) === percpu ? 1 : 0)],
  ["per-CPU sum", (i) => percpu.sum(i & 127)!],
  ["LRU set, get and eviction", (i) => lru.set(i & 1023, i & 0xffff).get(i & 1023)!],
  ["LPM lookup of a number", (i) => v4.lookup(0x0a000000 + (i & 3))!],
  ["LPM lookup of bytes", (i) => ((address[3] = i & 3), v4.lookup(address)!)],
  ["LPM lookup of IPv6 bytes", (i) => ((wide[1] = i & 1), v6.lookup(wide)!)],
  ["queue push and pop", (i) => queue.push(i & 0xffff).pop()!],
  ["queue push over the oldest, and peek", (i) => queue.push(i & 0xffff, overwrite).peek()!],
  ["stack push and popInto", (i) => ((value[0] = i), stack.push(value).popInto(wide) ? wide[0] : 0)],
  ["bloom add and has", (i) => ((value[0] = i), bloom.add(value).has(value) ? 1 : 0)],
  ["ring buffer output and drain", (i) => ((record[0] = i), ring.output(record) ? ring.drain(look) : 0)],
  ["ring buffer output and consumeInto", (i) => ((record[0] = i), ring.output(record) ? ring.consumeInto(record)! : 0)],
];

for (const [name, body] of CASES) {
  test(`${name}: no garbage`, () => {
    const perCall = bytesPerCall((calls) => {
      let sum = 0;
      for (let i = 0; i < calls; i++) sum = (sum + body(i)) | 0;
      seen |= sum;
    });
    assert.ok(perCall < NOISE, `${perCall.toFixed(2)} bytes per call`);
  });
}

test("getManyInto of typed arrays: none per key", () => {
  const perCall = bytesPerCall((calls) => {
    for (let i = 0; i < calls; i += 1024) seen |= hash.getManyInto(keys, values);
  });
  // A few views for each call are some bytes per key; an object for each key would be 12 at least.
  assert.ok(perCall < 8, `${perCall.toFixed(2)} bytes per key`);
});

test("the cases did what they say", () => {
  assert.is.not(seen, 0);
  for (const map of [percpu, lru, v4, v6, queue, stack, bloom, hash, ring]) map.close();
});

test.run();
