// A thread that changes one map as fast as it can until it is terminated.
import { parentPort, workerData } from "node:worker_threads";
import { Kernel } from "../../bindings/index.ts";
import type { KernelHandle } from "../../bindings/index.ts";
import { mischief } from "./mischief.ts";

const { id, spec, seed } = workerData as { id: number; spec: number; seed: number };

parentPort!.once("message", (handle: KernelHandle) => {
  const kernel = Kernel.attachSync(handle);
  const step = mischief(kernel, id, spec, seed, false);
  parentPort!.postMessage("ready");
  for (;;) step();
});
