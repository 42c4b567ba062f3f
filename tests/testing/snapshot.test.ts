// Snapshots of everything the engine can hold: continuing after a restore is continuing, and damage is refused.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { BPF_F_NO_COMMON_LRU, SnapshotError, u32, u64, type Kernel } from "../../bindings/index.ts";
import { newKernel } from "../harness/kernel.ts";
import { EngineTarget } from "../kernel/engine.ts";
import { Prng } from "../kernel/prng.ts";
import { Runner } from "../kernel/runner.ts";
import { scriptsOf, typeNames } from "../kernel/suite.ts";
import { At, bent, HEADER_SIZE } from "./snapshot_bytes.ts";
import { SwappingKernel } from "./swapping_kernel.ts";

const test = suite("snapshot kit");
const CPUS = 2;
const TABLE = { type: "hash", key: u32, value: u64, maxEntries: 100, name: "table" } as const;

const restore = (snapshot: Uint8Array) => (): Kernel => newKernel({ snapshot });
const refused = (why: RegExp) => (error: unknown): boolean =>
  error instanceof SnapshotError && error.name === "SnapshotError" && why.test(error.message);

for (const name of typeNames) {
  test(`${name}: a kernel that is restored again and again answers as one that never was`, () => {
    for (const script of scriptsOf(name, 7, 400, CPUS)) {
      const kernel = newKernel({ cpus: CPUS, seed: 1 });
      const swapping = new SwappingKernel(newKernel({ cpus: CPUS, seed: 1 }), new Prng(script.seed, "swap"), 0.03);
      const plain = new Runner(new EngineTarget(kernel));
      const other = new Runner(new EngineTarget(swapping as unknown as Kernel));
      script.ops.forEach((op, at) => {
        const answer = plain.run(op);
        const restored = other.run(op);
        if (restored !== answer) assert.unreachable(`${script.name} ${at}: ${restored} instead of ${answer}`);
      });
      plain.finish();
      other.finish();
      assert.equal(swapping.stats(), kernel.stats());
      assert.ok(swapping.swaps > 5 || name === "create");
      // Sweeps are many and alike; a few of them say what there is to say.
      if (name === "create" && script.seed % 3 === 0) break;
    }
  });
}

test("damage of any byte of the header is refused", () => {
  const kernel = newKernel();
  kernel.createMap(TABLE).set(1, 1);
  const snapshot = kernel.snapshot();
  for (let at = 0; at < HEADER_SIZE; at++) {
    for (const flip of [1, 0x80, 0xff]) {
      const damaged = snapshot.slice();
      damaged[at] ^= flip;
      assert.throws(restore(damaged), refused(/^Cannot restore snapshot: /), `byte ${at}`);
    }
  }
});

test("damage anywhere behind the header is refused", () => {
  const kernel = newKernel({ seed: 1 });
  const map = kernel.createMap(TABLE);
  for (let key = 0; key < 100; key++) map.set(key, key);
  const snapshot = kernel.snapshot();
  const prng = new Prng(3, "damage");
  for (let i = 0; i < 300; i++) {
    const damaged = snapshot.slice();
    damaged[prng.between(HEADER_SIZE, snapshot.length - 1)] ^= prng.between(1, 255);
    assert.throws(restore(damaged), refused(/checksum/));
    // Two words that trade places.
    const from = prng.between(HEADER_SIZE / 4, snapshot.length / 4 - 2);
    const words = new Uint32Array(snapshot.slice().buffer);
    if (words[from] === words[from + 1]) continue;
    [words[from], words[from + 1]] = [words[from + 1], words[from]];
    assert.throws(restore(new Uint8Array(words.buffer)), refused(/checksum/));
  }
});

