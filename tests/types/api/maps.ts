// What specs make, and which specs, options and arguments do not compile.
import {
  bytes, Kernel, struct, u16, u32, u64, utf8, array, ipv4Prefix,
  type ArrayMap, type BpfMap, type HashMap, type HashSpec, type LpmTrieMap, type QueueMap, type RingBuffer,
} from "bpf-maps"; // prettier-ignore
import { type Equal, expect } from "./equal.ts";

const kernel = Kernel.loadSync({ cpus: 2, maxFds: 64, seed: 1 });

const key = struct({ host: u32, ports: array(u16, 2) });
const flows = kernel.createMap({ type: "hash", key, value: u64, maxEntries: 4 });
expect<Equal<typeof flows, HashMap<{ host: number; ports: number[] }, bigint>>>();
const value = flows.set({ host: 1, ports: [2, 3] }, 4).get({ host: 1, ports: [2, 3] });
expect<Equal<typeof value, bigint | undefined>>();
const names = kernel.createMap({ type: "array", value: utf8(8), maxEntries: 4 });
expect<Equal<typeof names, ArrayMap<string>>>();
const jobs = kernel.createMap({ type: "queue", value: u32, maxEntries: 4 });
expect<Equal<typeof jobs, QueueMap<number>>>();
const ring = kernel.createMap({ type: "ringbuf", maxEntries: 4096 });
expect<Equal<typeof ring, RingBuffer>>();
const routes = kernel.createMap({ type: "lpm_trie", key: ipv4Prefix, value: u32, maxEntries: 4 });
expect<Equal<typeof routes, LpmTrieMap<string, number>>>();
const spec: HashSpec<number, Uint8Array> = { type: "hash", key: u32, value: bytes(4), maxEntries: 4 };
const fromSpec = kernel.createMap(spec);
expect<Equal<typeof fromSpec, HashMap<number, Uint8Array>>>();
const typed = kernel.openById(1, { type: "hash", key: u32, value: u64 });
expect<Equal<typeof typed, HashMap<number, bigint>>>();
const plain = kernel.openById(1, { type: "hash" });
expect<Equal<typeof plain, HashMap<Uint8Array, Uint8Array>>>();
const any = kernel.openById(1);
expect<Equal<typeof any, BpfMap>>();
const begun = kernel.createMap({ type: "hash", key: u32, value: u64, maxEntries: 4, entries: [[1, 2n], [2, 3]] });
expect<Equal<typeof begun, HashMap<number, bigint>>>();
kernel.createMap({ type: "percpu_array", value: u32, maxEntries: 4, entries: new Map<number, number | number[]>([[1, 2], [2, [3, 4]]]) });
kernel.createMap({ type: "lpm_trie", key: ipv4Prefix, value: u32, maxEntries: 4, entries: [["10.0.0.0/8", 1]] });
kernel.createMap({ type: "hash_of_maps", key: u32, inner: fromSpec, maxEntries: 4, entries: [[1, fromSpec]] });

// @ts-expect-error: a value of another type
kernel.createMap({ type: "hash", key: u32, value: u64, maxEntries: 4, entries: [[1, "2"]] });
// @ts-expect-error: a key of another type
kernel.createMap({ type: "array", value: u64, maxEntries: 4, entries: new Map([["1", 2n]]) });
// @ts-expect-error: a queue has no keys
kernel.createMap({ type: "queue", value: u64, maxEntries: 4, entries: [] });
// @ts-expect-error: a field is missing
flows.get({ host: 1 });
// @ts-expect-error: values are numbers of 64 bits
flows.set({ host: 1, ports: [2, 3] }, "4");
// @ts-expect-error: an array has numbers as keys
names.get("1");
// @ts-expect-error: a hash needs a key
kernel.createMap({ type: "hash", value: u32, maxEntries: 1 });
// @ts-expect-error: there is no such type
kernel.createMap({ type: "table", value: u32, maxEntries: 1 });
// @ts-expect-error: maxEntries is missing
kernel.createMap({ type: "array", value: u32 });
// @ts-expect-error: misspelt
kernel.createMap({ type: "array", value: u32, maxEntires: 1 });
// @ts-expect-error: misspelt, and optional
kernel.createMap({ type: "array", value: u32, maxEntries: 1, flgas: 1 });
// @ts-expect-error: an option of another type
kernel.createMap({ type: "array", value: u32, maxEntries: 1, hashes: 3 });
// @ts-expect-error: misspelt
kernel.openById(1, { type: "hash", kye: u32 });
// @ts-expect-error: misspelt
kernel.openPinned("/sys/fs/bpf/x", { typ: "hash" });
// @ts-expect-error: misspelt
Kernel.loadSync({ cpu: 2 });
