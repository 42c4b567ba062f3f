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
  kernel.close();
  assert.is(map.closed && pinned.closed, true);
  assert.throws(() => map.get(1), /it is closed/);
  stop();
  const closed = (error: unknown) => error instanceof Error && error.message === "Cannot use kernel: it is closed";
  assert.throws(() => kernel.createMap({ type: "hash", key: u32, value: u32, maxEntries: 8 }), closed);
  assert.throws(() => kernel.bpf(Cmd.MAP_GET_NEXT_ID, { start_id: 0 }), closed);
  assert.throws(() => kernel.openPinned("/sys/fs/bpf/kept"), closed);
  kernel.close();
});

test("a kernel can be disposed of", () => {
  const kernel = newKernel();
  const map = kernel.createMap({ type: "hash", key: u32, value: u32, maxEntries: 8 });
  const symbol = Symbol.dispose ?? Symbol.for("Symbol.dispose");
  (kernel as unknown as { [key: symbol]: () => void })[symbol]();
  assert.is(map.closed, true);
});

test.run();
