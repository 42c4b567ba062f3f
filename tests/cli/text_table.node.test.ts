// Tables and lists of names, as wide as a terminal is.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { printElementText } from "../../cli/format.ts";
import type { Host } from "../../cli/session.ts";
import { coloursWanted, paint, type Style } from "../../cli/style.ts";
import { fit, namesInColumns, printTable, textWidth } from "../../cli/text_table.ts";

const test = suite("cli: tables");

/** A host that keeps what is printed, with styles as they show. */
function terminal(columns: number | undefined, coloured = false): Host & { text: string } {
  return {
    text: "",
    columns,
    coloured,
    out(text: string, style?: Style) {
      this.text += style !== undefined && coloured ? paint(text, style) : text;
    },
    err() {},
    readText: () => "",
    readBytes: () => "",
  };
}

const ROWS = [["10.0.0.1", "a value that is long"], ["::1", "b"]];

test("the width of text is what a terminal takes for it", () => {
  for (const [text, width] of [["", 0], ["abc", 3], ["é", 1], ["e\u0301", 1], ["日本", 4], ["한", 2], ["😀", 2], ["Ａ", 2], ["\\x1b", 4], ["𝒳", 1]] as const) {
    assert.is(textWidth(text), width, text);
  }
});

test("text that does not fit is cut between characters, and says so", () => {
  for (const [text, columns, expected] of [["abc", 3, "abc"], ["abcd", 3, "ab…"], ["日本", 4, "日本"], ["日本語", 5, "日本…"], ["日本語", 4, "日…"], ["😀😀", 3, "😀…"], ["abc", 1, "…"], ["abc", 0, ""]] as const) {
    const shown = fit(text, columns);
    assert.is(shown, expected);
    assert.ok(textWidth(shown) <= columns);
  }
});

test("no line of a table is wider than the terminal", () => {
  const rows = [["日本語", "x".repeat(99), "z"], ["a", "b", "c"]];
  for (let columns = 1; columns < 120; columns++) {
    const host = terminal(columns);
    printTable(host, { head: ["key", "value", "more"], keys: 1, rows });
    for (const line of host.text.split("\n")) assert.ok(textWidth(line) <= columns, `${columns}: ${line}`);
  }
  const wide = terminal(undefined);
  printTable(wide, { head: undefined, keys: 1, rows });
  assert.match(wide.text, "x".repeat(99));
});

test("the header and the keys stand out where styles show, and nothing of an element is one", () => {
  const host = terminal(40, true);
  printTable(host, { head: ["key", "value"], keys: 1, rows: [["\x1b[2J", "b"]] });
  assert.is(host.text, "\x1b[1mkey      \x1b[m\x1b[1mvalue\x1b[m\n\x1b[36m\\x1b[2J  \x1b[mb\n");
  const plain = terminal(undefined);
  printTable(plain, { head: undefined, keys: 1, rows: ROWS });
  assert.is(plain.text, "10.0.0.1  a value that is long\n::1       b\n");
});

test("an empty table has no header", () => {
  const host = terminal(40, true);
  printTable(host, { head: ["key"], keys: 1, rows: [] });
  assert.is(host.text, "");
});

test("labels of bpftool's text stand back, and the text stays", () => {
  const text = "key: 01  value: 02\nkey:\n01\nvalue (CPU 00): 02\nnext key:\n";
  const host = terminal(80, true);
  printElementText(host, text);
  assert.is(host.text.replace(/\x1b\[2?m/g, ""), text);
  assert.is(host.text.match(/\x1b\[2m/g)!.length, 5);
  const plain = terminal(undefined);
  printElementText(plain, text);
  assert.is(plain.text, text);
});

test("names go downward in as many columns as fit", () => {
  const names = ["a", "bb", "ccc", "d", "e"];
  assert.is(namesInColumns(names, undefined), "a\nbb\nccc\nd\ne\n");
  assert.is(namesInColumns(names, 80), "a  bb  ccc  d  e\n");
  assert.is(namesInColumns(names, 12), "a   ccc  e\nbb  d\n");
  assert.is(namesInColumns(names, 3), "a\nbb\nccc\nd\ne\n");
  assert.is(namesInColumns(names, 1), "a\nbb\nccc\nd\ne\n");
  assert.is(namesInColumns([], 80), "");
});

test("the environment can forbid colours", () => {
  assert.equal([{}, { NO_COLOR: "" }, { NO_COLOR: "1" }, { TERM: "dumb" }, { TERM: "xterm" }].map(coloursWanted), [true, true, false, false, true]);
});

test.run();
