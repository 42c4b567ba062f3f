// Every byte of a record: whatever its size, wherever it comes from, wherever in the ring it lies, and whatever happens to
// memory, to positions and to fds between two of them.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { RingSlot } from "../../assembly/uapi/constants.ts";
import { coreOf, exportsOf } from "../../bindings/abi/internals.ts";
import { BPF_RB_NO_WAKEUP, BpfError, type Kernel, type RingBuffer, type RingRecord, u32 } from "../../bindings/index.ts";
import { checkLeaks } from "../harness/leak.ts";
import { newKernel } from "../harness/kernel.ts";
import { skip } from "../harness/skip.ts";

const kernel = newKernel({ seed: 5 });
const test = suite("ring buffer, bytes");
checkLeaks(test, kernel);

/** Sizes up to several steps of every copy, around that of a slot, and around that of the scratch block. */
const SIZES = [...Array(201).keys(), 231, 239, 240, 247, 248, 249, 255, 256, 257, 1000, 4095, 4096, 4097, 5000];
const RING_SIZE = 16384;
const PAGE = 4096;

function withRing(body: (ring: RingBuffer) => void | Promise<void>, maxEntries = RING_SIZE): () => Promise<void> {
  return async () => {
    const ring = kernel.createMap({ type: "ringbuf", maxEntries, name: "bytes" });
    await body(ring);
    ring.close();
  };
}

const isCode = (code: string) => (error: unknown) => error instanceof BpfError && error.code === code;

/** Bytes of which no two neighbours in any order are like those of another number. */
function fill(bytes: Uint8Array, number: number): Uint8Array {
  for (let i = 0; i < bytes.length; i++) bytes[i] = number * 37 + i * 11 + (i >>> 5);
  return bytes;
}

function same(actual: Uint8Array | undefined, expected: Uint8Array, what: string): void {
  assert.is(actual?.length, expected.length, `${what}: size`);
  for (let i = 0; i < expected.length; i++) {
    if (actual![i] !== expected[i]) assert.unreachable(`${what}: byte ${i} is ${actual![i]} instead of ${expected[i]}`);
  }
}

/** The next record as each way of reading shows it. */
const READS: [string, (ring: RingBuffer) => Uint8Array | undefined][] = [
  ["consume", (ring) => ring.consume()],
  ["drain", (ring) => {
    let copy: Uint8Array | undefined;
    ring.drain((data) => void (copy = data.slice()), 1);
    return copy;
  }],
  ["consumeInto", (ring) => {
    const out = new Uint8Array(ring.recordSizeMax).fill(0xa5);
    const size = ring.consumeInto(out);
    if (size === undefined) return undefined;
    for (let i = size; i < out.length; i++) if (out[i] !== 0xa5) assert.unreachable(`byte ${i} behind ${size} was written`);
    return out.slice(0, size);
  }],
];

/** Grows the memory of a kernel, so that every view is detached. */
function grow(own: Kernel): void {
  const before = own.memory.buffer;
  own.createMap({ type: "array", key: u32, value: u32, maxEntries: 300_000 });
  assert.is.not(own.memory.buffer, before, "memory has grown");
}

