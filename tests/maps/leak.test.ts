// The same work many times over: after the first rounds nothing grows any more, not by a byte.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { BPF_F_NO_PREALLOC, bytes, u32, u64, type Kernel } from "../../bindings/index.ts";
import { newKernel } from "../harness/kernel.ts";

const test = suite("leaks");

function hashRound(kernel: Kernel, flags: number): void {
  const map = kernel.createMap({ type: "hash", key: bytes(16), value: u64, maxEntries: 64, flags });
  const key = new Uint8Array(16);
  for (let i = 0; i < 64; i++) {
    key[0] = i;
    map.set(key, i);
  }
  for (const [first] of map) if (first[0] % 2 === 0) map.delete(first);
  // A walk that is given up, and one that is never begun.
  for (const value of map.values()) if (value > 3n) break;
  map.entries();
  map.clear();
  map.close();
}

const ROUNDS: [name: string, round: (kernel: Kernel) => void][] = [
  ["preallocated hash", (kernel) => hashRound(kernel, 0)],
  ["hash without preallocation", (kernel) => hashRound(kernel, BPF_F_NO_PREALLOC)],
  [
    "array",
    (kernel) => {
      const map = kernel.createMap({ type: "array", value: bytes(5000), maxEntries: 9 });
      map.fill(new Uint8Array(5000).fill(1));
      for (const [,] of map) continue;
      map.close();
    },
  ],
  [
    "pins, copies and fds by id",
    (kernel) => {
      const map = kernel.createMap({ type: "hash", key: u32, value: u32, maxEntries: 4 });
      map.pin("/sys/fs/bpf/leak");
      const pinned = kernel.openPinned("/sys/fs/bpf/leak", { type: "hash", key: u32, value: u32 });
      const byId = kernel.openById(map.info().id);
      const copy = map.dup();
      map.close();
      kernel.bpffs.unlink("/sys/fs/bpf/leak");
      for (const open of [pinned, byId, copy]) open.close();
      assert.equal(kernel.maps(), []);
    },
  ],
  [
    "failures",
    (kernel) => {
      assert.throws(() => kernel.createMap({ type: "hash", key: u32, value: u32, maxEntries: 0 }));
      assert.throws(() => kernel.openById(12345));
      const map = kernel.createMap({ type: "hash", key: u32, value: u32, maxEntries: 1 });
      map.set(1, 1);
      assert.throws(() => map.set(2, 2));
      assert.throws(() => map.set(-1, 2));
      assert.throws(() => kernel.openById(map.info().id, { key: u64 }));
      map.close();
    },
  ],
];

for (const [name, round] of ROUNDS) {
  test(name, () => {
    const kernel = newKernel();
    for (let i = 0; i < 3; i++) round(kernel);
    const start = kernel.stats();
    for (let i = 0; i < 60; i++) round(kernel);
    const end = kernel.stats();
    assert.ok(end.lastId > start.lastId);
    // Ids are never used again, and an unlucky seed may need one more overflow line, so one more chunk, at a time.
    const { lastId, usedBytes, memoryBytes } = start;
    assert.equal({ ...end, lastId, usedBytes, memoryBytes }, start);
    assert.is(end.objects, 0);
    assert.is(end.openFds, 0);
  });
}

test.run();
