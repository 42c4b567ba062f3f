// Whether the live kernel takes programs. Its JIT has one lock: when that is never given up, which thousands of loads and frees
// a second have been seen to bring about, every PROG_LOAD waits for ever, bpftool's first one too. So a process of its own asks.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { liveKernelRefusal } from "./live.node.ts";

const WAIT_MS = 5000;
const STEP_MS = 20;
const STUCK = `the kernel did not load a program within ${WAIT_MS / 1000} s`;
/** Where a run of all suites keeps the answer for its workers; empty where the kernel takes programs. */
const ANSWER = "BPF_MAPS_PROGRAMS_REFUSAL";

/** Why there is no live kernel to load programs into, or undefined where there is one. */
export function programsRefusal(): string | undefined {
  return (process.env[ANSWER] ??= ask() ?? "") || undefined;
}

/** That the kernel never ends a load: what loads a program there, as browsers do, cannot even be killed. Undefined where it is not so. */
export function stuckKernel(): string | undefined {
  return programsRefusal() === STUCK ? STUCK : undefined;
}

function ask(): string | undefined {
  const refusal = liveKernelRefusal();
  if (refusal !== undefined) return refusal;
  const folder = mkdtempSync(join(tmpdir(), "bpf-maps-programs-"));
  const done = join(folder, "done");
  try {
    // A process that waits inside the kernel cannot be killed or waited for, so nothing holds on to it.
    spawn(process.execPath, [fileURLToPath(new URL("programs_probe.mjs", import.meta.url)), done], { detached: true, stdio: "ignore" }).unref();
    const pause = new Int32Array(new SharedArrayBuffer(4));
    for (let waited = 0; waited < WAIT_MS; waited += STEP_MS) {
      if (existsSync(done)) return undefined;
      Atomics.wait(pause, 0, 0, STEP_MS);
    }
    return STUCK;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