for (const [name, read] of READS) {
  test(`${name}: every size, from every offset`, withRing((ring) => {
    for (let offset = 0; offset < 8; offset++) {
      for (const size of SIZES) {
        const data = fill(new Uint8Array(new ArrayBuffer(size + 16), offset, size), size + offset);
        assert.is(ring.output(data), true);
        same(read(ring), data, `${size} bytes at ${offset}`);
      }
    }
    assert.is(read(ring), undefined);
    assert.ok(ring.producerPosition > 10 * RING_SIZE, "records have crossed the end");
  }));

  test(`${name}: many at a time, of mixed sizes, across the end of the ring`, withRing((ring) => {
    let written = 0;
    let seen = 0;
    while (ring.producerPosition < 200 * PAGE) {
      while (ring.output(fill(new Uint8Array((written * 29) % 270), written))) written++;
      while (seen < written - (written % 3)) {
        same(read(ring), fill(new Uint8Array((seen * 29) % 270), seen), `record ${seen}`);
        seen++;
      }
    }
    assert.ok(ring.dropped > 100);
  }, PAGE));

  test(`${name}: memory grows between any two steps`, () => {
    for (const sizes of [[64, 64, 64], [0, 16, 0, 16], [8, 300, 8, 64], [248, 249, 248]]) {
      const own = newKernel();
      const ring = own.createMap({ type: "ringbuf", maxEntries: PAGE });
      sizes.forEach((size, i) => {
        assert.is(ring.output(fill(new Uint8Array(size), i)), true);
        if (i === 0) grow(own);
      });
      sizes.forEach((size, i) => {
        same(read(ring), fill(new Uint8Array(size), i), `record ${i} of ${String(sizes)}`);
        grow(own);
      });
      assert.is(read(ring), undefined);
      assert.is(ring.output(fill(new Uint8Array(100), 9)), true);
      same(read(ring), fill(new Uint8Array(100), 9), "one more");
    }
  });
}

test("arrays of other types, and targets at any offset", withRing((ring) => {
  for (let offset = 0; offset < 8; offset++) {
    for (const size of [1, 15, 16, 17, 64, 100, 248, 300]) {
      const data = fill(new Uint8Array(size), size);
      ring.output(new DataView(data.buffer));
      const target = new Uint8Array(size + 24).fill(1);
      assert.is(ring.consumeInto(target.subarray(offset, offset + size)), size);
      same(target.slice(offset, offset + size), data, `${size} bytes to ${offset}`);
      assert.ok(target.every((byte, i) => (i >= offset && i < offset + size) || byte === 1), "nothing around it");
    }
  }
  const words = new Float64Array([1.5, NaN, -0, 2 ** 60]);
  ring.output(words);
  ring.output(new Uint8ClampedArray([1, 2, 300]));
  const out = new Float64Array(4);
  assert.is(ring.consumeInto(out), 32);
  assert.equal([...out], [...words]);
  assert.equal(ring.consume(), new Uint8Array([1, 2, 255]));
}));

const SHARED = "shared memory as source and as target";
if (typeof SharedArrayBuffer === "undefined") skip(test, SHARED, "this runtime has no SharedArrayBuffer");
else test(SHARED, withRing((ring) => {
  for (const size of [3, 16, 64, 250, 5000]) {
    const shared = new Uint8Array(new SharedArrayBuffer(size + 8), 3, size);
    const data = fill(new Uint8Array(size), size);
    shared.set(data);
    ring.output(shared);
    shared.fill(0);
    assert.is(ring.consumeInto(shared), size);
    same(shared.slice(), data, `${size} bytes`);
  }
}));

test("records that come out of the kernel's own memory", withRing((ring) => {
  const other = kernel.createMap({ type: "ringbuf", maxEntries: RING_SIZE });
  const block = kernel.alloc(8192);
  const { scratchPtr } = coreOf(kernel);
  for (const size of [5, 16, 64, 200, 300, 3000]) {
    const data = fill(new Uint8Array(size), size);
    const sources: [string, () => Uint8Array][] = [
      ["a block of the caller's", () => new Uint8Array(kernel.memory.buffer, block + 3, size)],
      ["the scratch block itself", () => new Uint8Array(kernel.memory.buffer, scratchPtr + 7, size)],
      ["the place in the ring where it goes", () => {
        const record = ring.reserve(size) as RingRecord;
        const view = record.data;
        record.discard();
        assert.is(ring.consume(), undefined);
        // A lap further on, the next record begins within the bytes that it is made from.
        while (ring.producerPosition % RING_SIZE !== (view.byteOffset - kernel.mmap(ring.fd) - 2 * PAGE - 8) % RING_SIZE) {
          (ring.reserve(0) as RingRecord).discard();
          assert.is(ring.consume(), undefined);
        }
        return view;
      }],
    ];
    for (const [name, source] of sources) {
      const view = source();
      view.set(data);
      assert.is(ring.output(view), true);
      same(ring.consume(), data, `${size} bytes from ${name}`);
    }
    // What drain shows goes on to another ring, and back to the same.
    ring.output(data);
    let rounds = 0;
    ring.drain((shown) => {
      assert.is(other.output(shown), true);
      if (rounds++ < 3) assert.is(ring.output(shown), true);
    });
    assert.is(rounds, 4);
    for (let i = 0; i < 4; i++) same(other.consume(), data, `${size} bytes passed on`);
  }
  kernel.free(block);
  other.close();
}));

