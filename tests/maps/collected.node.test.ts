// Map objects that are collected unclosed: their fds and blocks go, unless the caller has the fd.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { bytes, type Kernel, u32 } from "../../bindings/index.ts";
import { newKernel } from "../harness/kernel.ts";

const test = suite("collected map objects");
const { gc } = globalThis as { gc?: () => void };

/** Collects, and lets what waits for that run, until `done`. */
async function collect(done: () => boolean): Promise<void> {
  for (let i = 0; i < 50 && !done(); i++) {
    gc!();
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

function make(kernel: Kernel, count: number): void {
  for (let i = 0; i < count; i++) {
    const map = kernel.createMap({ type: "hash", key: bytes(16), value: u32, maxEntries: 8 });
    map.setMany([[new Uint8Array(16), i]]);
    assert.is([...map].length, 1);
  }
}

test("the runner lets suites collect", () => assert.ok(gc));

test("their fds and blocks are given back", async () => {
  const kernel = newKernel();
  const before = kernel.stats();
  make(kernel, 100);
  assert.is(kernel.stats().openFds, 100);
  // The last object of a type is kept (trick 9 of ARCHITECTURE.md).
  await collect(() => kernel.stats().openFds === 1);
  const { openFds, objects, userBytes } = kernel.stats();
  assert.equal({ openFds, objects }, { openFds: 1, objects: 1 });
  await collect(() => kernel.stats().userBytes - before.userBytes < userBytes / 2);
  assert.ok(kernel.stats().userBytes - before.userBytes < 4096 * 8, "blocks of one map at most");
});

test("so are a ring buffer's blocks, long records' too", async () => {
  const kernel = newKernel();
  kernel.createMap({ type: "ringbuf", maxEntries: 4096 }).close();
  const { userBytes } = kernel.stats();
  const make = (): void => {
    for (let i = 0; i < 10; i++) {
      const ring = kernel.createMap({ type: "ringbuf", maxEntries: 65536 });
      ring.output(new Uint8Array(30_000));
      assert.is(ring.consume()!.length, 30_000);
    }
  };
  make();
  await collect(() => kernel.stats().userBytes - userBytes < 50_000);
  assert.ok(kernel.stats().userBytes - userBytes < 50_000, "blocks of one map at most");
});

test("an fd that the caller has asked for stays open", async () => {
  const kernel = newKernel();
  const fds = Array.from({ length: 10 }, () => kernel.createMap({ type: "hash", key: u32, value: u32, maxEntries: 8 }).fd);
  await collect(() => false);
  assert.is(kernel.stats().openFds, fds.length);
});

test("a pin keeps the map", async () => {
  const kernel = newKernel();
  for (let i = 0; i < 5; i++) {
    kernel.createMap({ type: "hash", key: u32, value: u32, maxEntries: 8 }).set(i, i).pin(`/sys/fs/bpf/m${i}`);
  }
  await collect(() => kernel.stats().openFds === 1);
  assert.equal([kernel.stats().openFds, kernel.stats().objects], [1, 5]);
  for (let i = 0; i < 5; i++) assert.is(kernel.openPinned(`/sys/fs/bpf/m${i}`, { type: "hash", key: u32, value: u32 }).get(i), i);
});

test.run();
