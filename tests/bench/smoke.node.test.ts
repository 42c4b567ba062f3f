// Every benchmark with tiny sizes and one round, so that none of them rots. What they measure here means nothing; that
// they measure something, on every side, does.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { QUICK } from "../../bench/harness/case.ts";
import { runCase } from "../../bench/harness/run_cases.ts";
import { caseTable, plain } from "../../bench/harness/table.ts";
import { targetMarkdown, targetRows, targetTable } from "../../bench/harness/targets.ts";
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
  assert.is(targetMarkdown(rows, "somewhere").split("\n").filter((line) => /^\| \d/.test(line)).length, rows.length);
});

test("results survive JSON", () => {
  const data = plain(results);
  assert.equal(JSON.parse(JSON.stringify(data)), data);
  assert.ok(data.some(({ ratios }) => ratios.length > 0));
});

test.run();
