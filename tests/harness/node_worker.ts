// One process of tests/run.ts: node_worker.ts BUILD FILE..., paths relative to tests/. Sends the parent the
// name of each file it begins, and its summary at the end.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { join } from "node:path";
import { runFiles } from "./runner.ts";
import type { Summary } from "./runner.ts";

const [build, ...names] = process.argv.slice(2);

// A rejection nobody awaits belongs to no test, and still is a failure of the run.
const strays: string[] = [];
process.on("unhandledRejection", (reason) => {
  strays.push(`unhandled rejection: ${reason instanceof Error ? reason.stack : String(reason)}`);
});

if (build === "debug") {
  // Imported late: without bindings that load, the files' own failures say more than this one.
  const { selectWasm } = await import("./kernel.ts");
  selectWasm(new Uint8Array(readFileSync("build/debug.wasm")));
}

if (build === "shared") {
  const { selectShared } = await import("./kernel.ts");
  selectShared(new Uint8Array(readFileSync("build/shared_debug.wasm")));
}

// uvu prints one mark per test; the line per file below is enough for a run of many files.
const write = process.stdout.write.bind(process.stdout);
process.stdout.write = ((chunk: string | Uint8Array, ...rest: never[]) =>
  typeof chunk === "string" && isUvuMark(chunk) ? true : write(chunk, ...rest)) as typeof process.stdout.write;

function isUvuMark(text: string): boolean {
  const plain = text.replace(/\u001b\[\d+m/g, "");
  return /^(?:[•✘] | {2}\(\d+ \/ \d+\)\n)$/.test(plain) || /^ .* {2}$/.test(plain);
}

function load(name: string): Promise<unknown> {
  process.send!(name);
  return import(pathToFileURL(join("tests", name)).href);
}

const summary: Summary = await runFiles(
  names.map((name) => ({ name, load: () => load(name) })),
  (file, { passed, failed, skipped }, milliseconds) => {
    const mark = failed > 0 ? "FAIL" : "ok  ";
    const counts = `${passed}/${passed + failed}${skipped > 0 ? ` (${skipped} skipped)` : ""}`;
    write(`${mark} ${build!.padEnd(7)} ${file}  ${counts}  ${milliseconds} ms\n`);
  },
);
for (const stray of strays) {
  summary.failed++;
  summary.failures.push(stray);
}
// Exits on its own terms: a timer or a handle that a test left open must not keep the run alive.
process.send!({ ...summary, failures: summary.failures.map((text) => `[${build} core] ${text}`) }, () => process.exit(0));
