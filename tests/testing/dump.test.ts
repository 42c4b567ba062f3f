// Dumps: what they hold comes back, what they do not hold is said, and damage is refused.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { BPF_F_NO_PREALLOC, BPF_MAP_CREATE, BPF_MAP_FREEZE, BPF_MAP_TYPE_BLOOM_FILTER, DumpError } from "../../bindings/index.ts";
import { BPF_MAP_TYPE_RINGBUF, bytes, type Kernel, u32, u64, u8 } from "../../bindings/index.ts";
import { newKernel } from "../harness/kernel.ts";

const test = suite("dump");
const DIR = "/sys/fs/bpf/d";

/** One map of each kind, all pinned. */
function sampleKernel(): Kernel {
  const kernel = newKernel({ cpus: 2 });
  kernel.bpffs.mkdir(DIR);
  const hash = kernel.createMap({ type: "hash", key: u32, value: u64, maxEntries: 9, name: "hash" });
  hash.set(7, 2n ** 64n - 1n);
  hash.set(0xffffffff, 1n);
  hash.pin(`${DIR}/hash`);
  hash.pin("/sys/fs/bpf/again");
  const array = kernel.createMap({ type: "array", key: u32, value: u32, maxEntries: 4, name: "array" });
  array.set(2, 5);
  array.pin(`${DIR}/array`);
  kernel.bpf(BPF_MAP_FREEZE, { map_fd: array.fd });
  const percpu = kernel.createMap({ type: "percpu_hash", key: u8, value: bytes(3), maxEntries: 4, name: "percpu" });
  percpu.set(1, [Uint8Array.of(1, 2, 3), Uint8Array.of(4, 5, 6)]);
  percpu.pin(`${DIR}/percpu`);
  const lru = kernel.createMap({ type: "lru_hash", key: u32, value: u32, maxEntries: 4 });
  for (let key = 0; key < 3; key++) lru.set(key, key);
  lru.pin(`${DIR}/lru`);
  const trie = kernel.createMap({ type: "lpm_trie", key: bytes(8), value: u32, maxEntries: 4, flags: BPF_F_NO_PREALLOC });
  trie.set(Uint8Array.of(8, 0, 0, 0, 10, 0, 0, 0), 10);
  trie.pin(`${DIR}/trie`);
  for (const type of ["queue", "stack"] as const) {
    const map = kernel.createMap({ type, value: u32, maxEntries: 4 });
    for (const value of [1, 2, 3]) map.push(value);
    map.pin(`${DIR}/${type}`);
  }
  const outer = kernel.createMap({ type: "hash_of_maps", key: u32, maxEntries: 4, inner: hash });
  outer.set(5, hash);
  outer.pin(`${DIR}/outer`);
  return kernel;
}

const textOf = (dump: Uint8Array): string => new TextDecoder().decode(dump);
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

test("everything that can be read comes back, and a dump of it is the same", () => {
  const kernel = sampleKernel();
  const again = newKernel({ dump: kernel.dump() });
  assert.is(again.cpus, 2);
  const open = { type: "hash", key: u32, value: u64 } as const;
  const hash = again.openPinned("/sys/fs/bpf/again", open);
  assert.equal([hash.get(7), hash.get(0xffffffff)], [2n ** 64n - 1n, 1n]);
  assert.is(hash.info().id, again.openPinned(`${DIR}/hash`, open).info().id);
  assert.is(hash.info().name, "hash");
  const array = again.openPinned(`${DIR}/array`, { type: "array", key: u32, value: u32 });
  assert.is(array.get(2), 5);
  assert.throws(() => array.set(2, 6), /frozen/);
  const percpu = again.openPinned(`${DIR}/percpu`, { type: "percpu_hash", key: u8, value: bytes(3) });
  assert.equal(percpu.get(1), [Uint8Array.of(1, 2, 3), Uint8Array.of(4, 5, 6)]);
  const lru = again.openPinned(`${DIR}/lru`, { type: "lru_hash", key: u32, value: u32 });
  assert.is(lru.get(2), 2);
  assert.is(again.openPinned(`${DIR}/queue`, { type: "queue", value: u32 }).pop(), 1);
  assert.is(again.openPinned(`${DIR}/stack`, { type: "stack", value: u32 }).pop(), 3);
  assert.equal(again.bpffs.readdir("/sys/fs/bpf").sort(), ["again", "d"]);
  // Ids are given anew, in the order of the dump, which is the order of ids here; the order of elements is the seed's.
  const sorted = (dump: Uint8Array): string[] => textOf(dump).split("\n").sort();
  assert.equal(sorted(newKernel({ dump: kernel.dump() }).dump()), sorted(kernel.dump()));
});

