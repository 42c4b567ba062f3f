// The benchmarks.
//   npm run bench                     every case
//   npm run bench -- --only WORDS     cases whose name contains the words
//   npm run bench -- --targets        only the table of targets; --markdown prints it as the README has it
//   npm run bench -- --json FILE      writes the numbers, too
//   npm run bench -- --isolate        every case in a process of its own
//   npm run bench -- --rounds N       instead of 7
//   npm run bench -- --quick          tiny sizes, one round: that everything runs (--smoke is the same)
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { FULL, QUICK } from "./harness/case.ts";
import { type CaseResult, runCase, select } from "./harness/run_cases.ts";
import { caseTable, plain } from "./harness/table.ts";
import { targetMarkdown, targetRows, targetTable } from "./harness/targets.ts";
import { runIsolated } from "./host/isolated.ts";
import { machine, origin } from "./host/machine.ts";
import { nodeBench } from "./host/node_host.ts";
import { subjects } from "./subjects.ts";

const { values: options } = parseArgs({
  options: {
    only: { type: "string", default: "" },
    targets: { type: "boolean", default: false },
    markdown: { type: "boolean", default: false },
    json: { type: "string" },
    quick: { type: "boolean", default: false },
    smoke: { type: "boolean", default: false },
    rounds: { type: "string" },
    isolate: { type: "boolean", default: false },
  },
});

const quick = options.quick || options.smoke;
const scale = { ...(quick ? QUICK : FULL) };
if (options.rounds !== undefined) {
  scale.rounds = Number(options.rounds);
  if (!Number.isInteger(scale.rounds) || scale.rounds % 2 !== 1) {
    console.error(`--rounds takes an odd number, not ${options.rounds}`);
    process.exit(1);
  }
}
const bench = nodeBench(scale);
const selected = select(subjects, options.only, ({ targets }) => !options.targets || targets !== undefined);
if (selected.length === 0) {
  console.error(`no case contains "${options.only}"`);
  process.exit(1);
}

const isTerminal = process.stderr.isTTY;
const results: CaseResult[] = [];
for (const [index, { subject, case: one }] of selected.entries()) {
  const progress = (name: string, round: number): void => {
    if (isTerminal) process.stderr.write(`\r\x1b[K${index + 1}/${selected.length} ${subject}: ${name}, round ${round}`);
  };
  const result = await (options.isolate
    ? runIsolated(subject, one, scale, progress)
    : runCase(subject, one, bench, progress));
  if (isTerminal) process.stderr.write("\r\x1b[K");
  results.push(result);
  if (!options.markdown) console.log(`${caseTable(result)}\n`);
}

const about = machine();
const rows = targetRows(results);
if (options.markdown) console.log(targetMarkdown(rows, origin(about), !quick));
else {
  if (rows.length > 0) console.log(`${targetTable(rows, !quick)}\n`);
  console.log(origin(about));
}
if (quick) console.log("\nThese are tiny sizes in one round: they show that the cases run, and nothing else.");
if (options.json !== undefined) {
  writeFileSync(options.json, `${JSON.stringify({ about, scale, cases: plain(results), targets: rows }, null, 2)}\n`);
}