const BENT: [what: string, bend: (words: Uint32Array) => void, why: RegExp][] = [
  ["format version", (words) => (words[At.format] = 9), /format version is 9, this one reads version 1/],
  ["abi version", (words) => (words[At.abi] += 1), /another build/],
  ["build id", (words) => (words[At.buildId + 3] ^= 1), /another build/],
  ["size", (words) => (words[At.size] += 4), /should have \d+ bytes/],
  ["count of own blocks", (words) => (words[At.ownBlocks] = 0xffffffff), /do not fit/],
  ["count of runs", (words) => (words[At.runs] = 0x10000000), /do not fit/],
  ["one run less", (words) => (words[At.runs] -= 1), /do not fit/],
  ["a run that begins in constant data", (words) => (words[At.tables + words[At.ownBlocks]] = 0), /overlap/],
  ["a run beyond the memory", (words) => (words[At.tables + words[At.ownBlocks]] = 0xfffffff0), /overlap|do not fit/],
  ["a memory that is too small for its runs", (words) => (words[At.pages] = 0), /do not fit/],
  ["a memory that cannot be had", (words) => (words[At.pages] = 0xffffffff), /cannot be had/],
];

for (const [what, bend, why] of BENT) {
  test(`with a checksum that matches, ${what} is refused with its own words`, () => {
    assert.throws(restore(bent(newKernel().snapshot(), bend)), refused(why));
  });
}

test("bending nothing is no damage", () => {
  assert.is(restore(bent(newKernel({ cpus: 5 }).snapshot(), () => {}))().cpus, 5);
});

test("an almost empty kernel is a few KB, and what was freed takes no room", () => {
  const kernel = newKernel();
  const empty = kernel.snapshot().length;
  assert.ok(empty < 16_384, `${empty} bytes`);
  const map = kernel.createMap({ type: "array", value: u64, maxEntries: 1_000_000 });
  map.fill(7n, 0, 500_000);
  assert.ok(kernel.snapshot().length > 4_000_000);
  assert.ok(kernel.snapshot().length < 4_200_000, "elements that were never written take no room");
  map.close();
  assert.ok(kernel.snapshot().length < 2 * empty + 16_384);
});

test("the same state is the same bytes, whatever the map objects have copied through their blocks", () => {
  const make = (): [Kernel, (key: number) => void] => {
    const kernel = newKernel({ seed: 1 });
    const map = kernel.createMap(TABLE);
    map.set(1, 1n);
    return [kernel, (key) => void map.get(key)];
  };
  const [first, look] = make();
  const [second] = make();
  look(0x5ec2e7);
  assert.equal(first.snapshot(), second.snapshot());
});

test("the CPU, an armed failure and a half-written record go on", () => {
  const kernel = newKernel({ cpus: 4 });
  kernel.cpu = 2;
  const ring = kernel.createMap({ type: "ringbuf", maxEntries: 4096 });
  ring.output(new Uint8Array([1]));
  ring.reserve(3);
  ring.output(new Uint8Array([2]));
  // Without a common list, each of the four CPUs has room for one of the four elements.
  const perCpu = kernel.createMap({ type: "lru_hash", key: u32, value: u32, maxEntries: 4, flags: BPF_F_NO_COMMON_LRU });
  perCpu.set(1, 1);
  kernel.failNext("EMFILE");
  const again = newKernel({ snapshot: kernel.snapshot() });
  assert.is(again.cpu, 2);
  const sameLru = again.openFd(perCpu.fd, { type: "lru_hash", key: u32, value: u32 });
  assert.equal([...sameLru.set(2, 2).keys()], [2], "still the same CPU's room");
  assert.throws(() => again.createMap(TABLE), /EMFILE|maxFds/);
  const same = again.openFd(ring.fd, { type: "ringbuf" });
  assert.equal(same.consume(), new Uint8Array([1]));
  assert.is(same.consume(), undefined, "the reserved record is still in the way");
  assert.is(same.availableData, 32);
});

test("openFd takes an fd over; one that it refuses stays open", () => {
  const kernel = newKernel();
  const map = kernel.createMap(TABLE);
  map.set(5, 6n);
  const again = newKernel({ snapshot: kernel.snapshot() });
  assert.throws(() => again.openFd(map.fd, { key: u64 }), RangeError);
  assert.throws(() => again.openFd(map.fd, { type: "array" }), TypeError);
  assert.throws(() => again.openFd(99), /EBADFD|closed/);
  const same = again.openFd(map.fd, { type: "hash", key: u32, value: u64 });
  assert.is(same.get(5), 6n);
  same.close();
  assert.is(again.stats().openFds, 0);
  assert.is(again.stats().objects, 0);
  assert.is(map.get(5), 6n);
});

test.run();
