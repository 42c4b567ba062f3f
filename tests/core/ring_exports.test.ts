// A reader's look ahead, the engine's own export: what it copies, and how it refuses. Addresses in memory, as any host of
// the core would call it.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Errno, RingSlot } from "../../assembly/uapi/constants.ts";
import { exportsOf } from "../../bindings/abi/internals.ts";
import { BPF_RINGBUF_DISCARD_BIT, errnoName, type RingBuffer, type RingRecord } from "../../bindings/index.ts";
import { checkLeaks } from "../harness/leak.ts";
import { newKernel } from "../harness/kernel.ts";

const kernel = newKernel();
const test = suite("map/ring_exports");
checkLeaks(test, kernel);
const exports = exportsOf(kernel);
const BLOCK_SIZE = RingSlot.COUNT * RingSlot.SIZE;
const out = kernel.alloc(BLOCK_SIZE);

const words = (): Uint32Array => new Uint32Array(kernel.memory.buffer);
const slotSize = (slot: number): number => words()[(out + slot * RingSlot.SIZE) >>> 2];
const slotBytes = (slot: number): Uint8Array => new Uint8Array(kernel.memory.buffer, out + slot * RingSlot.SIZE + 8, slotSize(slot)).slice();

function withRing(body: (ring: RingBuffer, mapping: number) => void): () => void {
  return () => {
    const ring = kernel.createMap({ type: "ringbuf", maxEntries: 4096 });
    body(ring, kernel.mmap(ring.fd));
    ring.close();
  };
}

test("copies finished records, stops at the first that is not", withRing((ring, mapping) => {
  const peek = (count: number): number => exports.ringbuf_peek(ring.fd, mapping, out, count);
  assert.is(peek(16), 0);
  ring.output(new Uint8Array([1, 2, 3]));
  ring.output(new Uint8Array(300));
  ring.output(new Uint8Array(0));
  const record = ring.reserve(4) as RingRecord;
  ring.output(new Uint8Array([4]));
  assert.is(peek(2), 2);
  assert.is(peek(16), 3);
  assert.equal([slotSize(0), slotSize(1), slotSize(2)], [3, 300, 0]);
  assert.equal(slotBytes(0), new Uint8Array([1, 2, 3]));
  assert.is(ring.consumerPosition, 0, "nothing is read by it");
  record.submit();
  assert.is(peek(1000), 5);
  for (let i = 0; i < 20; i++) ring.output(new Uint8Array([i]));
  assert.is(peek(1000), RingSlot.COUNT);
}));

test("passes one discarded record in a call", withRing((ring, mapping) => {
  const peek = (): number => exports.ringbuf_peek(ring.fd, mapping, out, 16);
  for (let i = 0; i < 2; i++) (ring.reserve(10) as RingRecord).discard();
  ring.output(new Uint8Array([7]));
  (ring.reserve(10) as RingRecord).discard();
  ring.output(new Uint8Array([8]));
  assert.equal([peek(), peek(), peek(), peek()], [-Errno.EAGAIN, -Errno.EAGAIN, 1, 1]);
  assert.is(ring.consumerPosition, 48);
  assert.equal(slotBytes(0), new Uint8Array([7]));
}));

test("refuses what is no ring, mapping or block", withRing((ring, mapping) => {
  const user = kernel.createMap({ type: "user_ringbuf", maxEntries: 4096 });
  const other = kernel.createMap({ type: "ringbuf", maxEntries: 4096 });
  const answers: [number, string][] = [
    [exports.ringbuf_peek(99, mapping, out, 1), "EBADF"],
    [exports.ringbuf_peek(0, mapping, out, 1), "EINVAL"],
    [exports.ringbuf_peek(user.fd, kernel.mmap(user.fd), out, 1), "EINVAL"],
    [exports.ringbuf_peek(ring.fd, kernel.mmap(other.fd), out, 1), "EINVAL"],
    [exports.ringbuf_peek(ring.fd, 0, out, 1), "EINVAL"],
    [exports.ringbuf_peek(ring.fd, mapping, mapping, 1), "EFAULT"],
    [exports.ringbuf_peek(ring.fd, mapping, 0, 1), "EFAULT"],
    [exports.ringbuf_peek(ring.fd, mapping, -8, 1), "EFAULT"],
  ];
  for (const [answer, code] of answers) assert.is(errnoName(answer), code);
  user.close();
  other.close();
}));

