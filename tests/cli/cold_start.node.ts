// How long `bpf-maps map show` on a small state takes, against `node -e 0`; runs are interleaved, medians are printed:
//
//   npx tsx tests/cli/cold_start.node.ts [ROUNDS]
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const ROUNDS = Number(process.argv[2] ?? 40);
const CLI = resolve("dist/cli.cjs");
const TARGET = 1.3;

const folder = mkdtempSync(join(tmpdir(), "bpf-maps-start-"));

function run(args: readonly string[]): number {
  const start = performance.now();
  const { status } = spawnSync(process.execPath, args, { cwd: folder, stdio: "ignore" });
  if (status !== 0) throw new Error(`node ${args.join(" ")} ended with ${status}`);
  return performance.now() - start;
}

function median(times: number[]): number {
  return times.sort((a, b) => a - b)[times.length >> 1];
}

try {
  run([CLI, ..."map create /sys/fs/bpf/m type hash key 4 value 4 entries 100 name m".split(" ")]);
  run([CLI, ..."map update name m key 1 0 0 0 value 1 0 0 0".split(" ")]);
  const cases = { "node -e 0": ["-e", "0"], "bpf-maps map show": [CLI, "map", "show"] };
  const times: Record<string, number[]> = {};
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, args] of Object.entries(cases)) (times[name] ??= []).push(run(args));
  }
  const [base, ours] = Object.keys(cases).map((name) => median(times[name]));
  const ratio = ours / base;
  console.log(`node -e 0 ${base.toFixed(1)} ms, bpf-maps map show ${ours.toFixed(1)} ms: ${ratio.toFixed(2)} times (target ${TARGET})`);
} finally {
  rmSync(folder, { recursive: true });
}
