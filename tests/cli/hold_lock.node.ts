// Helper processes of state.node.test.ts:
//   hold_lock.node.ts FILE                        takes the lock, says so, and keeps it until it is killed
//   hold_lock.node.ts FILE contend PROCESSES N    processes that each take it N times, checking that nobody else has it
import { spawn } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Claim } from "../../cli/state/claim.ts";
import { waitForClaim } from "../../cli/state/wait.ts";

const [file, mode, ...counts] = process.argv.slice(2);
const WAIT_MS = 30_000;

async function takeTurns(turns: number): Promise<void> {
  for (let turn = 0; turn < turns; turn++) {
    const claim = await waitForClaim(file, WAIT_MS, () => {});
    // "wx" fails if another process is in here.
    writeFileSync(`${file}-inside`, "", { flag: "wx" });
    rmSync(`${file}-inside`);
    claim.release();
  }
}

if (mode === undefined) {
  Claim.take(file);
  console.log("held");
  setInterval(() => {}, 1000);
} else if (mode === "turns") {
  await takeTurns(Number(counts[0]));
} else {
  const [processes, turns] = counts.map(Number);
  const self = fileURLToPath(import.meta.url);
  const ends = Array.from({ length: processes }, () => {
    const args = ["--import", "tsx", self, file, "turns", String(turns)];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "inherit", "inherit"] });
    return new Promise<number | null>((done) => child.once("exit", done));
  });
  const failed = (await Promise.all(ends)).filter((code) => code !== 0).length;
  console.log(`${processes * turns} turns, ${failed} overlaps`);
  process.exitCode = failed > 0 ? 1 : 0;
}
