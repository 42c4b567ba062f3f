// A ring whose memory somebody wrote into: headers and the consumer position are what a mapper may have made of them. And
// which records wake a reader.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { exportsOf } from "../../bindings/abi/internals.ts";
import { Errno, RingbufFlag, RingSlot } from "../../assembly/uapi/constants.ts";
import { BpfError, type RingBuffer, type RingRecord } from "../../bindings/index.ts";
import { newKernel } from "../harness/kernel.ts";
import { Prng } from "../kernel/prng.ts";

const DATA = 8192;
const BUSY = 0x80000000;
const DISCARD = 0x40000000;
const test = suite("map/ring_headers");

interface Setup {
  ring: RingBuffer;
  data: DataView;
  /** Address of page 0. */
  mapping: number;
  peek(): number;
  out: number;
  commit(payload: number, discard: boolean, flags: number): number;
  output(size: number, flags: number): number;
  reserve(size: number): number;
}

function setup(maxEntries = 4096): Setup {
  const kernel = newKernel({ seed: 1 });
  const ring = kernel.createMap({ type: "ringbuf", maxEntries });
  const out = kernel.alloc(RingSlot.COUNT * RingSlot.SIZE);
  const exports = exportsOf(kernel) as unknown as { [name: string]: (...args: (number | bigint)[]) => number };
  const mapping = kernel.mmap(ring.fd);
  return {
    ring, mapping, out,
    data: new DataView(kernel.memory.buffer),
    peek: () => exports.ringbuf_peek(ring.fd, mapping, out, RingSlot.COUNT),
    commit: (payload, discard, flags) => (discard ? exports.ringbuf_discard : exports.ringbuf_submit)(payload, flags),
    output: (size, flags) => exports.ringbuf_output(ring.fd, out, size, flags),
    reserve: (size) => exports.ringbuf_reserve(ring.fd, BigInt(size), 0n),
  };
}

// The first of three records of 10, 20 and 30 bytes: headers that say something else than the ring knows.
for (const word of [0, 2, 17, 18, 42, 400, 4000, 4096, 8184, 400000, 0x3fffffff, BUSY, BUSY | 10, BUSY | 400000, DISCARD | 400000, DISCARD | BUSY, 0xffffffff]) {
  test(`header 0x${word.toString(16)} in place of 10 bytes`, () => {
    const { ring, data, mapping } = setup();
    for (const size of [10, 20, 30]) ring.output(new Uint8Array(size).fill(size));
    data.setUint32(mapping + DATA, word, true);
    assert.throws(() => ring.consume(), (error: unknown) => error instanceof BpfError && error.code === "EINVAL");
    assert.equal(ring.consume(), new Uint8Array(20).fill(20), "the next one");
    assert.equal(ring.consume(), new Uint8Array(30).fill(30));
    assert.is(ring.consume(), undefined);
  });
}

test("a header that says another length of the same room is a record of that length", () => {
  const { ring, data, mapping } = setup();
  ring.output(new Uint8Array(10).fill(1));
  data.setUint32(mapping + DATA, 9, true);
  assert.equal(ring.consume(), new Uint8Array(9).fill(1));
});

test("a record that is not finished stays so, whatever its header says", () => {
  const { ring, data, mapping } = setup();
  const record = ring.reserve(10) as RingRecord;
  ring.output(new Uint8Array([1]));
  data.setUint32(mapping + DATA, 10, true);
  assert.is(ring.consume(), undefined);
  record.discard();
  assert.equal(ring.consume(), new Uint8Array([1]));
});

test("consumer positions at which no record begins", () => {
  for (const position of [1n, 4n, 8n, 16n, 23n, 24n, 32n, 55n, 1n << 32n, 1n << 63n, (1n << 64n) - 1n, (1n << 64n) - 8n]) {
    const { ring, data, mapping, peek } = setup();
    // They begin at 0, 24 and 48, and end at 72.
    for (const size of [10, 10, 10]) ring.output(new Uint8Array(size).fill(size));
    data.setBigUint64(mapping, position, true);
    const begins = position === 24n;
    const answer = peek();
    if (position > 72n) assert.is(answer, 0, `${position}`);
    else assert.is(answer, begins ? 2 : -Errno.EINVAL, `${position}`);
    if (position < 72n && !begins) assert.is(data.getBigUint64(mapping, true), ((position + 23n) / 24n) * 24n, `passed from ${position}`);
  }
});

