// Text in columns, for people.
import { printable } from "./printable.ts";
import type { Host } from "./session.ts";
import type { Style } from "./style.ts";

/** A column of cells is padded up to this width. */
const PADDED_MAX = 60;
const GAP = "  ";
const CUT = "…";

/** Marks that stand on the character before them. */
const ZERO_WIDTH = /[\p{Mn}\p{Me}\u200b-\u200d\ufe0e\ufe0f]/u;
/** What takes two columns of a terminal. */
const TWO_WIDE = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\u3000-\u303f\uff01-\uff60\uffe0-\uffe6]/u;
const ASCII = /^[\x20-\x7e]*$/;

function charWidth(char: string): number {
  return ZERO_WIDTH.test(char) ? 0 : TWO_WIDE.test(char) ? 2 : 1;
}

/** How many columns of a terminal printable text takes. */
export function textWidth(text: string): number {
  if (ASCII.test(text)) return text.length;
  let width = 0;
  for (const char of text) width += charWidth(char);
  return width;
}

/** The text, cut so that it takes at most `columns` columns. */
export function fit(text: string, columns: number): string {
  if (text.length <= columns && textWidth(text) <= columns) return text;
  let kept = "";
  let width = 1;
  for (const char of text) {
    width += charWidth(char);
    if (width > columns) break;
    kept += char;
  }
  return columns > 0 ? kept + CUT : "";
}

function pad(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - textWidth(text)));
}

/** A table: its header, if it has one, and how many of the columns in front are keys. */
export interface Table {
  head: readonly string[] | undefined;
  keys: number;
  rows: readonly (readonly string[])[];
}

/** Prints a table, each line cut at the width of the terminal, if it goes to one. */
export function printTable(host: Host, { head, keys, rows }: Table): void {
  const shown = rows.map((row) => row.map(printable));
  const all = head === undefined ? shown : [head, ...shown];
  const widths: number[] = [];
  for (const row of all) {
    row.forEach((cell, at) => (widths[at] = Math.min(PADDED_MAX, Math.max(widths[at] ?? 0, textWidth(cell)))));
  }
  const columns = host.columns ?? Infinity;
  const line = (row: readonly string[], styleOf: (at: number) => Style | undefined): void => {
    let left = columns;
    row.forEach((cell, at) => {
      const isLast = at === row.length - 1;
      const text = fit(isLast ? cell : pad(cell, widths[at]) + GAP, left);
      left -= textWidth(text);
      host.out(isLast ? text.trimEnd() : text, styleOf(at));
    });
    host.out("\n");
  };
  if (head !== undefined && rows.length > 0) line(head, () => "head");
  for (const row of shown) line(row, (at) => (at < keys ? "key" : undefined));
}

/** Printable names as ls(1) shows them: downward, in as many columns as the terminal is wide, one a line elsewhere. */
export function namesInColumns(names: readonly string[], columns: number | undefined): string {
  if (columns === undefined || names.length === 0) return names.map((name) => `${name}\n`).join("");
  const widths = names.map(textWidth);
  for (let lines = 1; ; lines++) {
    const starts = Array.from({ length: Math.ceil(names.length / lines) }, (_, at) => at * lines);
    const sizes = starts.map((start) => Math.max(...widths.slice(start, start + lines)));
    const total = sizes.reduce((sum, size) => sum + size, GAP.length * (sizes.length - 1));
    if (total > columns && lines < names.length) continue;
    return Array.from({ length: lines }, (_, line) => {
      const cells = starts.map((start, at) => pad(names[start + line] ?? "", sizes[at]));
      return `${cells.join(GAP).trimEnd()}\n`;
    }).join("");
  }
}
