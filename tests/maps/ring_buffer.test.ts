// Ring buffers: the model, the rules of each method, and the asynchronous reader.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  BPF_RB_FORCE_WAKEUP,
  BPF_RB_NO_WAKEUP,
  BpfError,
  u32,
  type Kernel,
  type RingBuffer,
  type RingRecord,
} from "../../bindings/index.ts";
import { checkLeaks } from "../harness/leak.ts";
import { isShared, newKernel } from "../harness/kernel.ts";
import { Prng } from "../kernel/prng.ts";
import { RingPlayer } from "../suites/ring_model.ts";

const kernel = newKernel({ seed: 3 });
const test = suite("ring buffer");
checkLeaks(test, kernel);

function withRing(body: (ring: RingBuffer) => void | Promise<void>, on: Kernel = kernel, maxEntries = 4096): () => Promise<void> {
  return async () => {
    const ring = on.createMap({ type: "ringbuf", maxEntries, name: "events" });
    await body(ring);
    ring.close();
  };
}

const bytes = (...values: number[]): Uint8Array => new Uint8Array(values);
const isCode = (code: string) => (error: unknown) => error instanceof BpfError && error.code === code;

/** What `drain` delivers, copied. */
function drained(ring: RingBuffer, max?: number): number[][] {
  const records: number[][] = [];
  ring.drain((data) => void records.push([...data]), max);
  return records;
}

/** What `consumeInto` delivers. */
function into(ring: RingBuffer): Uint8Array | undefined {
  const out = new Uint8Array(ring.recordSizeMax);
  const size = ring.consumeInto(out);
  return size === undefined ? undefined : out.subarray(0, size);
}

/** Lets everything that is resolved run. */
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

for (const [maxEntries, records] of [[65536, 280_000], [4096, 20_000]]) {
  test(`${records} records through a ring of ${maxEntries} bytes: none lost, reordered or torn`, withRing((ring) => {
    const player = new RingPlayer(ring, new Prng(17, `ring ${maxEntries}`));
    while (player.read < records) player.step();
    player.end();
    assert.ok(player.refused > 100 && player.discarded > 100, "the ring was full at times, and records were discarded");
    assert.ok(ring.producerPosition > 50 * maxEntries, "records have crossed the end");
  }, kernel, maxEntries));
}

test("output, drain and consume", withRing((ring) => {
  assert.is(ring.consume(), undefined);
  for (let i = 1; i <= 5; i++) assert.is(ring.output(new Uint16Array([i])), true);
  assert.is(ring.output(new Uint8Array(0)), true);
  assert.equal(drained(ring, 2), [[1, 0], [2, 0]]);
  assert.equal(drained(ring, 0), []);
  assert.equal(ring.consume(), bytes(3, 0));
  assert.is(ring.drain(() => false), 1);
  assert.equal(drained(ring), [[5, 0], []]);
  assert.equal(drained(ring), []);
}));

test("consumeInto fills the front of a view of any type", withRing((ring) => {
  const out = new Uint8Array(8).fill(9);
  assert.is(ring.consumeInto(out), undefined);
  ring.output(bytes(1, 2, 3));
  ring.output(bytes());
  ring.output(new Float64Array([1.5]));
  assert.is(ring.consumeInto(out), 3);
  assert.equal(out, bytes(1, 2, 3, 9, 9, 9, 9, 9));
  assert.is(ring.consumeInto(out), 0);
  assert.throws(() => ring.consumeInto(out.subarray(1)), (error: Error) => error instanceof RangeError && /8 bytes, the view 7/.test(error.message));
  assert.throws(() => ring.consumeInto([] as never), TypeError);
  const double = new Float64Array(1);
  assert.is(ring.consumeInto(double), 8);
  assert.is(double[0], 1.5);
  assert.is(ring.availableData, 0);
}));

test("records of every length around that of a slot, and beyond the scratch block", withRing((ring) => {
  const sizes = [...Array(40).keys(), 240, 247, 248, 249, 255, 256, 257, 4095, 4096, 4097, 0, 1];
  const records = sizes.map((size) => new Uint8Array(size).map((_, i) => size + 3 * i));
  for (const read of [() => ring.consume(), () => drained(ring, 1)[0], () => into(ring)]) {
    for (const record of records) assert.is(ring.output(record), true);
    for (const record of records) assert.equal([...read()!], [...record]);
    assert.is(ring.consume(), undefined);
  }
}, kernel, 65536));

test("what one reader has looked at, another may read", withRing((ring) => {
  const other = ring.dup();
  for (let i = 0; i < 40; i++) ring.output(bytes(i));
  const seen: number[] = [];
  for (let i = 0; i < 20; i++) seen.push(ring.consume()![0], other.consume()![0]);
  assert.equal(seen, Array.from({ length: 40 }, (_, i) => i));
  const all = bytes(...Array(40).keys());
  for (const i of all) ring.output(bytes(i));
  assert.equal(ring.consume(), bytes(0));
  assert.is(drained(other).length, 39);
  for (const i of all) ring.output(bytes(i + 100));
  assert.equal(drained(ring).flat(), [...all].map((i) => i + 100));
  other.close();
}));

