// The words of the benchmarks' command line, and what it makes of measured rows.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { FULL, QUICK } from "../../bench/harness/case.ts";
import { fillIn, NATIVE, sections } from "../../bench/harness/markdown.ts";
import { type PairedRow, pairedTable } from "../../bench/harness/paired.ts";
import { rowVerdict, type TargetRow } from "../../bench/harness/targets.ts";
import { findNode } from "../../bench/host/node_versions.ts";
import { readOptions } from "../../bench/options.ts";

const test = suite("bench options");

test("sizes and rounds", () => {
  assert.equal(readOptions([]).scale, FULL);
  assert.equal(readOptions(["--smoke"]).scale, QUICK);
  assert.is(readOptions(["--rounds", "3"]).scale.rounds, 3);
  for (const word of ["2", "0", "-1", "x", "1.5"]) assert.throws(() => readOptions([`--rounds=${word}`]), `--rounds takes an odd number, not "${word}"`);
  assert.throws(() => readOptions(["--nodes"]), /--nodes/);
});

test("what is about the rows of the table takes the cases that have some", () => {
  assert.is(readOptions([]).targets, false);
  for (const words of [["--targets"], ["--write"], ["--against", "."]]) assert.is(readOptions(words).targets, true);
  for (const part of [["--only", "hash"], ["--quick"]]) assert.throws(() => readOptions(["--write", ...part]), "--write takes whole tables");
});

test("a Node is a program or a version of the matrix", () => {
  assert.equal(findNode(process.execPath), { program: process.execPath, version: process.versions.node });
  assert.throws(() => findNode("/no/such/node"), 'not "/no/such/node"');
});

const row = (nr: string, value: number, more: Partial<TargetRow> = {}): TargetRow => ({
  nr, text: `row ${nr}`, ours: "get", peer: "Map", value, ourMedian: 10, peerMedian: 20, min: value, max: value, unit: "",
  target: 0.5, met: value <= 0.5, reason: "", limit: `the limit of ${nr}`, ...more,
});

test("a row is met, not met, without a target, or not measured", () => {
  assert.equal([row("1", 0.4), row("1", 0.6), row("1", 0.4, { target: undefined }), row("1", NaN)].map(rowVerdict), ["met", "not met", "", "not measured"]);
});

test("the papers' sections", () => {
  const rows = [row("1", 0.4), row("7a", 0.6), row("8", 0.1), row("24a", 3, { peer: NATIVE, target: undefined, met: undefined })];
  const other = { rows: [row("1", 0.45), row("7a", 0.7)], node: "24.1.0" };
  const { targets, native, limits, three } = sections({ rows, node: "20.1.0", other, origin: "somewhere" });
  assert.match(targets, "| # | case | against | ratio, Node 20 | Node 24 | target |  |");
  assert.match(targets, "| 7a | row 7a | Map | 0.600 | 0.700 | ≤ 0.5 | not met |");
  assert.match(targets, "| 8 | row 8 | Map | 0.100 | - | ≤ 0.5 | met |");
  assert.match(native, `| 24a | row 24a | 10.0 | 20.0 | 3.00 | - |`);
  assert.is(limits, "- **7a, row 7a.** the limit of 7a");
  assert.is(three.split("\n").length, 5);
  assert.is(fillIn("a\n<!-- bench: limits -->\nold\n<!-- end -->\nb", { limits: "new" }), "a\n<!-- bench: limits -->\n\nnew\n\n<!-- end -->\nb");
});

test("paired rows: the median of all rounds' ratios, the medians of pairs, the ratio of the least", () => {
  const pairs = [{ mine: [1, 2, 3], theirs: [2, 2, 2] }, { mine: [4, 4, 4], theirs: [2, 2, 2] }];
  const rows: PairedRow[] = [{ nr: "2", text: "b", side: "get", pairs: [], reason: "no such export" }, { nr: "1", text: "a", side: "set", pairs, reason: "" }];
  const [, first, second, reason] = pairedTable(rows).split("\n");
  assert.equal(first.split(/\s+/), ["1", "a", "set", "2.00", "1.00–2.00", "0.500", "4.00", "2.00"]);
  assert.equal(second.split(/\s+/), ["2", "b", "get", "-"]);
  assert.is(reason, "  2: no such export");
});

test.run();
