// Coverage of one run of all suites, printed as two tables: lines and branches of bindings/, and every function of the
// core by name, entered or not.
//   npm run coverage                 all suites
//   npm run coverage -- map model    only files whose path contains one of the words
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { buildCountingCore, type CoreFunction } from "./coverage/core.ts";
import { printCoreTable } from "./coverage/table.ts";
import { isMeasured, runWorker, testFiles } from "../tests/harness/node_parent.ts";

const FOLDER = "coverage";
const V8_FOLDER = `${FOLDER}/v8`;
const HITS = `${FOLDER}/hits.json`;

function printBindingsTable(): boolean {
  const { status } = spawnSync(
    process.execPath,
    [
      "node_modules/c8/bin/c8.js", "report", "--temp-directory", V8_FOLDER, "--all",
      "--include", "bindings/**", "--include", "cli/**", "--exclude", "bindings/generated/**", "--extension", ".ts",
      "--reporter", "text",
    ],
    { stdio: "inherit" },
  );
  return status === 0;
}

rmSync(FOLDER, { recursive: true, force: true });
mkdirSync(V8_FOLDER, { recursive: true });
// Some tests start programs as another user, and every process writes its coverage here.
chmodSync(V8_FOLDER, 0o777);
const functions: CoreFunction[] = await buildCountingCore(`${FOLDER}/core`);

const words = process.argv.slice(2);
// The package tests look at the shipped core itself, which a counting core is not, and code that counts makes garbage.
const files = testFiles().filter(
  (file) => !file.startsWith("package/") && !isMeasured(file) && (words.length === 0 || words.some((word) => file.includes(word))),
);
const { summary } = await runWorker("release", files, {
  live: true,
  flags: ["--import", "./scripts/coverage/preload.mjs"],
  env: { NODE_V8_COVERAGE: V8_FOLDER, BPF_MAPS_COUNTING_CORE: `${FOLDER}/core/counting.wasm`, BPF_MAPS_HITS: HITS },
});
for (const failure of summary.failures) console.log(`\nFAILED ${failure.trimEnd()}`);

console.log("\nbindings/");
const hasTable = printBindingsTable();
console.log("\nassembly/");
const entered = new Set<string>(JSON.parse(readFileSync(HITS, "utf8")) as string[]);
const missed = printCoreTable(functions, entered);
console.log(`\n${missed} core functions never entered; suites: ${summary.passed} passed, ${summary.failed} failed`);

// No closing line of counts: these suites have been counted where they ran against the shipped core.
process.exitCode = summary.failed > 0 || !hasTable ? 1 : 0;
