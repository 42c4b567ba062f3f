// Usage texts, from the table.
import { type CommandRow, COMMANDS, OBJECTS, OPTIONS, type OptionRow } from "./table.ts";
import { TYPE_WORDS } from "./types.ts";
import { PROGRAM } from "./version.ts";

const WIDTH = 78;

/** `lead`, then the words joined by `between`, continued under the first word when a line is full. */
function wrap(lead: string, words: readonly string[], between: string): string {
  const indent = " ".repeat(lead.length);
  const lines: string[] = [];
  let line = lead;
  words.forEach((word, at) => {
    const piece = at + 1 < words.length ? word + between : word;
    if (line !== lead && line !== indent && (line + piece).trimEnd().length > WIDTH) {
      lines.push(line.trimEnd());
      line = indent;
    }
    line += piece;
  });
  lines.push(line);
  return lines.join("\n");
}

function optionsText(): string {
  const words = OPTIONS.filter((row) => row.commands === undefined).map((row) => {
    const names = row.short === "" ? `--${row.long}` : `-${row.short}|--${row.long}`;
    return `{ ${names}${row.value === undefined ? "" : ` ${row.value}`} }`;
  });
  return wrap("       OPTIONS := ", words, " | ");
}

/** A paragraph, indented. */
function paragraph(text: string): string {
  return wrap("  ", text.split(" "), " ");
}

function optionLine(row: OptionRow): string {
  const name = `--${row.long}${row.value === undefined ? "" : ` ${row.value}`}`;
  return wrap(`  ${name.padEnd(18)} `, row.about.split(" "), " ");
}

/** Help of one command of `map`. */
export function commandUsage(row: CommandRow): string {
  const options = OPTIONS.filter(({ commands }) => commands?.some((word) => row.words.includes(word)));
  const blocks = [
    row.words.map((word, at) => `${at === 0 ? "Usage:" : "      "} ${PROGRAM} map ${word} ${row.synopsis}`.trimEnd()).join("\n"),
    [row.about, ...(row.details ?? [])].map((text) => paragraph(text[0].toUpperCase() + text.slice(1))).join("\n\n"),
    options.map(optionLine).join("\n"),
  ];
  return `${blocks.filter((block) => block !== "").join("\n\n")}\n`;
}

/** Help of `map`. */
export function mapUsage(): string {
  const rows = COMMANDS.map(({ words, synopsis }) => {
    const word = words.length > 1 ? `{ ${words.join(" | ")} }` : words[0];
    return wrap(`${PROGRAM} map ${word.padEnd(15)} `, synopsis.split(/ (?=\[|key |value |entries |name )/), " ").trimEnd();
  });
  const lines = rows.map((row, at) => (at === 0 ? "Usage: " : "       ") + row.replaceAll("\n", "\n       "));
  return [
    ...lines,
    "",
    "       MAP := { id MAP_ID | pinned FILE | name MAP_NAME }",
    "       DATA := { [hex] BYTES }",
    "       VALUE := { DATA | MAP }",
    "       UPDATE_FLAGS := { any | exist | noexist }",
    `${wrap("       TYPE := { ", TYPE_WORDS, " | ")} }`,
    optionsText(),
    "",
  ].join("\n");
}

/** Help of the program. */
export function mainUsage(): string {
  const lines = OBJECTS.filter((row) => row.word !== "map" && row.word !== "help").map(
    (row) => `       ${PROGRAM} ${`${row.word} ${row.synopsis}`.trimEnd()}`,
  );
  return [
    `Usage: ${PROGRAM} [OPTIONS] OBJECT { COMMAND | help }`,
    ...lines,
    "",
    "       OBJECT := { map }",
    optionsText(),
    "",
  ].join("\n");
}
