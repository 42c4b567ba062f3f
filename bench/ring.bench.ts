// Ring buffers: records of 64 bytes in bursts, written and read by the same thread.
import { Kernel, type RingBuffer as BpfRing } from "./library.js";
import { RingBuffer } from "ringbuf.js";
import type { Bench, Case, Prepared, Side, Subject } from "./harness/case.ts";
import { blocks } from "./harness/random.ts";
import { own, time } from "./harness/timing.ts";

const RECORD_SIZE = 64;
const BURST = 16;
const RING_SIZE = 65536;

type Words = Uint8Array | Float64Array;

/** What ringbuf.js has; its own declarations are not generic over the array type. */
interface JsRing {
  push(elements: Words): number;
  pop(elements: Words): number;
}

/** One of our loops; `read` is what it reads with. */
type OurLoop<R> = (ring: BpfRing, record: Uint8Array, bursts: number, burst: number, read: R) => number;

/** Reads a record that drain shows. */
let seen = 0;
const look = (data: Uint8Array): void => {
  seen += data[0];
};

const drained = (ring: BpfRing, record: Uint8Array, bursts: number, burst: number, read: (data: Uint8Array) => void) => {
  let count = 0;
  for (let i = 0; i < bursts; i++) {
    for (let j = 0; j < burst; j++) ring.output(record);
    count += ring.drain(read);
  }
  return count;
};

const consumed = (ring: BpfRing, record: Uint8Array, bursts: number, burst: number) => {
  let sum = 0;
  for (let i = 0; i < bursts; i++) {
    for (let j = 0; j < burst; j++) ring.output(record);
    for (let data = ring.consume(); data !== undefined; data = ring.consume()) sum += data[0];
  }
  return sum;
};

const consumedInto = (ring: BpfRing, record: Uint8Array, bursts: number, burst: number, out: Uint8Array) => {
  let sum = 0;
  for (let i = 0; i < bursts; i++) {
    for (let j = 0; j < burst; j++) ring.output(record);
    while (ring.consumeInto(out) !== undefined) sum += out[0];
  }
  return sum;
};

const pushedAndPopped = (ring: JsRing, record: Words, out: Words, bursts: number, burst: number) => {
  let sum = 0;
  for (let i = 0; i < bursts; i++) {
    for (let j = 0; j < burst; j++) ring.push(record);
    while (ring.pop(out) > 0) sum += out[0];
  }
  return sum;
};

function prepare({ scale: { ops } }: Bench): Prepared {
  const bursts = Math.ceil(ops / BURST);
  const total = bursts * BURST;
  const bytes = blocks(1, RECORD_SIZE, 7);
  const ring = Kernel.loadSync().createMap({ type: "ringbuf", maxEntries: RING_SIZE });
  const ours = <R>(name: string, loop: OurLoop<R>, read: R): Side => {
    const mine = own(loop);
    const measure = (): number => time(total, () => mine(ring, bytes, bursts, BURST, read) + seen);
    return { name, ours: true, measure };
  };
  const sides = [
    ours("output, consume", consumed, undefined),
    ours("output, consumeInto", consumedInto, new Uint8Array(RECORD_SIZE)),
    ours("output, drain", drained, look),
  ];
  if (typeof SharedArrayBuffer === "undefined") {
    const skipped = [{ name: "ringbuf.js", reason: "the page has no SharedArrayBuffer" }];
    return { sides, skipped, dispose: () => ring.close() };
  }
  const theirs = (name: string, Type: typeof Uint8Array | typeof Float64Array, record: Words): Side => {
    const storage = RingBuffer.getStorageForCapacity(RING_SIZE / Type.BYTES_PER_ELEMENT, Type as never);
    const peer = new RingBuffer(storage, Type as never) as unknown as JsRing;
    const loop = own(pushedAndPopped);
    const out = new Type(record.length);
    return { name, ours: false, measure: () => time(total, () => loop(peer, record, out, bursts, BURST)) };
  };
  sides.push(theirs("ringbuf.js, bytes", Uint8Array, bytes));
  sides.push(theirs("ringbuf.js, doubles", Float64Array, new Float64Array(8).fill(1.5)));
  return { sides, dispose: () => ring.close() };
}

const PEERS = ["ringbuf.js, bytes", "ringbuf.js, doubles"];

const cases: Case[] = [
  {
    name: "output and read of 64-byte records in bursts of 16",
    unit: "ns",
    portable: true,
    targets: [
      // pop fills an array that is there; what answers it is consumeInto. consume makes an array for each record.
      { nr: "16a", text: "ring buffer, 64-byte records, output + consumeInto", ours: "output, consumeInto", peers: PEERS, max: 0.5 },
      { nr: "16b", text: "the same with drain", ours: "output, drain", peers: PEERS, max: 0.5 },
    ],
    prepare,
  },
];

export const ring: Subject = { name: "ringbuf", cases };
