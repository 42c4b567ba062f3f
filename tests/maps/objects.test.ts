// Maps as objects: ids, pins, copies, info, and the virtual bpffs.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ArrayMap, BPF_F_NO_PREALLOC, BPF_F_RDONLY, BPF_MAP_CREATE, BPF_MAP_TYPE_ARENA, BPF_MAP_TYPE_CPUMAP, BpffsError, BpfError, bytes, HashMap, RawMap, u16, u32, u64 } from "../../bindings/index.ts";
import type { MapSpec, OpenSpec } from "../../bindings/index.ts";
import { newKernel } from "../harness/kernel.ts";
import { checkLeaks } from "../harness/leak.ts";

const kernel = newKernel();
const test = suite("objects");
checkLeaks(test, kernel);

const spec = { type: "hash", key: u32, value: u64, maxEntries: 8, name: "flows" } as const;
const throwsCode = (code: string, call: () => unknown) =>
  assert.throws(call, (error: unknown) => (error instanceof BpfError || error instanceof BpffsError) && error.code === code);

test("info tells what was given", () => {
  const map = kernel.createMap({ ...spec, flags: BPF_F_NO_PREALLOC | BPF_F_RDONLY });
  const { id, ...info } = map.info();
  assert.ok(id > 0);
  assert.equal(info, { type: "hash", typeNumber: 1, keySize: 4, valueSize: 8, maxEntries: 8, flags: BPF_F_NO_PREALLOC, name: "flows", mapExtra: 0n });
  map.close();
});

test("maps lists what is alive, by id", () => {
  assert.equal(kernel.maps(), []);
  const first = kernel.createMap(spec);
  const second = kernel.createMap({ type: "array", value: u16, maxEntries: 3 });
  assert.equal(kernel.maps(), [first.info(), second.info()]);
  first.close();
  assert.equal(kernel.maps(), [second.info()]);
  second.close();
});

test("openById: by type, by codecs, and as bytes", () => {
  const map = kernel.createMap(spec);
  map.set(1, 2n);
  const { id } = map.info();
  const typed = kernel.openById(id, { type: "hash", key: u32, value: u64 });
  assert.instance(typed, HashMap);
  assert.equal([typed.get(1), typed.name, typed.maxEntries], [2n, "flows", 8]);
  const plain = kernel.openById(id, { type: "hash" });
  assert.equal(plain.get(new Uint8Array([1, 0, 0, 0])), new Uint8Array([2, 0, 0, 0, 0, 0, 0, 0]));
  map.close();
  assert.is(typed.get(1), 2n, "the map lives as long as any fd");
  const mismatch = (spec: OpenSpec, message: RegExp) =>
    assert.throws(() => kernel.openById(id, spec), (error: unknown) => error instanceof BpfError && error.code === "EINVAL" && message.test(error.message));
  mismatch({ type: "array" }, /: its type is hash, not array$/);
  mismatch({ key: u64 }, /: its key has 4 bytes, the codec u64 has 8$/);
  mismatch({ value: u16 }, /: its value has 8 bytes, the codec u16 has 2$/);
  assert.throws(() => kernel.openById(id, { vlaue: u16 } as never), /^Cannot open map: there is no option "vlaue", only type, key, value, inner, flags, lookupMarks: did you mean "value"\?$/);
  throwsCode("EINVAL", () => kernel.openById(id, { flags: 1 }));
  typed.close();
  plain.close();
  throwsCode("ENOENT", () => kernel.openById(id));
  assert.throws(() => kernel.openById(-1), (error: unknown) => error instanceof RangeError);
});

test("openById knows arrays", () => {
  const map = kernel.createMap({ type: "array", value: bytes(5), maxEntries: 2 });
  const opened = kernel.openById(map.info().id);
  assert.instance(opened, ArrayMap);
  assert.equal((opened as ArrayMap<Uint8Array>).get(1), new Uint8Array(5));
  map.close();
  opened.close();
});

