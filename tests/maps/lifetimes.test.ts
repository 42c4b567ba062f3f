// How long map objects and kernels live: fds that are closed behind an object's back, `using`, kernels that are closed.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { BPF_F_MMAPABLE, BpfError, bytes, type Kernel, u32, u64 } from "../../bindings/index.ts";
import { newKernel } from "../harness/kernel.ts";
import { Cmd, Errno, MapType } from "../kernel/abi.ts";

const test = suite("lifetimes");

function live(kernel: Kernel): unknown {
  const { objects, openFds, privateBytes, dataBytes, userBytes } = kernel.stats();
  return { objects, openFds, privateBytes, dataBytes, userBytes };
}

const SPECS = [
  { type: "hash", key: u32, value: u64, maxEntries: 8 },
  { type: "lru_hash", key: bytes(16), value: bytes(16), maxEntries: 8 },
  { type: "array", value: u32, maxEntries: 8, flags: BPF_F_MMAPABLE },
  { type: "queue", value: u32, maxEntries: 8 },
  { type: "bloom_filter", value: u32, maxEntries: 8 },
  { type: "ringbuf", maxEntries: 4096 },
  { type: "user_ringbuf", maxEntries: 4096 },
] as const;

for (const spec of SPECS) {
  test(`${spec.type}: an fd that is closed behind its object's back closes the object`, () => {
    const kernel = newKernel();
    const before = live(kernel);
    const map = kernel.createMap(spec as never) as { fd: number; closed: boolean; info(): unknown; close(): void };
    const { fd } = map;
    assert.is(kernel.close(fd), 0);
    assert.is(map.closed, true);
    assert.throws(() => map.info(), (error: unknown) => error instanceof BpfError && error.code === "EBADF" && /it is closed/.test(error.message));
    assert.equal(live(kernel), before);
    // The number now stands for another map, which neither the old object nor its close() may touch.
    const other = kernel.createMap({ type: "hash", key: u32, value: u32, maxEntries: 8 }).set(1, 2);
    assert.is(other.fd, fd);
    map.close();
    assert.is(other.get(1), 2);
    other.close();
    assert.equal(live(kernel), before);
  });
}

test("what an object mapped ends with it, however it ends", () => {
  const kernel = newKernel();
  const before = live(kernel);
  const map = kernel.createMap({ type: "array", value: u32, maxEntries: 8, flags: BPF_F_MMAPABLE });
  map.view()[0] = 1;
  kernel.close(map.fd);
  assert.equal(live(kernel), before);
});

test("what the caller mapped is his, and outlives the fd", () => {
  const kernel = newKernel();
  const map = kernel.createMap({ type: "array", value: u32, maxEntries: 8, flags: BPF_F_MMAPABLE });
  map.view()[3] = 7;
  const address = kernel.mmap(map.fd);
  kernel.close(map.fd);
  assert.is(map.closed, true);
  assert.is(new Uint32Array(kernel.memory.buffer, address, 8)[3], 7);
  assert.is(kernel.stats().objects, 1);
  assert.is(kernel.munmap(address), 0);
  assert.is(kernel.stats().objects, 0);
});

test("of two objects with one fd none outlives it", () => {
  for (const first of [0, 1]) {
    const kernel = newKernel();
    const map = kernel.createMap({ type: "hash", key: u32, value: u32, maxEntries: 8 });
    const both = [map, kernel.openFd(map.fd, { type: "hash", key: u32, value: u32 })];
    both[first].close();
    assert.equal(both.map(({ closed }) => closed), [true, true]);
    const other = kernel.createMap({ type: "hash", key: u32, value: u32, maxEntries: 8 }).set(1, 2);
    both[1 - first].close();
    assert.is(other.get(1), 2);
  }
});

/** A kernel whose memory has no room for `size` bytes more. */
function fullKernel(size: number, before: (kernel: Kernel) => void): Kernel {
  const kernel = newKernel({ maxMemoryBytes: 4 << 20 });
  before(kernel);
  while (kernel.alloc(size) !== 0);
  return kernel;
}

test("an object that cannot be made leaves no fd: create, dup, open", () => {
  const bare = { map_type: MapType.HASH, key_size: 4, value_size: 100_000, max_entries: 1, map_name: "big", map_flags: 1 };
  const kernel = fullKernel(100_000, (kernel) => {
    for (let i = 0; i < 2; i++) kernel.bpf(Cmd.MAP_CREATE, bare);
    kernel.bpf(Cmd.OBJ_PIN, { pathname: "/sys/fs/bpf/big", bpf_fd: 3 });
    for (const type of [MapType.RINGBUF]) kernel.bpf(Cmd.MAP_CREATE, { map_type: type, max_entries: 4096 });
  });
  const before = live(kernel);
  const spec = { type: "hash", key: u32, value: bytes(100_000), maxEntries: 1, flags: 1 } as const;
  const tries = [() => kernel.createMap(spec), () => kernel.openById(1), () => kernel.openPinned("/sys/fs/bpf/big"), () => kernel.openFd(3)];
  for (const attempt of tries) {
    assert.throws(attempt, (error: unknown) => error instanceof BpfError && error.code === "ENOMEM");
    assert.equal(live(kernel), before);
  }
  assert.is(kernel.close(3), 0, "an fd that was refused is still the caller's");
});

