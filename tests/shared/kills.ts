// Threads that are terminated at random moments, under load: afterwards every map is usable and every rule holds.
import { setTimeout as sleep } from "node:timers/promises";
import type { Worker } from "node:worker_threads";
import { exportsOf } from "../../bindings/abi/internals.ts";
import { Kernel } from "../../bindings/index.ts";
import { makeVictim, mischief, victims } from "./mischief.ts";
import { startWorker } from "./workers.ts";

/** What came of it. */
export interface KillReport {
  name: string;
  kills: number;
  /** Rules that were broken after a kill. */
  broken: string[];
}

const THREADS = 2;

/** Terminates threads on one kind of map as often as is asked for. */
export async function killThreads(spec: number, module: object, kills: number, seed: number): Promise<KillReport> {
  const kernel = Kernel.loadSync({ shared: { source: () => module }, cpus: THREADS + 2, seed });
  const id = makeVictim(kernel, victims[spec]);
  const { check_invariants } = exportsOf(kernel) as unknown as { check_invariants(): number };
  const broken: string[] = [];
  const step = mischief(kernel, id, spec, seed, true);
  let started = 0;
  const begin = async (): Promise<Worker> => {
    const worker = startWorker("kill_worker.ts", { id, spec, seed: seed * 1000 + ++started });
    worker.postMessage(kernel.share(worker));
    await new Promise<void>((resolve, reject) => {
      worker.once("message", () => resolve());
      worker.once("error", reject);
    });
    worker.on("error", (error) => broken.push(String(error)));
    return worker;
  };
  const workers = await Promise.all(Array.from({ length: THREADS }, begin));
  for (let kill = 0; kill < kills; kill++) {
    const at = kill % THREADS;
    await sleep(Math.random() * 3);
    // Its exit frees its CPU (Kernel.share).
    await workers[at].terminate();
    const rule = check_invariants();
    if (rule !== 0) {
      broken.push(`kill ${kill}: rule ${rule}`);
      break;
    }
    for (let i = 0; i < 50; i++) step();
    workers[at] = await begin();
  }
  await Promise.all(workers.map((worker) => worker.terminate()));
  const rule = check_invariants();
  if (rule !== 0) broken.push(`at the end: rule ${rule}`);
  return { name: victims[spec].name, kills: kills + THREADS, broken };
}
