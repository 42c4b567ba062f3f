// How objects show themselves: a line of facts to who prints them, facts to JSON, and nothing of the engine to either.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import * as api from "../../bindings/index.ts";
import { bytes, ipv4Prefix, u32, u64 } from "../../bindings/index.ts";
import { newKernel } from "../harness/kernel.ts";

const test = suite("map/show");
const node = Symbol.for("nodejs.util.inspect.custom");
const deno = Symbol.for("Deno.customInspect");

/** What Node, and what Deno, prints of an object. */
function shown(object: object): string {
  const shows = object as { [name: symbol]: () => string };
  assert.is(shows[deno](), shows[node]());
  return shows[node]();
}

const kernel = newKernel();
const inner = { type: "array", value: u64, maxEntries: 4 } as const;

/** [spec, class, what follows its name in the line]. */
const MAPS: [spec: api.MapSpec, name: string, line: string][] = [
  [{ type: "hash", key: u32, value: u64, maxEntries: 1024, name: "flows" }, "HashMap", '"flows" { key: u32, value: u64, maxEntries: 1024, fd: FD }'],
  [{ type: "array", value: u64, maxEntries: 4 }, "ArrayMap", "{ key: u32, value: u64, maxEntries: 4, fd: FD }"],
  [{ type: "percpu_hash", key: u32, value: u64, maxEntries: 4 }, "PercpuHashMap", "{ key: u32, value: u64, maxEntries: 4, fd: FD }"],
  [{ type: "percpu_array", value: u64, maxEntries: 4 }, "PercpuArrayMap", "{ key: u32, value: u64, maxEntries: 4, fd: FD }"],
  [{ type: "lru_hash", key: bytes(16), value: u64, maxEntries: 4 }, "LruHashMap", "{ key: bytes(16), value: u64, maxEntries: 4, fd: FD }"],
  [{ type: "lru_percpu_hash", key: u32, value: u64, maxEntries: 4 }, "LruPercpuHashMap", "{ key: u32, value: u64, maxEntries: 4, fd: FD }"],
  [{ type: "lpm_trie", key: ipv4Prefix, value: u32, maxEntries: 4, flags: 1 }, "LpmTrieMap", "{ key: ipv4Prefix, value: u32, maxEntries: 4, fd: FD }"],
  [{ type: "array_of_maps", inner, maxEntries: 4 }, "ArrayOfMaps", "{ key: u32, value: u32, maxEntries: 4, fd: FD }"],
  [{ type: "hash_of_maps", key: u32, inner, maxEntries: 4 }, "HashOfMaps", "{ key: u32, value: u32, maxEntries: 4, fd: FD }"],
  [{ type: "queue", value: u32, maxEntries: 4 }, "QueueMap", "{ value: u32, maxEntries: 4, fd: FD }"],
  [{ type: "stack", value: u32, maxEntries: 4 }, "StackMap", "{ value: u32, maxEntries: 4, fd: FD }"],
  [{ type: "bloom_filter", value: u32, maxEntries: 4 }, "BloomFilterMap", "{ value: u32, maxEntries: 4, fd: FD }"],
  [{ type: "ringbuf", maxEntries: 4096 }, "RingBuffer", "{ maxEntries: 4096, fd: FD }"],
  [{ type: "user_ringbuf", maxEntries: 4096 }, "UserRingBuffer", "{ maxEntries: 4096, fd: FD }"],
];

for (const [spec, name, line] of MAPS) {
  test(`${name} shows itself`, () => {
    const map = kernel.createMap(spec) as api.BpfMap;
    assert.is(shown(map), `${name} ${line.replace("FD", String(map.fd))}`);
    assert.is(Object.prototype.toString.call(map), `[object ${name}]`);
    const json = JSON.parse(JSON.stringify(map));
    assert.equal([json.type, json.name, json.maxEntries, json.fd], [spec.type, spec.name ?? "", spec.maxEntries, map.fd]);
    for (const own of Reflect.ownKeys(map)) {
      const value = (map as unknown as { [name: string | symbol]: unknown })[own];
      assert.ok(typeof value !== "object" && typeof value !== "function", `${String(own)} is open to everybody`);
    }
    const fd = map.fd;
    map.close();
    assert.is(shown(map), `${name} ${line.replace(/, fd: FD| fd: FD/, ", closed")}`);
    assert.equal(JSON.parse(JSON.stringify(map)).closed, true);
    assert.is(kernel.close(fd), -9);
  });
}