test("taking a dump changes nothing", () => {
  const kernel = sampleKernel();
  const dump = textOf(kernel.dump());
  const before = kernel.stats();
  assert.is(textOf(kernel.dump()), dump);
  assert.equal(kernel.stats(), before);
  assert.is(kernel.openPinned(`${DIR}/queue`, { type: "queue", value: u32 }).pop(), 1);
  assert.is(kernel.openPinned(`${DIR}/stack`, { type: "stack", value: u32 }).pop(), 3);
});

test("the lines are as docs/dump.md has them", () => {
  const kernel = newKernel();
  const map = kernel.createMap({ type: "hash", key: u32, value: u32, maxEntries: 2, name: "m", flags: BPF_F_NO_PREALLOC });
  map.set(1, 2);
  map.pin("/sys/fs/bpf/m");
  assert.is(
    textOf(kernel.dump()),
    '{"dump":"bpf-maps","version":1,"cpus":1}\n' +
      '{"map":1,"type":"hash","map_type":1,"key_size":4,"value_size":4,"max_entries":2,"map_flags":1,"map_extra":"0","name":"m","frozen":false}\n' +
      '{"key":"01000000","value":"02000000"}\n' +
      '{"pin":"/sys/fs/bpf/m","map":1}\n' +
      '{"end":{"maps":1,"elements":1}}\n',
  );
});

/** A dump as version 1 wrote it; every later version has to read it. */
const VERSION_1 = `{"dump":"bpf-maps","version":1,"cpus":2}
{"map":3,"type":"array","map_type":2,"key_size":4,"value_size":4,"max_entries":2,"map_flags":0,"map_extra":"0","name":"in","frozen":false}
{"key":"01000000","value":"2a000000"}
{"map":9,"type":"percpu_array","map_type":6,"key_size":4,"value_size":2,"max_entries":1,"map_flags":0,"map_extra":"0","name":"cpu","frozen":true}
{"key":"00000000","values":["0100","0200"]}
{"map":4,"type":"stack","map_type":23,"key_size":0,"value_size":1,"max_entries":3,"map_flags":0,"map_extra":"0","name":"","frozen":false}
{"value":"09"}
{"value":"08"}
{"map":5,"type":"array_of_maps","map_type":12,"key_size":4,"value_size":4,"max_entries":2,"map_flags":0,"map_extra":"0","name":"out","frozen":false,"inner":3}
{"key":"01000000","inner":3}
{"folder":"/sys/fs/bpf/d","mode":448}
{"pin":"/sys/fs/bpf/d/out","map":5}
{"pin":"/sys/fs/bpf/cpu","map":9}
{"pin":"/sys/fs/bpf/stack","map":4}
{"end":{"maps":4,"elements":5}}
`;

test("a dump of version 1 is read", () => {
  const kernel = newKernel({ dump: bytesOf(VERSION_1) });
  const outer = kernel.openPinned(`${DIR}/out`, { type: "array_of_maps" });
  assert.is(outer.info().name, "out");
  assert.equal(kernel.maps().map(({ name }) => name), ["in", "cpu", "", "out"]);
  assert.equal(kernel.openPinned("/sys/fs/bpf/cpu", { type: "percpu_array", key: u32, value: bytes(2) }).get(0), [Uint8Array.of(1, 0), Uint8Array.of(2, 0)]);
  assert.equal(kernel.openPinned("/sys/fs/bpf/stack", { type: "stack", value: u8 }).pop(), 9);
  assert.is(kernel.bpffs.stat(DIR).mode & 0o777, 0o700);
});

