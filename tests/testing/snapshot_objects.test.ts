// Snapshots: a restored kernel goes on where the first one stood, and damaged bytes are refused.
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { BPF_F_NO_PREALLOC, bytes, Kernel, SnapshotError, u32, u64 } from "../../bindings/index.ts";
import type { KernelOptions } from "../../bindings/index.ts";
import { loadKernel, newKernel } from "../harness/kernel.ts";

const test = suite("snapshot");
const spec = { type: "hash", key: u32, value: u64, maxEntries: 100, name: "flows" } as const;

test("maps, fds, ids, pins, CPUs and limits are there again", () => {
  const kernel = newKernel({ cpus: 3, maxFds: 6 });
  const map = kernel.createMap(spec);
  for (let key = 0; key < 50; key++) map.set(key, key * 2);
  map.pin("/sys/fs/bpf/flows");
  const block = kernel.alloc(8);
  new Uint8Array(kernel.memory.buffer, block, 8).fill(5);
  const copy = newKernel({ snapshot: kernel.snapshot() });
  assert.is(copy.cpus, 3);
  assert.equal(copy.maps(), kernel.maps());
  const again = copy.openPinned("/sys/fs/bpf/flows", { type: "hash", key: u32, value: u64 });
  assert.is(again.fd, map.fd + 1, "the first kernel's fd is still open");
  assert.equal([...again], [...map]);
  assert.equal(new Uint8Array(copy.memory.buffer, block, 8), new Uint8Array(8).fill(5));
  copy.createMap(spec);
  assert.throws(() => copy.createMap(spec), /maxFds/);
  again.set(7, 1n);
  assert.is(map.get(7), 14n, "the two share nothing");
});

test("saving and restoring again and again does not grow", () => {
  let kernel = newKernel();
  const first = kernel.createMap(spec);
  first.pin("/sys/fs/bpf/flows");
  for (let key = 0; key < 10; key++) first.set(key, 0);
  first.close();
  const sizes = new Set<number>();
  const users = new Set<number>();
  for (let round = 0; round < 10; round++) {
    const map = kernel.openPinned("/sys/fs/bpf/flows", { type: "hash", key: u32, value: u64 });
    map.set(round, round);
    map.close();
    if (round > 0) users.add(kernel.stats().userBytes);
    const snapshot = kernel.snapshot();
    sizes.add(snapshot.length);
    kernel = newKernel({ snapshot });
  }
  assert.is(users.size, 1);
  assert.ok(sizes.size <= 2, [...sizes].join());
  assert.is(kernel.openPinned("/sys/fs/bpf/flows", { type: "hash", key: u32, value: u64 }).count(), 10);
});

test("a large kernel, whose memory has grown", () => {
  const kernel = newKernel();
  const map = kernel.createMap({ type: "hash", key: u32, value: bytes(4096), maxEntries: 1000, flags: BPF_F_NO_PREALLOC });
  for (let key = 0; key < 1000; key++) map.set(key, new Uint8Array(4096).fill(key));
  const again = newKernel({ snapshot: kernel.snapshot() }).openById(1, { type: "hash", key: u32 });
  assert.is(again.count(), 1000);
  for (let key = 0; key < 1000; key += 37) assert.equal(again.get(key), new Uint8Array(4096).fill(key));
});

const step = fc.tuple(fc.constantFrom("set", "delete"), fc.nat(30), fc.nat());
test("continuing after a restore is continuing", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.nat(60), fc.nat(), (steps, cut, seed) => {
      const run = (saved: boolean): unknown => {
        let kernel = newKernel({ seed });
        let map = kernel.createMap(spec);
        steps.forEach(([op, key, value], index) => {
          if (saved && index === cut) {
            kernel = newKernel({ snapshot: kernel.snapshot() });
            map = kernel.openById(1, { type: "hash", key: u32, value: u64 });
          }
          if (op === "set") map.set(key, value);
          else map.delete(key);
        });
        const next = kernel.createMap({ ...spec, name: "next" });
        for (let key = 0; key < 20; key++) next.set(key, 1n);
        return [[...map], [...next.keys()], kernel.maps()];
      };
      assert.equal(run(true), run(false));
    }),
    { numRuns: 30 },
  );
});

test("damage is refused wherever it is", () => {
  const snapshot = newKernel().snapshot();
  const restore = (bytes: Uint8Array) => () => newKernel({ snapshot: bytes });
  const refused = (error: unknown) => error instanceof SnapshotError && error.message.startsWith("Cannot restore snapshot: ");
  fc.assert(
    fc.property(fc.nat(snapshot.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
      const damaged = snapshot.slice();
      damaged[at] ^= flip;
      assert.throws(restore(damaged), refused);
    }),
    { numRuns: 60 },
  );
  for (const length of [0, 4, 31, 32, 72, 100, snapshot.length - 1024, snapshot.length - 1]) {
    assert.throws(restore(snapshot.slice(0, length)), refused, `${length} bytes`);
  }
  const longer = new Uint8Array(snapshot.length + 4);
  longer.set(snapshot);
  assert.throws(restore(longer), refused);
  assert.throws(restore(new Uint8Array(1000)), refused);
  assert.throws(restore("snapshot" as never), (error: unknown) => error instanceof TypeError);
  const other = snapshot.slice();
  other[8] = 2;
  assert.throws(restore(other), /version/);
});

test("a snapshot may lie anywhere in a buffer, and load takes it too", async () => {
  const snapshot = newKernel({ cpus: 2 }).snapshot();
  const buffer = new Uint8Array(snapshot.length + 3);
  buffer.set(snapshot, 3);
  assert.is(newKernel({ snapshot: buffer.subarray(3) }).cpus, 2);
  assert.is((await loadKernel({ snapshot })).cpus, 2);
});

test("a snapshot has its own options", () => {
  const snapshot = newKernel().snapshot();
  for (const options of [{ cpus: 1 }, { maxMemoryBytes: 2 ** 30 }, { maxFds: 10 }, { seed: 1 }] as KernelOptions[]) {
    assert.throws(() => newKernel({ ...options, snapshot }), /cannot be given with a snapshot/);
  }
});

test.run();