test("a kernel, its bpffs and a record show themselves", () => {
  const own = newKernel({ cpus: 2 });
  const ring = own.createMap({ type: "ringbuf", maxEntries: 4096 });
  const { memoryBytes } = own.stats();
  assert.is(shown(own), `Kernel { maps: 1, fds: 1, cpus: 2, memoryBytes: ${memoryBytes} }`);
  assert.equal(JSON.parse(JSON.stringify(own)), { maps: 1, fds: 1, cpus: 2, memoryBytes });
  assert.is(own.constructor.name, "Kernel");
  assert.equal(Reflect.ownKeys(own), ["unclonable"]);
  assert.is(shown(own.bpffs), "Bpffs { root: /sys/fs/bpf }");
  const record = ring.reserve(8)!;
  assert.is(shown(record), "RingRecord { size: 8, state: reserved }");
  record.submit();
  assert.is(shown(record), "RingRecord { size: 8, state: submitted }");
  assert.equal(Reflect.ownKeys(record), ["unclonable"]);
  assert.is((ring as { kernel: unknown }).kernel, own);
});

test("iterators hold nothing that can be seen", () => {
  const map = kernel.createMap({ type: "hash", key: u32, value: u32, maxEntries: 4 });
  map.set(1, 2);
  for (const iterator of [map.keys(), map.values(), map.entries()]) {
    assert.equal(Reflect.ownKeys(iterator), []);
    assert.is(Object.prototype.toString.call(iterator), "[object BpfMap Iterator]");
  }
  assert.is(JSON.stringify([...map]), "[[1,2]]");
  map.close();
});

test("an info goes through JSON", () => {
  const map = kernel.createMap({ type: "bloom_filter", value: u32, maxEntries: 4, hashes: 3 });
  const info = map.info();
  assert.is(info.mapExtra, 3n);
  assert.equal(JSON.parse(JSON.stringify(info)), { ...info, mapExtra: 3 });
  assert.equal(JSON.parse(JSON.stringify({ ...info, toJSON: (info as { toJSON?: unknown }).toJSON, mapExtra: 2n ** 60n })).mapExtra, String(2n ** 60n));
  assert.equal(Object.keys(info).includes("toJSON"), false);
  map.close();
});

test("an error goes through JSON with its message", () => {
  const error = new api.BpfError(-2, "BPF_MAP_UPDATE_ELEM", "Cannot update map: no", 1);
  const json = { name: "BpfError", message: "Cannot update map: no; 1 element before it is done", errno: -2, code: "ENOENT", command: "BPF_MAP_UPDATE_ELEM", syscall: "bpf", done: 1 };
  assert.equal(JSON.parse(JSON.stringify(error)), json);
  const fails: [fn: () => unknown, json: object][] = [
    [() => kernel.bpffs.unlink("/sys/fs/bpf/none"), { name: "BpffsError", code: "ENOENT", path: "/sys/fs/bpf/none", syscall: "unlink" }],
    [() => newKernel({ snapshot: new Uint8Array(1) }), { name: "SnapshotError", code: "ERR_SNAPSHOT_INVALID" }],
    [() => kernel.restore(new Uint8Array(1)), { name: "DumpError", code: "ERR_BPF_MAPS_DUMP" }],
  ];
  for (const [fn, facts] of fails) {
    assert.throws(fn, (error: Error) => {
      const json = JSON.parse(JSON.stringify(error));
      assert.is(json.message, error.message);
      for (const [name, value] of Object.entries(facts)) assert.is(json[name], value);
      return true;
    });
  }
});

test.run();
