// Every suite, in one run: all files against the release core, and the portable ones again against the debug core,
// whose asserts are on. Portable files, groups of files for Node alone and files that measure have a process each, and so has
// the debug core; all run at the same time.
//   npm test                   everything but the core for shared memory
//   npm run test:shared        the portable files on that core, and the suites of threads
//   npm test -- kernel hash    only files whose path contains one of the words
import { asksKernel, isMeasured, isPortable, MEASURED_FLAGS, runWorker, testFiles } from "./harness/node_parent.ts";
import { addSummary, closingLine } from "./harness/runner.ts";
import type { Summary } from "./harness/runner.ts";
import { programsRefusal } from "./kernel/programs.node.ts";

const SHARED_OPTION = "--shared";
const ofThreads = (file: string): boolean => file.startsWith("shared/");
/** Files that bring a core of their own: once is enough. */
const hasOwnCore = (file: string): boolean => file.startsWith("vm/");

const words = process.argv.slice(2).filter((word) => word !== SHARED_OPTION);
const onShared = process.argv.includes(SHARED_OPTION);
const named = testFiles().filter((file) => words.length === 0 || words.some((word) => file.includes(word)));
// A word that names suites of threads asks for them.
const selected = named.filter((file) =>
  onShared ? ofThreads(file) || (isPortable(file) && !hasOwnCore(file)) : words.length > 0 || !ofThreads(file),
);
const portable = selected.filter(isPortable);
const measured = selected.filter(isMeasured);
const nodeOnly = selected.filter((file) => !isPortable(file) && !isMeasured(file));

/** Suites for Node alone, in groups that take about as long: those that ask the live kernel, those that start programs, the rest. */
function groups(files: readonly string[]): string[][] {
  const startsPrograms = (file: string): boolean => file.startsWith("cli/") || file.startsWith("flows/");
  const others = files.filter((file) => !asksKernel(file));
  return [files.filter(asksKernel), others.filter(startsPrograms), others.filter((file) => !startsPrograms(file))];
}

// Asked once, for all workers.
if (nodeOnly.some(asksKernel)) programsRefusal();

const started = Date.now();
const runs = [];
if (portable.length > 0 && !onShared) runs.push(runWorker("release", portable, { live: true }));
for (const files of groups(nodeOnly)) {
  if (files.length > 0) runs.push(runWorker("release", files, { live: true }));
}
if (measured.length > 0) runs.push(runWorker("release", measured, { live: false, flags: MEASURED_FLAGS }));
const cores = portable.filter((file) => !hasOwnCore(file));
if (cores.length > 0) runs.push(runWorker(onShared ? "shared" : "debug", cores, { live: false }));

const total: Summary = { passed: 0, failed: 0, skipped: 0, failures: [], skips: [], times: [] };
for (const run of runs) {
  const { output, summary } = await run;
  process.stdout.write(output);
  addSummary(total, summary);
}

for (const failure of total.failures) console.log(`\nFAILED ${failure.trimEnd()}`);
for (const reason of total.skips) console.log(`skipped: ${reason}`);
const slowest = [...total.times].sort((a, b) => b.milliseconds - a.milliseconds).slice(0, 5);
console.log(`\nslowest: ${slowest.map(({ file, milliseconds }) => `${file} ${(milliseconds / 1000).toFixed(1)} s`).join(", ")}`);
console.log(`${((Date.now() - started) / 1000).toFixed(1)} s, ${selected.length} files`);
console.log(closingLine(total));
process.exitCode = total.failed > 0 ? 1 : 0;