test("the position goes on where 32 bits end", () => {
  const own = newKernel();
  const ring = own.createMap({ type: "ringbuf", maxEntries: 2 ** 24 });
  while (ring.producerPosition < 2 ** 32 - 2 ** 12) {
    (ring.reserve(ring.recordSizeMax) as RingRecord).discard();
    assert.is(ring.consume(), undefined);
  }
  assert.is(ring.producerPosition, 2 ** 32 - 2048);
  for (let i = 0; i < 60; i++) ring.output(new Uint8Array(64).fill(i));
  for (let i = 0; i < 60; i++) {
    assert.is(ring.consume()![63], i);
    assert.is(ring.consumerPosition, 2 ** 32 - 2048 + 72 * (i + 1));
  }
});

test("memory may grow between two records of a drain", async () => {
  const own = newKernel();
  const ring = own.createMap({ type: "ringbuf", maxEntries: 4096 });
  for (let i = 0; i < 6; i++) ring.output(bytes(i, i));
  const seen: number[][] = [];
  ring.drain((data) => {
    seen.push([...data]);
    if (seen.length === 2) own.createMap({ type: "array", key: u32, value: u32, maxEntries: 1_000_000 });
    if (seen.length === 2) assert.is(data.length, isShared() ? 2 : 0, "memory has grown");
  });
  assert.equal(seen, [0, 1, 2, 3, 4, 5].map((i) => [i, i]));
  assert.is(ring.availableData, 0);
});

test("a callback that closes the map ends the drain", () => {
  const ring = kernel.createMap({ type: "ringbuf", maxEntries: 4096 });
  for (let i = 0; i < 3; i++) ring.output(bytes(i));
  assert.is(ring.drain(() => ring.close()), 1);
  assert.throws(() => ring.consumeInto(bytes(1)), isCode("EBADF"));
});

test("positions are bytes with headers, padded to 8", withRing((ring) => {
  assert.is(ring.size, 4096);
  ring.output(new Uint8Array(1));
  ring.output(new Uint8Array(9));
  assert.equal([ring.consumerPosition, ring.producerPosition, ring.availableData], [0, 40, 40]);
  ring.consume();
  assert.equal([ring.consumerPosition, ring.producerPosition, ring.availableData], [16, 40, 24]);
}));

test("a full ring refuses and counts; it takes records again when there is room", withRing((ring) => {
  const record = new Uint8Array(ring.recordSizeMax).map((_, i) => i);
  assert.is(record.length, 4096 - 16);
  assert.is(ring.output(record), true);
  assert.is(ring.output(bytes()), false);
  assert.is(ring.reserve(0), undefined);
  assert.is(ring.dropped, 2);
  assert.equal(ring.consume(), record);
  assert.is(ring.output(record), true, "and one that crosses the end");
  assert.equal(ring.consume(), record);
  assert.is(ring.dropped, 2);
}));

test("a record that never fits is an error, not a full ring", withRing((ring) => {
  assert.throws(() => ring.output(new Uint8Array(4096 - 15)), (error: Error) => error instanceof RangeError && /0 to 4080/.test(error.message));
  for (const size of [-1, 1.5, NaN, 2 ** 40]) assert.throws(() => ring.reserve(size), RangeError);
  assert.throws(() => ring.reserve("8" as never), TypeError);
  assert.throws(() => ring.output([1, 2] as never), TypeError);
  assert.is(ring.dropped, 0);
}));

test("the reader stops at a reserved record, passes a discarded one", withRing((ring) => {
  const records = [1, 2, 3].map((size) => ring.reserve(size) as RingRecord);
  records.forEach((record, i) => record.data.fill(i + 1));
  records[1].submit();
  records[2].submit();
  assert.equal(drained(ring), []);
  records[0].discard();
  assert.equal(drained(ring), [[2, 2], [3, 3, 3]]);
  assert.is(ring.availableData, 0);
}));

test("a record is finished once, and unusable afterwards", withRing((ring) => {
  const record = ring.reserve(4) as RingRecord;
  record.submit();
  for (const again of [() => record.submit(), () => record.discard(), () => record.data]) {
    assert.throws(again, /it is submitted/);
  }
  (record as unknown as Record<symbol, () => void>)[Symbol.dispose ?? Symbol.for("Symbol.dispose")]();
  assert.is(drained(ring).length, 1);
  const other = ring.reserve(4) as RingRecord;
  (other as unknown as Record<symbol, () => void>)[Symbol.dispose ?? Symbol.for("Symbol.dispose")]();
  assert.throws(() => other.submit(), /it is discarded/);
  assert.equal(drained(ring), []);
}));

test("a reserved record survives the growth of memory", async () => {
  const own = newKernel();
  const ring = own.createMap({ type: "ringbuf", maxEntries: 4096 });
  const record = ring.reserve(8) as RingRecord;
  const before = record.data;
  before.fill(7);
  own.createMap({ type: "hash", key: u32, value: u32, maxEntries: 1_000_000 });
  assert.is(before.length, isShared() ? 8 : 0, "memory has grown");
  assert.equal([...record.data], Array(8).fill(7));
  record.data[0] = 9;
  record.submit();
  assert.equal(ring.consume(), bytes(9, 7, 7, 7, 7, 7, 7, 7));
});