test("output takes a run of user memory, wherever chunks end, and nothing else", withRing((ring, mapping) => {
  const user = kernel.createMap({ type: "user_ringbuf", maxEntries: 4096 });
  const long = kernel.alloc(3 * 65536);
  const output = (fd: number, data: number, size: number, flags = 0): string => {
    const before = ring.producerPosition;
    const answer = exports.ringbuf_output(fd, data, size, flags);
    assert.is(ring.producerPosition, answer >= 0 ? before + ((size + 15) & ~7) : before);
    while (ring.consume() !== undefined);
    return answer >= 0 ? "" : errnoName(answer);
  };
  const edge = (long + 65536) & ~65535;
  // Where a user chunk ends and none begins.
  let last = kernel.memory.buffer.byteLength;
  while (output(ring.fd, last - 16, 16) !== "") last -= 65536;
  const answers: [string, string][] = [
    [output(ring.fd, out, 64), ""],
    [output(ring.fd, edge - 8, 64), ""],
    [output(ring.fd, edge - 2000, 4000), ""],
    [output(ring.fd, out, 64, 3), ""],
    [output(ring.fd, 0, 0), ""],
    [output(ring.fd, mapping, 0), ""],
    [output(ring.fd, -1, 0), ""],
    [output(ring.fd, 0, 1), "EFAULT"],
    [output(ring.fd, mapping, 64), "EFAULT"],
    [output(ring.fd, 4096, 64), "EFAULT"],
    [output(ring.fd, -8, 64), "EFAULT"],
    [output(ring.fd, out, -1), "EFAULT"],
    [output(ring.fd, out + 64, -8), "EFAULT"],
    [output(ring.fd, last - 8, 64), "EFAULT"],
    [output(ring.fd, last - 64, 64), ""],
    [output(ring.fd, long, 3 * 65536), "EAGAIN"],
    [output(ring.fd, long, 4081), "EAGAIN"],
    [output(ring.fd, out, 64, 4), "EINVAL"],
    [output(user.fd, out, 64), "EINVAL"],
    [output(user.fd, 0, 64), "EINVAL"],
    [output(0, out, 64), "EINVAL"],
    [output(99, out, 64), "EBADF"],
    [output(-1, 0, 64, 4), "EBADF"],
  ];
  answers.forEach(([answer, code], i) => assert.is(answer, code, `case ${i}`));
  for (const size of [4081n, 0x3fffffffn, 0x40000000n, 2n ** 32n, 2n ** 63n, 2n ** 64n - 1n, 2n ** 64n - 16n]) {
    assert.is(exports.ringbuf_reserve(ring.fd, size, 0n), 0);
  }
  // A consumer far ahead makes room for nothing that is larger than the ring.
  for (const ahead of [4096, 2 ** 30, 2 ** 31, 2 ** 32 - 4096]) {
    const position = ring.consumerPosition;
    words()[mapping >>> 2] = position + ahead;
    assert.is(errnoName(exports.ringbuf_output(ring.fd, long, 3 * 65536, 0)), "EAGAIN");
    assert.is(exports.ringbuf_reserve(ring.fd, BigInt(ahead) & ~7n, 0n), 0);
    words()[mapping >>> 2] = position;
  }
  kernel.free(long);
  user.close();
}));

test("whatever a reader has written, nothing beyond the ring is read", withRing((ring, mapping) => {
  const state = { seed: 1 };
  const random = (): number => (state.seed = (Math.imul(state.seed, 1664525) + 1013904223) >>> 0);
  for (let i = 0; i < 3; i++) ring.output(new Uint8Array(1000));
  for (let i = 0; i < 5000; i++) {
    const memory = words();
    memory[mapping >>> 2] = random() >>> (random() & 31);
    memory[(mapping >>> 2) + 1] = (random() & 3) === 0 ? random() : 0;
    for (let word = 0; word < 1024; word += 64) memory[((mapping + 8192) >>> 2) + word] = random() & ~BPF_RINGBUF_DISCARD_BIT;
    const found = exports.ringbuf_peek(ring.fd, mapping, out, random());
    const passed = found === -Errno.EAGAIN || found === -Errno.EINVAL;
    assert.ok(passed || (found >= 0 && found <= RingSlot.COUNT), `answers ${found}`);
  }
}));

test.run();
