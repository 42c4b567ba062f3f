// Every benchmark with tiny sizes and one round, so that none of them rots. What they measure here means nothing; that
// they measure something, on every side, does.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { readFileSync } from "node:fs";
import { QUICK } from "../../bench/harness/case.ts";
import { runCase } from "../../bench/harness/run_cases.ts";
import { caseTable, plain } from "../../bench/harness/table.ts";
import { fillIn, sections } from "../../bench/harness/markdown.ts";
import { targetRows, targetTable } from "../../bench/harness/targets.ts";
import { measurePairs, pairedTable } from "../../bench/harness/paired.ts";
import { openInProcess } from "../../bench/host/case_process.ts";
import { PAPERS } from "../../bench/host/papers.ts";
import { nodeBench } from "../../bench/host/node_host.ts";
import { subjects } from "../../bench/subjects.ts";
import type { CaseResult } from "../../bench/harness/run_cases.ts";

const test = suite("benchmarks");
const bench = nodeBench(QUICK);
const results: CaseResult[] = [];

/** The rows of the targets, which must all be there. */
const TARGETS = Array.from({ length: 20 }, (_, i) => i + 1);

for (const { name, cases } of subjects) {
  test(`${name}: every side measures a finite number`, async () => {
    assert.ok(cases.length > 0);
    for (const one of cases) {
      const result = await runCase(name, one, bench);
      results.push(result);
      if (result.sides.length === 0) assert.is.not(result.skipped.length, 0, `${one.name} has neither sides nor a reason`);
      for (const side of result.sides) {
        assert.is(side.rounds.length, 1, `${one.name}, ${side.name}`);
        assert.ok(Number.isFinite(side.rounds[0]), `${one.name}, ${side.name}: ${side.rounds[0]}`);
      }
      assert.match(caseTable(result), one.name);
    }
  });
}

test("every target is a row, and what it compares was measured or has a reason", () => {
  const rows = targetRows(results);
  for (const target of TARGETS) assert.ok(rows.some(({ nr }) => Number.parseInt(nr) === target), `target ${target} has no case`);
  for (const row of rows) {
    assert.ok(Number.isFinite(row.value) || row.reason !== "", `row ${row.nr} has no number and no reason`);
    assert.is.not(row.reason, "not measured", `row ${row.nr} names a side of ours that does not exist`);
    assert.is.not(row.reason, "no peer ran", `row ${row.nr} names a peer that does not exist`);
  }
  assert.is(new Set(rows.map(({ nr }) => nr)).size, rows.length, "two rows have the same number");
  assert.is(targetTable(rows).split("\n").filter((line) => /^\d/.test(line)).length, rows.length);
});

test("the papers have a place for every number, and every row goes into one of their tables", () => {
  const rows = targetRows(results);
  const count = (text: string): number => text.split("\n").filter((line) => /^\| \d/.test(line)).length;
  const filling = sections({ rows, node: "20.0.0", other: { rows, node: "24.0.0" }, origin: "Measured somewhere." });
  assert.is(count(filling.targets) + count(filling.native), rows.length);
  assert.is(count(filling.three), 3);
  for (const paper of PAPERS) {
    const text = readFileSync(paper, "utf8");
    const filled = fillIn(text, filling);
    assert.is.not(filled, text, `${paper} has no marks`);
    assert.is(fillIn(filled, filling), filled, "filling in twice is filling in once");
  }
  assert.throws(() => fillIn("<!-- bench: nothing -->\n<!-- end -->", filling), /no section "nothing"/);
});

test("another engine's rows are measured in turn with this one's", async () => {
  const [subject] = subjects.filter(({ name }) => name === "ringbuf");
  const [one] = subject.cases;
  const open = (engine: "mine" | "theirs") =>
    openInProcess({ subject: subject.name, name: one.name, scale: QUICK, sides: ["output, drain"] }, engine === "mine" ? {} : { engine: "." });
  const rows = await measurePairs(one, open, 1, 3);
  const drain = rows.find(({ side }) => side === "output, drain")!;
  for (const values of [drain.pairs[0].mine, drain.pairs[0].theirs]) {
    assert.is(values.length, 3);
    assert.ok(values.every((value) => value > 0));
  }
  const other = rows.find(({ side }) => side !== "output, drain")!;
  assert.is(other.reason, "not measured", "a side that was not asked for");
  assert.match(pairedTable(rows), drain.text);
});

test("results survive JSON", () => {
  const data = plain(results);
  assert.equal(JSON.parse(JSON.stringify(data)), data);
  assert.ok(data.some(({ ratios }) => ratios.length > 0));
});

test.run();