test("a record of a slot's size writes nothing behind the slots", withRing((ring) => {
  const size = RingSlot.COUNT * RingSlot.SIZE;
  const block = kernel.alloc(size + 64);
  for (const length of [RingSlot.SIZE - 8, RingSlot.SIZE - 9, RingSlot.SIZE - 23]) {
    new Uint8Array(kernel.memory.buffer, block, size + 64).fill(0x5a);
    const data = fill(new Uint8Array(length), length);
    for (let i = 0; i < RingSlot.COUNT; i++) ring.output(data);
    assert.is(exportsOf(kernel).ringbuf_peek(ring.fd, kernel.mmap(ring.fd), block, RingSlot.COUNT), RingSlot.COUNT);
    for (let i = 0; i < RingSlot.COUNT; i++) {
      same(new Uint8Array(kernel.memory.buffer, block + i * RingSlot.SIZE + 8, length), data, `slot ${i}`);
    }
    assert.ok(new Uint8Array(kernel.memory.buffer, block + size, 64).every((byte) => byte === 0x5a), "behind the slots");
    ring.drain(() => undefined);
  }
  kernel.free(block);
}));

test("a full ring refuses records of any size and counts them", withRing((ring) => {
  for (const size of [8, 16, 64, 248, 1000]) {
    let taken = 0;
    const before = ring.dropped;
    while (ring.output(new Uint8Array(size))) taken++;
    assert.is(taken, Math.floor((PAGE - 1) / (8 * Math.ceil((size + 8) / 8))));
    assert.is(ring.output(new Uint8Array(size)), false);
    assert.is(ring.dropped, before + 2);
    assert.is(ring.drain(() => undefined), taken);
  }
}, PAGE));

test("a ring that is closed writes to no ring that has got its fd", () => {
  const first = kernel.createMap({ type: "ringbuf", maxEntries: PAGE });
  first.output(new Uint8Array(64));
  const { fd } = first;
  first.close();
  const second = kernel.createMap({ type: "ringbuf", maxEntries: PAGE });
  assert.is(second.fd, fd);
  for (const size of [0, 8, 16, 64, 4080, 5000]) {
    assert.throws(() => first.output(new Uint8Array(size)), isCode("EBADF"));
    assert.throws(() => first.output(new Uint8Array(size), { flags: BPF_RB_NO_WAKEUP }), isCode("EBADF"));
  }
  assert.throws(() => first.output(null as never), isCode("EBADF"));
  assert.is(second.producerPosition, 0);
  second.close();
});

test("what is no view is a TypeError, and leaves the ring alone", withRing((ring) => {
  ring.output(new Uint8Array(20));
  for (const wrong of [null, undefined, 5, "text of some length", [1, 2], { length: 20 }, new ArrayBuffer(20)]) {
    assert.throws(() => ring.output(wrong as never), TypeError);
    assert.throws(() => ring.consumeInto(wrong as never), TypeError);
  }
  assert.is(ring.producerPosition, 32);
  assert.is(ring.consumerPosition, 0);
  assert.is(ring.consumeInto(new Uint8Array(20)), 20);
}));

