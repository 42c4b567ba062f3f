// One build at a time in a checkout: a second one waits for the first instead of writing into its output.
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { StepError } from "./files.mjs";

const WAIT_MS_MAX = 120_000;
const POLL_MS = 100;
// Between mkdir and the write of its pid a lock has no owner; only after this long is that a sign of a crash.
const OWNERLESS_MS_MAX = 5_000;

function isAbandoned(lock) {
  try {
    const pid = Number(readFileSync(join(lock, "pid"), "utf8"));
    process.kill(pid, 0);
    return false;
  } catch (error) {
    if (error.code === "ESRCH") return true;
    if (error.code !== "ENOENT") return false;
  }
  try {
    return Date.now() - statSync(lock).mtimeMs > OWNERLESS_MS_MAX;
  } catch {
    return false;
  }
}

async function acquire(lock) {
  mkdirSync(dirname(lock), { recursive: true });
  const deadline = Date.now() + WAIT_MS_MAX;
  for (;;) {
    try {
      mkdirSync(lock);
      writeFileSync(join(lock, "pid"), String(process.pid));
      return;
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
    }
    if (isAbandoned(lock)) rmSync(lock, { recursive: true, force: true });
    else if (Date.now() > deadline) throw new StepError(`Cannot build: another build has held ${lock} for two minutes`);
    else await sleep(POLL_MS);
  }
}

/** Runs `work` while holding the lock directory `lock`; a lock whose owner is dead is taken over. */
export async function withLock(lock, work) {
  await acquire(lock);
  try {
    return await work();
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}
