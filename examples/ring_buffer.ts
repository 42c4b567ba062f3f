// A ring buffer between a fast producer and a slower consumer: order is kept, and what finds no room is counted.
//   npx tsx examples/ring_buffer.ts [EVENTS]
import { setTimeout as sleep } from "node:timers/promises";
import { Kernel } from "bpf-maps";

const total = Number(process.argv[2] ?? 20_000);
const kernel = await Kernel.load();
const events = kernel.createMap({ type: "ringbuf", maxEntries: 16_384, name: "events" });
const stop = new AbortController();

/** Writes events as text, a burst at a time, as a program in the kernel would while packets arrive. */
async function produce(): Promise<void> {
  for (let number = 0; number < total; number++) {
    events.output(new TextEncoder().encode(`event ${number} ${"x".repeat(number % 40)}`));
    if (number % 500 === 0) await sleep(0);
  }
  while (events.availableData > 0) await sleep(1);
  stop.abort();
}

const produced = produce();
let seen = 0;
let last = -1;
try {
  for await (const record of events.records({ signal: stop.signal })) {
    const number = Number(new TextDecoder().decode(record).split(" ")[1]);
    if (number <= last) throw new Error(`event ${number} came after ${last}`);
    last = number;
    // Now and then the consumer has something else to do.
    if (++seen % 1000 === 0) await sleep(1);
  }
} catch (error) {
  if (!stop.signal.aborted) throw error;
}
await produced;

console.log(`${seen} events read in order, ${events.dropped} dropped because the ring was full`);
if (seen + events.dropped !== total) throw new Error("an event was lost without being counted");
events.close();