test("every size of record wakes who waits", withRing(async (ring) => {
  for (const size of [1, 15, 16, 64, 4096, 5000]) {
    const iterator = ring.records();
    const next = iterator.next();
    await new Promise((resolve) => setTimeout(resolve, 0));
    ring.output(fill(new Uint8Array(size), size));
    same((await next).value, fill(new Uint8Array(size), size), `${size} bytes`);
    await iterator.return?.();
  }
}));

test("a reader follows a position that others move, in every word of it", withRing((ring) => {
  const other = ring.dup();
  const at = kernel.mmap(ring.fd) >>> 2;
  const words = (): Uint32Array => new Uint32Array(kernel.memory.buffer);
  const write = (from: number, to: number): void => {
    for (let i = from; i < to; i++) ring.output(fill(new Uint8Array(64), i));
  };
  write(0, 14);
  same(ring.consume(), fill(new Uint8Array(64), 0), "record 0");
  // Forward by two records, and back by three.
  words()[at] += 144;
  same(ring.consume(), fill(new Uint8Array(64), 3), "record 3");
  words()[at] -= 216;
  same(ring.consume(), fill(new Uint8Array(64), 1), "record 1");
  const out = new Uint8Array(64);
  assert.is(other.consumeInto(out), 64);
  same(out, fill(new Uint8Array(64), 2), "record 2, by the other");
  assert.is(ring.consumeInto(out), 64);
  same(out, fill(new Uint8Array(64), 3), "record 3 again");
  // Beyond the producer there is nothing, whichever word says so; writers are refused, not led astray.
  [[0, 5000], [1, 1], [1, 0xffffffff]].forEach(([word, value], i) => {
    same(ring.consume(), fill(new Uint8Array(64), 4 + i), `record ${4 + i}`);
    const [low, high] = [words()[at], words()[at + 1]];
    words()[at + word] = value;
    assert.is(ring.consumeInto(out), undefined);
    assert.is(ring.drain(() => undefined), 0);
    words()[at] = low;
    words()[at + 1] = high;
  });
  // A callback that moves the position, or reads through another object, has no say in where drain leaves it.
  ring.drain(() => {
    words()[at] = 7;
    words()[at + 1] = 7;
  }, 1);
  assert.is(ring.consumerPosition, 8 * 72);
  ring.drain(() => void other.consume(), 1);
  assert.is(ring.consumerPosition, 9 * 72);
  same(ring.consume(), fill(new Uint8Array(64), 9), "record 9");
  other.close();
}));

test("whatever the consumer position says, a record goes where the producer is", withRing((ring) => {
  const exports = exportsOf(kernel);
  const mapping = kernel.mmap(ring.fd);
  const at = mapping >>> 2;
  const block = kernel.alloc(100_000);
  const state = { seed: 7 };
  const random = (): number => (state.seed = (Math.imul(state.seed, 1664525) + 1013904223) >>> 0);
  for (let i = 0; i < 3000; i++) {
    const words = new Uint32Array(kernel.memory.buffer);
    words[at] = random() >>> (random() & 31);
    words[at + 1] = (random() & 3) === 0 ? random() : 0;
    const before = ring.producerPosition;
    const size = (random() & 3) === 0 ? random() % 100_000 : random() % 300;
    const answer = exports.ringbuf_output(ring.fd, block, size, 0);
    const total = (size + 15) & ~7;
    assert.ok(answer === 0 || answer === 1 || answer === -11, `answers ${answer}`);
    assert.is(ring.producerPosition, answer >= 0 ? before + total : before);
    if (answer >= 0) assert.ok(total < PAGE, "no record is larger than the ring");
    if (answer >= 0) assert.is(words[(mapping + 2 * PAGE + (before & (PAGE - 1))) >>> 2], size);
  }
  kernel.free(block);
}, PAGE));

test.run();