test("a dup that cannot be made leaves no fd", () => {
  let map: { dup(): unknown } | undefined;
  const kernel = fullKernel(60_000, (kernel) => {
    map = kernel.createMap({ type: "hash", key: u32, value: bytes(60_000), maxEntries: 1, flags: 1 });
  });
  const before = live(kernel);
  assert.throws(() => map!.dup(), (error: unknown) => error instanceof BpfError && error.code === "ENOMEM");
  assert.equal(live(kernel), before);
});

test("without FinalizationRegistry and WeakRef all else works", () => {
  const realm = globalThis as { FinalizationRegistry?: unknown; WeakRef?: unknown };
  const { FinalizationRegistry, WeakRef } = realm;
  try {
    realm.FinalizationRegistry = realm.WeakRef = undefined;
    const kernel = newKernel();
    const before = live(kernel);
    const map = kernel.createMap({ type: "hash", key: u32, value: u32, maxEntries: 8 }).set(1, 2);
    const ring = kernel.createMap({ type: "ringbuf", maxEntries: 4096 });
    assert.is([...map].length, 1);
    map.close();
    kernel.close(ring.fd);
    assert.is(ring.closed, true);
    assert.equal(live(kernel), before);
  } finally {
    Object.assign(realm, { FinalizationRegistry, WeakRef });
  }
});

test("an fd of the raw surface is nobody's but the caller's", () => {
  const kernel = newKernel();
  const fd = kernel.bpf(Cmd.MAP_CREATE, { map_type: MapType.ARRAY, key_size: 4, value_size: 8, max_entries: 1 });
  assert.is(kernel.close(fd), 0);
  assert.is(kernel.close(fd), -Errno.EBADF);
});

test("kernel.close() closes its map objects, and itself", () => {
  const kernel = newKernel();
  const map = kernel.createMap({ type: "hash", key: u32, value: u32, maxEntries: 8 }).set(1, 1);
  const pinned = kernel.createMap({ type: "array", value: u32, maxEntries: 1 });
  pinned.pin("/sys/fs/bpf/kept");
  const stop = kernel.onCall(() => {});
  const { bpffs } = kernel;
  kernel.close();
  assert.is(map.closed && pinned.closed, true);
  assert.throws(() => map.get(1), /it is closed/);
  stop();
  const closed = (error: unknown) => error instanceof BpfError && error.code === "EBADF" && error.message === "Cannot use kernel: it is closed";
  assert.throws(() => kernel.createMap({ type: "hash", key: u32, value: u32, maxEntries: 8 }), closed);
  assert.throws(() => kernel.bpf(Cmd.MAP_GET_NEXT_ID, { start_id: 0 }), closed);
  assert.throws(() => kernel.openPinned("/sys/fs/bpf/kept"), closed);
  const uses: (() => unknown)[] = [
    () => kernel.close(3), () => kernel.dup(3), () => kernel.mmap(3), () => kernel.munmap(8), () => kernel.alloc(8), () => kernel.free(8),
    () => kernel.memory, () => kernel.cpus, () => kernel.cpu, () => (kernel.cpu = 0), () => kernel.openById(1), () => kernel.openFd(3),
    () => kernel.maps(), () => kernel.snapshot(), () => kernel.dump(), () => kernel.stats(), () => kernel.onCall(() => {}),
    () => kernel.failNext("ENOMEM"), () => kernel.bpffs.readdir("/sys/fs/bpf"), () => bpffs.readdir("/sys/fs/bpf"), () => bpffs.unlink("/sys/fs/bpf/kept"),
  ];
  for (const use of uses) assert.throws(use, closed, String(use));
  assert.is(kernel.closed, true);
  assert.is(JSON.stringify(kernel), '{"closed":true}');
  assert.is((kernel as unknown as { [name: symbol]: () => string })[Symbol.for("nodejs.util.inspect.custom")](), "Kernel { closed }");
  kernel.close();
});

test("a kernel that is closed in the middle of something", async () => {
  const kernel = newKernel();
  const ring = kernel.createMap({ type: "ringbuf", maxEntries: 4096 });
  const next = ring.records().next();
  ring.output(new Uint8Array(1));
  ring.output(new Uint8Array(1));
  assert.is(ring.drain(() => kernel.close()), 1);
  assert.equal(await next, { value: undefined, done: true });
  const other = newKernel();
  const map = other.createMap({ type: "hash", key: u32, value: u32, maxEntries: 8 }).set(1, 1).set(2, 2);
  assert.throws(() => {
    for (const _ of map) other.close();
  }, (error: unknown) => error instanceof BpfError && error.code === "EBADF");
});

test("close(undefined) is no way to close a kernel", () => {
  const kernel = newKernel();
  assert.throws(() => kernel.close(undefined as never), (error: unknown) => error instanceof TypeError);
  assert.is(kernel.closed, false);
});

test("a kernel can be disposed of", () => {
  const kernel = newKernel();
  const map = kernel.createMap({ type: "hash", key: u32, value: u32, maxEntries: 8 });
  const symbol = Symbol.dispose ?? Symbol.for("Symbol.dispose");
  (kernel as unknown as { [key: symbol]: () => void })[symbol]();
  assert.is(map.closed, true);
});

test.run();
