// Kills writers of a state file at random moments and checks after each that the file holds the last state that was
// saved, or the next one, whole.
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { BPF_MAP_LOOKUP_ELEM, BPF_OBJ_GET } from "../../bindings/index.ts";
import { Store } from "../../cli/state/store.ts";

const WRITER = fileURLToPath(new URL("./kill_writer.node.ts", import.meta.url));
const VALUE_WORDS = (1 << 20) / 4;

/** Runs a writer and kills it `delayMs` after its first save. Returns the last number it said was saved. */
function killOne(path: string, delayMs: number): Promise<number> {
  return new Promise((done, failed) => {
    const child = spawn(process.execPath, ["--import", "tsx", WRITER, path], { stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    let problem = "";
    child.stdout.on("data", (chunk: Buffer) => {
      if (said === "") setTimeout(() => child.kill("SIGKILL"), delayMs);
      said += String(chunk);
    });
    child.stderr.on("data", (chunk: Buffer) => (problem += String(chunk)));
    child.once("close", (_, signal) => {
      if (signal === "SIGKILL") done(Number(said.trimEnd().split("\n").at(-1)));
      else failed(new Error(`the writer ended by itself: ${problem}`));
    });
  });
}

/** The number in the file. Throws when the file is damaged or holds a mixture. */
async function readNumber(path: string): Promise<number> {
  const kernel = await new Store({ path, writes: false, cpus: () => 1, waitMs: 0, onWait: () => {} }).load();
  const map_fd = kernel.bpf(BPF_OBJ_GET, { pathname: "/sys/fs/bpf/counter" });
  const value = new Uint32Array(VALUE_WORDS);
  kernel.bpf(BPF_MAP_LOOKUP_ELEM, { map_fd, key: new Uint32Array([1]), value });
  if (value.some((word) => word !== value[0])) throw new Error("the state is a mixture of two");
  return value[0];
}

/** What `rounds` kills left: how many files held the last saved state and how many the one after it. */
export async function killWriters(rounds: number, delayMsMax: number): Promise<{ old: number; next: number; midway: number }> {
  const folder = mkdtempSync(join(tmpdir(), "bpf-maps-kill-"));
  const path = join(folder, "state");
  const result = { old: 0, next: 0, midway: 0 };
  try {
    for (let round = 0; round < rounds; round++) {
      const saved = await killOne(path, Math.random() * delayMsMax);
      const found = await readNumber(path);
      if (found === saved) result.old++;
      else if (found === saved + 1) result.next++;
      else throw new Error(`saved ${saved}, found ${found} after kill ${round + 1}`);
      if (readdirSync(folder).some((name) => name.includes(".lock"))) result.midway++;
    }
    return result;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