test("pin and openPinned", () => {
  const map = kernel.createMap(spec);
  map.set(5, 6n);
  map.pin("/sys/fs/bpf/flows");
  throwsCode("EEXIST", () => map.pin("/sys/fs/bpf/flows"));
  throwsCode("EPERM", () => map.pin("/sys/fs/bpf/a.b"));
  throwsCode("ENOENT", () => map.pin("/sys/fs/bpf/none/flows"));
  map.close();
  const opened = kernel.openPinned("/sys/fs/bpf/flows", { type: "hash", key: u32, value: u64 });
  assert.is(opened.get(5), 6n);
  opened.close();
  kernel.bpffs.unlink("/sys/fs/bpf/flows");
  throwsCode("ENOENT", () => kernel.openPinned("/sys/fs/bpf/flows"));
});

test("dup: another fd of the same map, closed by itself", () => {
  const map = kernel.createMap(spec);
  const copy = map.dup();
  assert.instance(copy, HashMap);
  assert.is.not(copy.fd, map.fd);
  map.set(1, 1n);
  map.close();
  assert.is(copy.get(1), 1n);
  copy.close();
});

test("bpffs: directories, names, stat, rename", () => {
  const { bpffs } = kernel;
  const root = "/sys/fs/bpf";
  assert.is(bpffs.mkdir(`${root}/a`), undefined);
  throwsCode("EEXIST", () => bpffs.mkdir(`${root}/a`));
  throwsCode("ENOENT", () => bpffs.mkdir(`${root}/x/y`));
  assert.is(bpffs.mkdir(`${root}/a`, { recursive: true }), undefined);
  assert.is(bpffs.mkdir(`${root}/x/y/z`, { recursive: true }), `${root}/x`);
  const map = kernel.createMap(spec);
  map.pin(`${root}/a/m`);
  const { id } = map.info();
  const stats = bpffs.stat(`${root}/a/m`);
  assert.equal([stats.isFile(), stats.isDirectory(), stats.mapId, stats.mode & 0o777], [true, false, id, 0o600]);
  const directory = bpffs.stat(`${root}/a`);
  assert.equal([directory.isFile(), directory.isDirectory(), directory.mapId], [false, true, 0]);
  assert.equal(bpffs.readdir(root).sort(), ["a", "x"]);
  throwsCode("ENOTEMPTY", () => bpffs.rmdir(`${root}/a`));
  throwsCode("ENOTDIR", () => bpffs.readdir(`${root}/a/m`));
  bpffs.rename(`${root}/a/m`, `${root}/x/y/n`);
  assert.equal([bpffs.readdir(`${root}/a`), bpffs.readdir(`${root}/x/y`).sort()], [[], ["n", "z"]]);
  throwsCode("ENOENT", () => bpffs.rename(`${root}/a/m`, `${root}/b`));
  map.close();
  bpffs.unlink(`${root}/x/y/n`);
  for (const path of ["x/y/z", "x/y", "x", "a"]) bpffs.rmdir(`${root}/${path}`);
  throwsCode("ENOENT", () => bpffs.rmdir(`${root}/a`));
  throwsCode("ENOENT", () => bpffs.stat(`${root}/a`));
  assert.throws(() => bpffs.stat(5 as never), (error: unknown) => error instanceof TypeError);
  assert.throws(() => bpffs.stat("a\0b"), (error: unknown) => error instanceof TypeError);
});

test("bpffs errors read like node:fs", () => {
  try {
    kernel.bpffs.unlink("/sys/fs/bpf/none");
    assert.unreachable();
  } catch (error) {
    const { name, message, code, syscall, path, dest } = error as BpffsError;
    const expected = "ENOENT: no such file or directory, unlink '/sys/fs/bpf/none'";
    assert.equal([name, message, code, syscall, path, dest], ["BpffsError", expected, "ENOENT", "unlink", "/sys/fs/bpf/none", undefined]);
  }
});

test("a directory with more names than fit into one page", () => {
  const map = kernel.createMap(spec);
  const names = Array.from({ length: 300 }, (_, i) => `${"pin".repeat(10)}_${i}`);
  for (const name of names) map.pin(`/sys/fs/bpf/${name}`);
  assert.equal(kernel.bpffs.readdir("/sys/fs/bpf").sort(), [...names].sort());
  for (const name of names) kernel.bpffs.unlink(`/sys/fs/bpf/${name}`);
  map.close();
});

