// A ring buffer between threads: many write, one reads, in each of the ways in which a reader can wait.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { readFileSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { Kernel } from "../../bindings/index.ts";
import type { RingBuffer } from "../../bindings/index.ts";
import { startWorker } from "./workers.ts";

const module = new WebAssembly.Module(new Uint8Array(readFileSync("build/shared_debug.wasm")));
const THREADS = 2;
const RECORDS = 5000;

const test = suite("a ring buffer between threads");

/** Checks that records come whole, once, and each thread's in its order. */
class Judge {
  readonly next = Array<number>(THREADS).fill(0);

  take(data: Uint8Array): void {
    const words = new Uint32Array(data.slice().buffer);
    assert.is(words.length, 8);
    assert.is(words[1], this.next[words[0]]++, "in order");
    assert.ok(words.subarray(1).every((word) => word === words[1]), "whole");
  }

  get done(): boolean {
    return this.next.every((count) => count === RECORDS);
  }
}

async function run(read: (ring: RingBuffer, judge: Judge) => Promise<void>): Promise<void> {
  const kernel = Kernel.loadSync({ shared: { source: () => module }, cpus: THREADS + 1 });
  const ring = kernel.createMap({ type: "ringbuf", maxEntries: 4096 });
  const workers = Array.from({ length: THREADS }, (_, thread) =>
    startWorker("ring_worker.ts", { handle: kernel.share(), id: ring.info().id, thread, records: RECORDS }),
  );
  const ends = workers.map((worker) => new Promise<void>((resolve, reject) => worker.once("exit", () => resolve()).once("error", reject)));
  const judge = new Judge();
  await read(ring, judge);
  await Promise.all(ends);
  assert.ok(judge.done);
  assert.is(ring.availableData, 0);
  kernel.close();
}

test("poll blocks until records come, and tells of the end of each batch", () =>
  run(async (ring, judge) => {
    let told = 0;
    let batches = 0;
    while (!judge.done) {
      const count = ring.poll((data) => judge.take(data), 20_000, (count) => {
        told += count;
        batches++;
      });
      assert.ok(count > 0);
    }
    assert.is(told, THREADS * RECORDS);
    assert.ok(batches > 0);
  }));

test("records() awaits them", () =>
  run(async (ring, judge) => {
    for await (const record of ring) {
      judge.take(record);
      if (judge.done) break;
    }
  }));

test("drain, again and again", () =>
  run(async (ring, judge) => {
    while (!judge.done) {
      ring.drain((data) => judge.take(data));
      await setImmediate();
    }
  }));

test("a poll for which nothing comes ends in time", () => {
  using kernel = Kernel.loadSync({ shared: { source: () => module } });
  const ring = kernel.createMap({ type: "ringbuf", maxEntries: 4096 });
  const began = Date.now();
  assert.is(ring.poll(() => {}, 30), 0);
  assert.ok(Date.now() - began >= 25);
});

test.run();