test("a drain whose callback throws has read that record; one that nests is refused", withRing((ring) => {
  for (let i = 0; i < 3; i++) ring.output(bytes(i));
  assert.throws(() => ring.drain(() => { throw new Error("stop"); }), /stop/);
  assert.throws(() => ring.drain(() => ring.consume()), isCode("EBUSY"));
  assert.equal(drained(ring), [[2]]);
}));

test("a callback may write to the ring", withRing((ring) => {
  ring.output(bytes(3));
  const seen: number[] = [];
  ring.drain(([n]) => {
    seen.push(n);
    if (n > 0) ring.output(bytes(n - 1));
  });
  assert.equal(seen, [3, 2, 1, 0]);
}));

test("unknown flags are EINVAL", withRing((ring) => {
  assert.throws(() => ring.output(bytes(1), { flags: 4 }), isCode("EINVAL"));
  assert.throws(() => ring.output(bytes(1), { flags: -1 }), RangeError);
  assert.throws(() => (ring.reserve(1) as RingRecord).submit({ flags: "x" as never }), TypeError);
}));

test("an iterator waits for records and is woken by every writer of the map", withRing(async (ring) => {
  const other = ring.dup();
  const seen: number[] = [];
  const reader = (async () => {
    for await (const [n] of ring) {
      seen.push(n);
      if (n === 4) return;
    }
  })();
  await settle();
  ring.output(bytes(1));
  await settle();
  other.output(bytes(2));
  const record = other.reserve(1) as RingRecord;
  record.data[0] = 4;
  await settle();
  assert.equal(seen, [1, 2]);
  record.submit();
  await reader;
  assert.equal(seen, [1, 2, 4]);
  other.close();
}));

test("a discarded record wakes the reader for those behind it", withRing(async (ring) => {
  const first = ring.reserve(1) as RingRecord;
  ring.output(bytes(5));
  const next = ring.records().next();
  await settle();
  first.discard();
  assert.equal((await next).value, bytes(5));
}));

test("BPF_RB_NO_WAKEUP leaves the reader asleep until the next wakeup", withRing(async (ring) => {
  const seen: number[] = [];
  const reader = (async () => {
    for await (const [n] of ring) if (seen.push(n) === 3) return;
  })();
  await settle();
  ring.output(bytes(1), { flags: BPF_RB_NO_WAKEUP });
  ring.output(bytes(2), { flags: BPF_RB_NO_WAKEUP });
  await settle();
  assert.equal(seen, []);
  ring.output(bytes(3), { flags: BPF_RB_FORCE_WAKEUP });
  await reader;
  assert.equal(seen, [1, 2, 3]);
}));

test("two iterators share the records, each goes to one", withRing(async (ring) => {
  const seen: number[] = [];
  const readers = [1, 2].map(async () => {
    for await (const [n] of ring) {
      seen.push(n);
      if (seen.length >= 99) return;
    }
  });
  for (let i = 0; i < 100; i++) {
    ring.output(bytes(i));
    if (i % 7 === 0) await settle();
  }
  await Promise.all(readers);
  assert.equal(seen.sort((a, b) => a - b), Array.from({ length: seen.length }, (_, i) => i));
}));

test("an abort ends the wait with the signal's reason and leaves nothing behind", withRing(async (ring) => {
  const stop = new AbortController();
  const iterator = ring.records({ signal: stop.signal });
  const next = iterator.next();
  await settle();
  stop.abort(new Error("enough"));
  await assertRejects(next, /enough/);
  ring.output(bytes(1));
  await assertRejects(ring.records({ signal: stop.signal }).next(), /enough/);
  assert.equal(drained(ring), [[1]], "the record is still there for others");
}));

test("closing the object ends its iterators", async () => {
  const ring = kernel.createMap({ type: "ringbuf", maxEntries: 4096 });
  const next = ring.records().next();
  const record = ring.reserve(8) as RingRecord;
  await settle();
  ring.close();
  assert.equal(await next, { value: undefined, done: true });
  for (const use of [() => ring.records(), () => ring.output(bytes()), () => ring.reserve(1), () => ring.availableData, () => record.data]) {
    assert.throws(use, isCode("EBADF"));
  }
});

test("a frozen ring can be written by programs, not read", withRing((ring) => {
  ring.freeze();
  assert.is(ring.output(bytes(1)), true);
  assert.throws(() => ring.consume(), (error: BpfError) => isCode("EPERM")(error) && /frozen/.test(error.message));
}));

test("the spec is checked as Linux does", () => {
  for (const maxEntries of [0, 2048, 5000, 12288]) {
    assert.throws(() => kernel.createMap({ type: "ringbuf", maxEntries }), isCode("EINVAL"));
  }
});

async function assertRejects(promise: Promise<unknown>, message: RegExp): Promise<void> {
  try {
    await promise;
  } catch (error) {
    return assert.match((error as Error).message, message);
  }
  assert.unreachable("the promise was resolved");
}

test.run();
