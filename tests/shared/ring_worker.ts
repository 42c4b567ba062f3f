// A thread that writes numbered records into a ring, in one of two ways each.
import { parentPort, workerData } from "node:worker_threads";
import { Kernel } from "../../bindings/index.ts";
import type { KernelHandle } from "../../bindings/index.ts";

const { handle, id, thread, records } = workerData as { handle: KernelHandle; id: number; thread: number; records: number };
using kernel = Kernel.attachSync(handle);
const ring = kernel.openById(id, { type: "ringbuf" });
const words = new Uint32Array(8);
const bytes = new Uint8Array(words.buffer);
for (let i = 0; i < records; i++) {
  words.fill(i);
  words[0] = thread;
  if (i % 2 === 0) {
    while (!ring.output(bytes));
    continue;
  }
  let record = ring.reserve(bytes.length);
  while (record === undefined) record = ring.reserve(bytes.length);
  record.data.set(bytes);
  record.submit();
}
parentPort!.postMessage("done");
