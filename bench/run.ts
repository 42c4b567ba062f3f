// The benchmarks.
//   npm run bench                     every case
//   npm run bench -- --only WORDS     cases whose name contains the words
//   npm run bench -- --targets        only the table of targets; --markdown prints it as the papers have it
//   npm run bench -- --write          the same, and writes the numbers into docs/speed.md and the README
//   npm run bench -- --json FILE      writes the numbers, too
//   npm run bench -- --isolate        every case in a process of its own
//   npm run bench -- --node 24        every case in another Node, too: a version of the runtime matrix, or a program's path
//   npm run bench -- --against DIR    the rows of this engine and of the one that the checkout DIR has built, in turn;
//                                     --pairs N processes of each instead of 3
//   npm run bench -- --rounds N       instead of 7
//   npm run bench -- --quick          tiny sizes, one round: that everything runs (--smoke is the same)
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Measured, sections } from "./harness/markdown.ts";
import { measurePairs, type PairedRow, pairedTable } from "./harness/paired.ts";
import { type CaseResult, measureCase, type Progress, runCase, select } from "./harness/run_cases.ts";
import { caseTable, plain } from "./harness/table.ts";
import { targetRows, targetTable } from "./harness/targets.ts";
import { openInProcess, type ProcessOptions } from "./host/case_process.ts";
import { machine, origin } from "./host/machine.ts";
import { nodeBench } from "./host/node_host.ts";
import { findNode } from "./host/node_versions.ts";
import { writePapers } from "./host/papers.ts";
import { type Options, readOptions } from "./options.ts";
import { subjects } from "./subjects.ts";

type Selected = ReturnType<typeof select>;

const isTerminal = process.stderr.isTTY;

/** Shows which case runs, where somebody looks. */
function showProgress(text: string): void {
  if (isTerminal) process.stderr.write(`\r\x1b[K${text}`);
}

async function measureAll(selected: Selected, { scale, isolate, markdown }: Options, other: ProcessOptions): Promise<CaseResult[]> {
  const bench = nodeBench(scale);
  const results: CaseResult[] = [];
  for (const [index, { subject, case: one }] of selected.entries()) {
    const progress: Progress = (name, round) => showProgress(`${index + 1}/${selected.length} ${subject}: ${name}, round ${round}`);
    const result =
      isolate || other.node !== undefined
        ? await measureCase(subject, one, await openInProcess({ subject, name: one.name, scale }, other), scale.rounds, progress)
        : await runCase(subject, one, bench, progress);
    showProgress("");
    results.push(result);
    if (!markdown) console.log(`${caseTable(result)}\n`);
  }
  return results;
}

async function measureTables(selected: Selected, options: Options): Promise<void> {
  const { quick, markdown, write, json, scale } = options;
  const results = await measureAll(selected, options, {});
  const about = machine();
  const measured: Measured = { rows: targetRows(results), node: about.node, origin: origin(about) };
  const data = { about, scale, cases: plain(results), targets: measured.rows };
  const others = [];
  if (options.node !== undefined) {
    const { program, version } = findNode(options.node);
    if (!markdown) console.log(`Node ${version}\n`);
    const again = await measureAll(selected, options, { node: program });
    measured.other = { rows: targetRows(again), node: version };
    others.push({ node: version, cases: plain(again), targets: measured.other.rows });
  }
  if (markdown) {
    const { targets, native, limits, origin } = sections(measured);
    console.log([targets, native, limits, origin].join("\n\n"));
  } else {
    for (const { rows, node } of [measured, ...(measured.other === undefined ? [] : [measured.other])]) {
      if (rows.length > 0) console.log(`Node ${node}\n${targetTable(rows, !quick)}\n`);
    }
    console.log(measured.origin);
  }
  if (quick) console.log("\nThese are tiny sizes in one round: they show that the cases run, and nothing else.");
  if (json !== undefined) writeFileSync(json, `${JSON.stringify({ ...data, others }, null, 2)}\n`);
  if (write) writePapers(measured);
}

/** The table of the ratios between two engines. */
async function compareEngines(selected: Selected, { against, pairs, scale, json }: Options): Promise<void> {
  if (!existsSync(join(against!, "dist/index.js"))) throw new Error(`--against takes a checkout that has been built: there is no ${against}/dist/index.js`);
  const rows: PairedRow[] = [];
  for (const [index, { subject, case: one }] of selected.entries()) {
    showProgress(`${index + 1}/${selected.length} ${subject}: ${one.name}`);
    const sides = one.targets!.map(({ ours }) => ours);
    const order = { subject, name: one.name, scale, sides };
    const open = (engine: "mine" | "theirs") => openInProcess(order, engine === "mine" ? {} : { engine: against });
    const measured = await measurePairs(one, open, pairs, scale.rounds);
    showProgress("");
    console.log(pairedTable(measured).split("\n").slice(1).join("\n"));
    rows.push(...measured);
  }
  console.log(`\nThis checkout divided by ${against}: the median of all rounds, the medians of pairs of\nprocesses, the ratio of the least values.`);
  console.log(pairedTable(rows));
  console.log(origin(machine()));
  if (json !== undefined) writeFileSync(json, `${JSON.stringify({ against, scale, rows }, null, 2)}\n`);
}

async function run(options: Options): Promise<void> {
  const { only, targets, against } = options;
  const selected = select(subjects, only, (one) => !targets || one.targets !== undefined);
  if (selected.length === 0) throw new Error(`no case contains "${only}"`);
  await (against === undefined ? measureTables(selected, options) : compareEngines(selected, options));
}

try {
  await run(readOptions(process.argv.slice(2)));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
