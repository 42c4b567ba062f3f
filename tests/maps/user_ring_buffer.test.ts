// User ring buffers: user space writes over the shared layout, the engine drains.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { BpfError, BPF_RINGBUF_BUSY_BIT, type RingRecord, type UserRingBuffer } from "../../bindings/index.ts";
import { checkLeaks } from "../harness/leak.ts";
import { newKernel } from "../harness/kernel.ts";
import { Prng } from "../kernel/prng.ts";

const kernel = newKernel({ seed: 3 });
const test = suite("user ring buffer");
checkLeaks(test, kernel);

const isCode = (code: string) => (error: unknown) => error instanceof BpfError && error.code === code;

function withRing(body: (ring: UserRingBuffer) => void): () => void {
  return () => {
    const ring = kernel.createMap({ type: "user_ringbuf", maxEntries: 4096, name: "commands" });
    body(ring);
    ring.close();
  };
}

function drained(ring: UserRingBuffer, max?: number): number[][] {
  const samples: number[][] = [];
  ring.drain((data) => void samples.push([...data]), max);
  return samples;
}

test("output and drain", withRing((ring) => {
  for (let i = 1; i <= 4; i++) assert.is(ring.output(new Uint16Array([i])), true);
  assert.equal([ring.consumerPosition, ring.producerPosition, ring.availableData, ring.size], [0, 64, 64, 4096]);
  assert.equal(drained(ring, 2), [[1, 0], [2, 0]]);
  assert.is(ring.drain(() => false), 1);
  assert.equal(drained(ring), [[4, 0]]);
  assert.equal([ring.consumerPosition, ring.availableData], [64, 0]);
  assert.equal(drained(ring), []);
}));

test("a ring can be filled to its last byte, then refuses and counts", withRing((ring) => {
  const whole = new Uint8Array(ring.recordSizeMax).fill(5);
  assert.is(whole.length, 4096 - 8);
  assert.is(ring.output(whole), true);
  assert.is(ring.output(new Uint8Array(0)), false);
  assert.is(ring.reserve(0), undefined);
  assert.is(ring.dropped, 2);
  assert.equal(drained(ring), [[...whole]]);
  assert.is(ring.output(new Uint8Array(0)), true);
  assert.throws(() => ring.reserve(4096 - 7), RangeError);
}));

test("the engine stops at a reserved record and passes discarded ones", withRing((ring) => {
  const records = [1, 2, 3].map((size) => ring.reserve(size) as RingRecord);
  records.forEach((record, i) => record.data.fill(i + 1));
  records[1].discard();
  records[2].submit();
  assert.equal(drained(ring), []);
  records[0].submit();
  assert.equal(drained(ring), [[1], [3, 3, 3]]);
  assert.throws(() => records[0].submit(), /it is submitted/);
}));

test("a drain whose callback throws has read that sample; one that nests is refused", withRing((ring) => {
  for (let i = 0; i < 3; i++) ring.output(new Uint8Array([i]));
  assert.throws(() => ring.drain(() => { throw new Error("stop"); }), /stop/);
  assert.throws(() => ring.drain(() => ring.drain(() => {})), isCode("EBUSY"));
  assert.equal(drained(ring), [[2]]);
}));

test("a producer position or a size that makes no sense is refused", withRing((ring) => {
  const mapping = kernel.mmap(ring.fd);
  const words = new Uint32Array(kernel.memory.buffer);
  words[(mapping + 4096) >>> 2] = 12;
  assert.throws(() => ring.drain(() => {}), (error: BpfError) => isCode("EINVAL")(error) && /multiple of 8/.test(error.message));
  words[(mapping + 4096) >>> 2] = 16;
  words[(mapping + 8192) >>> 2] = 100;
  assert.throws(() => ring.drain(() => {}), isCode("EINVAL"));
  words[(mapping + 4096) >>> 2] = 16384;
  words[(mapping + 8192) >>> 2] = 8000;
  assert.throws(() => ring.drain(() => {}), isCode("E2BIG"));
  words[(mapping + 8192) >>> 2] = (8000 | BPF_RINGBUF_BUSY_BIT) >>> 0;
  assert.throws(() => ring.drain(() => {}), isCode("E2BIG"));
}));

test("random records arrive whole and in order, many times around", withRing((ring) => {
  const prng = new Prng(5, "user ring");
  const queue: Uint8Array[] = [];
  let laps = 0;
  for (let i = 0; i < 20_000; i++) {
    if (prng.chance(0.6)) {
      const data = prng.bytes(prng.chance(0.01) ? prng.below(ring.recordSizeMax + 1) : prng.below(100));
      const fits = Math.ceil((data.length + 8) / 8) * 8 <= 4096 - ring.availableData;
      assert.is(ring.output(data), fits);
      if (fits) queue.push(data);
    } else {
      ring.drain((data) => {
        assert.equal(data, queue.shift());
        laps++;
      }, prng.below(20));
    }
  }
  ring.drain((data) => assert.equal(data, queue.shift()));
  assert.equal(queue, []);
  assert.ok(ring.producerPosition > 40 * 4096 && laps > 1000);
}));

test("a closed ring refuses everything", () => {
  const ring = kernel.createMap({ type: "user_ringbuf", maxEntries: 4096 });
  const record = ring.reserve(8) as RingRecord;
  ring.close();
  for (const use of [() => ring.reserve(1), () => ring.drain(() => {}), () => ring.size, () => ring.availableData, () => record.submit()]) {
    assert.throws(use, isCode("EBADF"));
  }
});

test.run();
