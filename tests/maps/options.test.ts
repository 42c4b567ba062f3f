// Options that there are not are refused, with the names that there are and the one that may have been meant.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import * as api from "../../bindings/index.ts";
import { bytes, Kernel, u32 } from "../../bindings/index.ts";
import { checkLeaks } from "../harness/leak.ts";
import { newKernel } from "../harness/kernel.ts";

const kernel = newKernel();
const test = suite("options");
checkLeaks(test, kernel);

const hash = { type: "hash", key: u32, value: u32, maxEntries: 4 } as const;
const lacks = (name: string, meant?: string) => (error: unknown) =>
  error instanceof TypeError &&
  error.message.includes(`: there is no option "${name}", only `) &&
  (meant === undefined ? !error.message.includes("did you mean") : error.message.endsWith(`: did you mean "${meant}"?`));

/** [method, call with options, a misspelt one, what was meant]. */
const MISSPELT: [method: string, call: (options: any) => unknown, name: string, meant?: string][] = [
  ["load", (o) => Kernel.loadSync(o), "maxMemory"],
  ["load", (o) => Kernel.loadSync(o), "max_fds", "maxFds"],
  ["createMap", (o) => kernel.createMap({ ...hash, ...o }), "max_entires", "maxEntries"],
  ["createMap", (o) => kernel.createMap({ ...hash, ...o }), "max_entries", "maxEntries"],
  ["createMap", (o) => kernel.createMap({ ...hash, ...o }), "nmae", "name"],
  ["createMap, inner", (o) => kernel.createMap({ type: "array_of_maps", maxEntries: 1, inner: { ...hash, ...o } }), "flag", "flags"],
  ["openById", (o) => kernel.openById(1, o), "typ", "type"],
  ["openPinned", (o) => kernel.openPinned("/sys/fs/bpf/x", o), "values", "value"],
  ["openFd", (o) => kernel.openFd(3, o), "keys", "key"],
  ["mmap", (o) => kernel.mmap(3, o), "writeable", "writable"],
  ["failNext", (o) => kernel.failNext("ENOMEM", o), "afer", "after"],
  ["mkdir", (o) => kernel.bpffs.mkdir("/sys/fs/bpf/x", o), "recursiv", "recursive"],
];
const map = (): api.HashMap<number, number> => kernel.createMap(hash).set(1, 1);
const ring = (): api.RingBuffer => kernel.createMap({ type: "ringbuf", maxEntries: 4096 });
const lpm = () => kernel.createMap({ type: "lpm_trie", key: api.ipv4Prefix, value: u32, maxEntries: 4, flags: 1 });
/** The same of map objects. */
const MAPS: [method: string, make: () => api.BpfMap, call: (map: any, options: any) => unknown, name: string, meant?: string][] = [
  ["set", map, (m, o) => m.set(1, 2, o), "flag", "flags"],
  ["push", () => kernel.createMap({ type: "queue", value: u32, maxEntries: 1 }), (m, o) => m.push(1, o), "fags", "flags"],
  ["keys", map, (m, o) => [...m.keys(o)], "bach", "batch"],
  ["values", map, (m, o) => [...m.values(o)], "size"],
  ["entries", map, (m, o) => [...m.entries(o)], "batchSize"],
  ["drain", map, (m, o) => [...m.drain(o)], "btach", "batch"],
  ["entries of an array", () => kernel.createMap({ type: "array", value: u32, maxEntries: 1 }), (m, o) => [...m.entries(o)], "batches"],
  ["keys of a trie", lpm, (m, o) => [...m.keys(o)], "batc", "batch"],
  ["records", ring, (m, o) => m.records(o), "singal", "signal"],
  ["output", ring, (m, o) => m.output(new Uint8Array(1), o), "wakeup"],
  ["submit", ring, (m, o) => m.reserve(1).submit(o), "Flags", "flags"],
];

for (const [method, call, name, meant] of MISSPELT) {
  test(`${method} without ${name}`, () => {
    const { objects, openFds } = kernel.stats();
    assert.throws(() => call({ [name]: undefined }), lacks(name, meant));
    assert.equal([kernel.stats().objects, kernel.stats().openFds], [objects, openFds]);
  });
}
for (const [method, make, call, name, meant] of MAPS) {
  test(`${method} without ${name}`, () => {
    const made = make();
    assert.throws(() => call(made, { [name]: 1 }), lacks(name, meant));
    for (const options of [null, 5, "flags"]) {
      assert.throws(() => call(made, options), (error: unknown) => error instanceof TypeError && /: the options must be an object: current value is /.test(error.message));
    }
    made.close();
  });
}

test("mmap takes true or false", () => {
  assert.throws(() => kernel.mmap(3, { writable: 0 as never }), (error: unknown) => error instanceof TypeError && /must be true or false: current value is 0$/.test(error.message));
});

test("kernels, maps, records and bpffs are not made with new", () => {
  const abstract = ["BpfMap", "BucketMap", "IndexedMap", "KeyedMap", "KeylessMap", "MapOfMaps", "QueueStackMap"];
  const concrete = ["ArrayMap", "ArrayOfMaps", "BloomFilterMap", "HashMap", "HashOfMaps", "LpmTrieMap", "LruHashMap", "LruPercpuHashMap", "PercpuArrayMap", "PercpuHashMap", "QueueMap", "RingBuffer", "StackMap", "UserRingBuffer"];
  for (const name of [...abstract, ...concrete, "Kernel", "RingRecord", "Bpffs"]) {
    const Class = (api as unknown as { [name: string]: new (...args: unknown[]) => unknown })[name];
    for (const args of [[], [1], [{}, 3, { type: "hash", key: u32, value: bytes(4), keySize: 4, valueSize: 4 }]]) {
      assert.throws(() => new Class(...args), (error: unknown) => error instanceof TypeError && /^Cannot make an? \w+ with new: .* makes one$|^Cannot make a bpffs with new: /.test(error.message), `${name} ${args.length}`);
    }
  }
});

test.run();