test("a map of any type is opened, as bytes where it has no class", () => {
  const word = (n: number): Uint8Array => new Uint8Array([n, 0, 0, 0]);
  const fd = kernel.bpf(BPF_MAP_CREATE, { map_type: BPF_MAP_TYPE_CPUMAP, key_size: 4, value_size: 4, max_entries: 2, map_name: "cpus" });
  const map = kernel.openFd(fd) as RawMap;
  assert.instance(map, RawMap);
  assert.equal([map.type, map.name, map.keySize, map.valueSize, map.maxEntries], ["cpumap", "cpus", 4, 4, 2]);
  assert.is(map.info().type, "cpumap");
  assert.is(map.lookup(word(0)), undefined);
  throwsCode("EINVAL", () => map.update(word(0), word(64), { flags: 77 }));
  throwsCode("EINVAL", () => map.lookup(word(0), { flags: 77 }));
  assert.equal([map.nextKey(), map.nextKey(word(0)), map.nextKey(word(1))], [word(0), word(1), undefined]);
  assert.throws(() => map.update(word(0).subarray(1), word(1)), RangeError);
  map.pin("/sys/fs/bpf/cpus");
  const pinned = kernel.openPinned("/sys/fs/bpf/cpus");
  assert.is(pinned.info().id, map.info().id);
  const copy = map.dup();
  map.close();
  throwsCode("EBADF", () => map.lookup(word(0)));
  assert.is(copy.unpin(), 1);
  for (const each of [pinned, copy]) each.close();
  for (let type = 1; type < BPF_MAP_TYPE_ARENA; type++) {
    for (const [key_size, value_size, max_entries, map_flags] of [[4, 4, 4096, 0], [0, 4, 1, 0], [0, 0, 4096, 0], [8, 4, 1, 1]]) {
      const made = kernel.bpf(BPF_MAP_CREATE, { map_type: type, key_size, value_size, max_entries, map_flags });
      if (made < 0) continue;
      const opened = kernel.openFd(made);
      assert.is(opened.info().typeNumber, type);
      assert.is(opened.type, opened.info().type);
      opened.close();
    }
  }
});

test("pins, isPinned, unpin and frozen", () => {
  const map = kernel.createMap(spec);
  const other = kernel.createMap(spec);
  const [first, second] = ["/sys/fs/bpf/first", "/sys/fs/bpf/folder/second"];
  assert.equal([map.isPinned(), map.isPinned(first), map.pins(), map.unpin()], [false, false, [], 0]);
  kernel.bpffs.mkdir("/sys/fs/bpf/folder");
  map.pin(second);
  map.pin(first);
  other.pin("/sys/fs/bpf/other");
  assert.equal([map.isPinned(), map.isPinned(first), map.isPinned("/sys/fs/bpf/other")], [true, true, false]);
  assert.equal(map.pins(), [first, second]);
  assert.equal([map.unpin("/sys/fs/bpf/other"), map.unpin("/sys/fs/bpf/none"), map.unpin(first), map.unpin(first)], [0, 0, 1, 0]);
  assert.equal([map.pins(), other.pins()], [[second], ["/sys/fs/bpf/other"]]);
  assert.equal([map.unpin(), map.isPinned(), other.unpin()], [1, false, 1]);
  kernel.bpffs.rmdir("/sys/fs/bpf/folder");
  const reader = kernel.openById(map.info().id, { flags: BPF_F_RDONLY });
  assert.equal([map.frozen, reader.frozen], [false, false]);
  map.freeze();
  assert.equal([map.frozen, reader.frozen, other.frozen], [true, true, false]);
  for (const type of ["queue", "array", "ringbuf", "array_of_maps"] as const) {
    const each = kernel.createMap({ type, maxEntries: 4096, ...(type !== "ringbuf" && type !== "array_of_maps" && { value: u32 }), ...(type === "array_of_maps" && { inner: spec }) } as MapSpec);
    assert.is(each.frozen, false, type);
    if (type !== "array_of_maps") each.freeze();
    assert.is(each.frozen, type !== "array_of_maps", type);
    each.close();
  }
  for (const each of [map, other, reader]) each.close();
  throwsCode("EBADF", () => map.frozen);
});

test.run();