test("maps that nothing but an fd held keep one", () => {
  const kernel = newKernel();
  kernel.createMap({ type: "hash", key: u32, value: u32, maxEntries: 2, name: "loose" }).set(1, 2);
  const again = newKernel({ dump: kernel.dump() });
  assert.is(again.openById(again.maps()[0].id, { type: "hash", key: u32, value: u32 }).get(1), 2);
});

test("what cannot be read is said", () => {
  const kernel = newKernel();
  kernel.bpf(BPF_MAP_CREATE, { map_type: BPF_MAP_TYPE_RINGBUF, max_entries: 4096, map_name: "ring" });
  kernel.bpf(BPF_MAP_CREATE, { map_type: BPF_MAP_TYPE_BLOOM_FILTER, value_size: 4, max_entries: 9, map_name: "bloom" });
  const queue = kernel.createMap({ type: "queue", value: u32, maxEntries: 4, name: "queue" });
  queue.push(1);
  kernel.bpf(BPF_MAP_FREEZE, { map_fd: queue.fd });
  const inner = kernel.createMap({ type: "array", key: u32, value: u32, maxEntries: 1, name: "inner" });
  kernel.createMap({ type: "array_of_maps", key: u32, maxEntries: 1, inner, name: "fits" });
  const other = kernel.createMap({ type: "hash", key: u32, value: u8, maxEntries: 1 });
  kernel.createMap({ type: "array_of_maps", key: u32, maxEntries: 1, inner: other, name: "lone" }).pin("/sys/fs/bpf/lone");
  other.close();
  const said: string[] = [];
  const dump = kernel.dump((map, why) => said.push(`${map.name}: ${why}`));
  assert.is(said.length, 4);
  assert.match(said.join("\n"), /^ring: .*ring buffer.*\nbloom: .*\nqueue: .*EPERM\nlone: .*left out/);
  assert.is(textOf(dump).match(/"unread"/g)!.length, 4);
  // An empty map of maps is made like the map that it would take.
  assert.equal(newKernel({ dump }).maps().map(({ name }) => name), ["ring", "bloom", "queue", "inner", "fits"]);
});

test("every cut and every wrong field is refused, and leaves nothing", () => {
  const lines = VERSION_1.split("\n").slice(0, -1);
  const refuse = (text: string): void => {
    const kernel = newKernel({ cpus: 2 });
    const before = kernel.stats();
    assert.throws(() => newKernel({ dump: bytesOf(text) }), (error: unknown) => error instanceof DumpError && error.message.startsWith("Cannot restore dump: "), text);
    assert.equal(kernel.stats(), before);
  };
  for (let count = 0; count < lines.length; count++) refuse(lines.slice(0, count).join("\n"));
  refuse(VERSION_1.slice(0, -3));
  refuse(`${VERSION_1}{}\n`);
  refuse("\xff");
  const bad: unknown[] = [null, -1, 1.5, 2 ** 32, "x", [], {}, true, "0", "/etc", `${DIR}/../../x`, ["01", "02", "03"]];
  lines.forEach((line, at) => {
    const object = JSON.parse(line) as Record<string, unknown>;
    for (const [name, value] of Object.entries(object)) {
      if (["type", "frozen", "name"].includes(name)) continue;
      for (const wrong of bad) {
        if (wrong === value || (name === "map_extra" && wrong === "0") || (name === "mode" && wrong === null)) continue;
        refuse(lines.with(at, JSON.stringify({ ...object, [name]: wrong })).join("\n"));
      }
    }
  });
});

test("version and CPUs are checked", () => {
  assert.throws(() => newKernel({ dump: bytesOf(VERSION_1.replace('"version":1', '"version":2')) }), /its version is 2/);
  assert.throws(() => newKernel({ dump: bytesOf(VERSION_1), cpus: 1 }), /line 5: it has values of 2 CPUs, and this kernel has 1/);
  assert.is(newKernel({ dump: bytesOf(VERSION_1), cpus: 4 }).cpus, 4);
  assert.throws(() => newKernel({ dump: bytesOf(VERSION_1), snapshot: newKernel().snapshot() }), /dump cannot be given with a snapshot/);
});

test.run();