test("a consumer position that lies more than a lap back ends at what is there", () => {
  const { ring, data, mapping, peek } = setup();
  for (let i = 0; i < 1000; i++) {
    ring.output(new Uint8Array(40).fill(i));
    assert.equal(ring.consume(), new Uint8Array(40).fill(i));
  }
  data.setBigUint64(mapping, 0n, true);
  assert.is(peek(), -Errno.EINVAL);
  const position = Number(data.getBigUint64(mapping, true));
  assert.ok(position >= 48000 - 4096 && position % 48 === 0, `${position}`);
  assert.is(peek(), 16);
});

test("random records, random damage: a reader gets nothing but records, and comes to the end", () => {
  const random = new Prng(11);
  const { ring, data, mapping } = setup();
  for (let round = 0; round < 3000; round++) {
    const sizes = [0, 1, 8, 50, 200, 900, 3000];
    while (ring.output(new Uint8Array(random.pick(sizes)).fill(0xab)) && random.below(4));
    for (let i = random.below(3); i > 0; i--) {
      const at = mapping + DATA + 8 * random.below(512);
      if (random.below(2)) data.setUint32(at, random.pick([0, 5, 100, 5000, BUSY, DISCARD, 0x3fffffff, random.u32()]), true);
      else if (random.below(8) === 0) data.setBigUint64(mapping, BigInt(random.below(2)) * BigInt(random.u32()), true);
    }
    for (let reads = 0; ; reads++) {
      assert.ok(reads < 1200, "the reader comes to the end");
      try {
        const record = ring.consume();
        if (record === undefined) break;
        assert.ok(record.length <= 4080);
      } catch (error) {
        assert.is((error as BpfError).code, "EINVAL");
      }
    }
    data.setBigUint64(mapping, data.getBigUint64(mapping + 4096, true), true);
  }
});

// Linux: FORCE_WAKEUP always, NO_WAKEUP never, without flags when the reader has read all before the record.
const { NO_WAKEUP, FORCE_WAKEUP } = RingbufFlag;
for (const { name, flags, wakes } of [
  { name: "one after the other", flags: [0, 0, 0], wakes: [1, 0, 0] },
  { name: "behind an unread NO_WAKEUP", flags: [NO_WAKEUP, 0, 0], wakes: [0, 0, 0] },
  { name: "FORCE_WAKEUP behind unread ones", flags: [0, FORCE_WAKEUP, NO_WAKEUP], wakes: [1, 1, 0] },
  { name: "both flags", flags: [0, NO_WAKEUP | FORCE_WAKEUP], wakes: [1, 1] },
]) {
  test(`wakeups: ${name}`, () => {
    const byOutput = setup();
    assert.equal(flags.map((flag) => byOutput.output(8, flag)), wakes, "output");
    for (const discard of [false, true]) {
      const { reserve, commit } = setup();
      const payloads = flags.map(() => reserve(8));
      assert.equal(payloads.map((payload, index) => commit(payload, discard, flags[index])), wakes, discard ? "discard" : "submit");
      assert.is(commit(payloads[0], discard, FORCE_WAKEUP), 0, "no record any more");
    }
  });
}

test("wakeups: the record that the reader waits at, though those behind it were submitted first", () => {
  const { reserve, commit, output, ring } = setup();
  const [first, second] = [reserve(8), reserve(8)];
  assert.equal([output(8, 0), commit(second, false, 0), commit(first, false, 0)], [0, 0, 1]);
  ring.drain(() => true);
  assert.is(output(8, 0), 1, "all read");
});

test("wakeups: a waiting reader of the typed ring", async () => {
  for (const [flags, woken] of [[[0], true], [[1], false], [[1, 0], false], [[1, 2], true], [[1, 0, 0], false], [[0, 0], true]] as const) {
    const { ring } = setup();
    let got = false;
    const first = ring.records().next().then(() => (got = true));
    await new Promise((resolve) => setTimeout(resolve, 1));
    for (const flag of flags) ring.output(new Uint8Array(8), { flags: flag });
    await new Promise((resolve) => setTimeout(resolve, 1));
    assert.is(got, woken, `flags ${flags}`);
    ring.close();
    await first;
  }
});

test.run();
