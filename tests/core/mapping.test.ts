// mmap(2) and munmap(2) of maps: a mapping is a reference, and a writable one keeps the map from being frozen.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { BPF_F_MMAPABLE, BpfError, u64 } from "../../bindings/index.ts";
import { newKernel } from "../harness/kernel.ts";
import { Cmd, Errno, MapFlag, MapType } from "../kernel/abi.ts";

const { EBUSY, EINVAL, EPERM } = Errno;
const ARRAY = { map_type: MapType.ARRAY, key_size: 4, value_size: 8, max_entries: 4, map_flags: MapFlag.MMAPABLE };
const test = suite("mapping");

test("a mapping keeps its map until munmap, whatever becomes of the fd", () => {
  const kernel = newKernel();
  for (const attr of [ARRAY, { map_type: MapType.RINGBUF, max_entries: 4096 }, { map_type: MapType.USER_RINGBUF, max_entries: 4096 }]) {
    const fd = kernel.bpf(Cmd.MAP_CREATE, attr);
    const address = kernel.mmap(fd);
    assert.is(kernel.mmap(fd, { writable: false }), address, "mapped twice");
    kernel.close(fd);
    assert.is(kernel.stats().objects, 1);
    const again = kernel.bpf(Cmd.MAP_GET_FD_BY_ID, { map_id: kernel.stats().lastId });
    assert.ok(again > 0, "found by its id");
    kernel.close(again);
    assert.is(kernel.munmap(address), 0);
    assert.is(kernel.stats().objects, 1, "one mapping is left");
    assert.is(kernel.munmap(address), 0);
    assert.is(kernel.munmap(address), -EINVAL);
    const { objects, openFds, dataBytes, privateBytes } = kernel.stats();
    assert.equal({ objects, openFds, dataBytes, privateBytes }, { objects: 0, openFds: 0, dataBytes: 0, privateBytes: 0 });
  }
});

test("no freeze while there is a writable mapping", () => {
  const kernel = newKernel();
  const map_fd = kernel.bpf(Cmd.MAP_CREATE, ARRAY);
  const reading = kernel.mmap(map_fd, { writable: false });
  const other = kernel.bpf(Cmd.MAP_CREATE, ARRAY);
  kernel.mmap(other);
  const writing = kernel.mmap(map_fd);
  assert.is(kernel.bpf(Cmd.MAP_FREEZE, { map_fd }), -EBUSY);
  assert.is(kernel.bpf(Cmd.MAP_UPDATE_ELEM, { map_fd, key: new Uint8Array(4), value: new Uint8Array(8) }), 0, "not frozen");
  // The writable one goes first.
  assert.is(kernel.munmap(writing), 0);
  assert.is(kernel.bpf(Cmd.MAP_FREEZE, { map_fd }), 0);
  assert.is(kernel.mmap(map_fd), -EPERM);
  assert.is(kernel.mmap(map_fd, { writable: false }), reading);
});

test("mapping again takes no memory", () => {
  const kernel = newKernel();
  const fd = kernel.bpf(Cmd.MAP_CREATE, ARRAY);
  const address = kernel.mmap(fd);
  const before = kernel.stats();
  for (let i = 0; i < 10_000; i++) assert.is(kernel.mmap(fd), address);
  assert.equal(kernel.stats(), before);
});

test("what is not mapped is not unmapped", () => {
  const kernel = newKernel();
  const fd = kernel.bpf(Cmd.MAP_CREATE, ARRAY);
  const address = kernel.mmap(fd);
  for (const wrong of [1, 4096, address - 8, address + 8, address + 4096, 2 ** 32 - 1]) assert.is(kernel.munmap(wrong), -EINVAL);
  for (const wrong of [0, -1, 2 ** 32, 0.5, NaN]) assert.throws(() => kernel.munmap(wrong), (error: unknown) => error instanceof RangeError);
  assert.is(kernel.munmap(address), 0);
});

test("a typed array's view is a mapping, which ends when the object closes", () => {
  const kernel = newKernel();
  const map = kernel.createMap({ type: "array", value: u64, maxEntries: 4, flags: BPF_F_MMAPABLE });
  const same = map.dup();
  map.view()[1] = 7n;
  map.view()[2] = 8n;
  assert.throws(() => same.freeze(), (error: unknown) => error instanceof BpfError && error.code === "EBUSY" && /mapping/.test(error.message));
  map.close();
  same.freeze();
  assert.equal([same.get(1), same.get(2)], [7n, 8n]);
  same.close();
  assert.is(kernel.stats().objects, 0);
});

test("mappings that a snapshot was taken with do not come back", async () => {
  const kernel = newKernel();
  const map = kernel.createMap({ type: "array", value: u64, maxEntries: 4, flags: BPF_F_MMAPABLE });
  map.pin("/sys/fs/bpf/counters");
  map.view();
  const lost = kernel.bpf(Cmd.MAP_CREATE, ARRAY);
  kernel.mmap(lost);
  kernel.close(lost);
  const restored = newKernel({ snapshot: kernel.snapshot() });
  assert.is(restored.stats().objects, 1);
  const map_fd = restored.bpf(Cmd.OBJ_GET, { pathname: "/sys/fs/bpf/counters" });
  assert.is(restored.bpf(Cmd.MAP_FREEZE, { map_fd }), 0);
});

test.run();
