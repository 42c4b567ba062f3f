// The manual page, from the table, as roff.
import { printText } from "./host.ts";
import { COMMANDS, OBJECTS, OPTIONS } from "./table.ts";
import { TYPE_WORDS } from "./types.ts";
import { LINUX_VERSION, PROGRAM, VERSION } from "./version.ts";

/** Text as roff takes it: no escapes, no requests at the start of a line. */
function roff(text: string): string {
  return text
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replace(/^([.'])/gm, "\\&$1");
}

function item(head: string, ...paragraphs: string[]): string[] {
  return [".TP", head, roff(paragraphs[0]), ...paragraphs.slice(1).flatMap((text) => [".IP", roff(text)])];
}

function commandItems(): string[] {
  return COMMANDS.flatMap(({ words, synopsis, about, details = [], added }) => {
    const names = words.map((word) => `\\fB${roff(word)}\\fR`).join(" | ");
    const first = `${about[0].toUpperCase()}${about.slice(1)}.${added ? " Not a command of bpftool." : ""}`;
    return item(`\\fBmap\\fR ${names} ${roff(synopsis)}`.trimEnd(), first, ...details);
  });
}

function optionItems(): string[] {
  return OPTIONS.flatMap(({ short, long, value, about, added, commands }) => {
    const names = [...(short === "" ? [] : [`-${short}`]), `--${long}`].map((name) => `\\fB${roff(name)}\\fR`).join(", ");
    const where = commands === undefined ? "" : ` (${commands.join(", ")})`;
    const text = `${about[0].toUpperCase()}${about.slice(1)}${where}.${added ? " Not an option of bpftool." : ""}`;
    return item(`${names}${value === undefined ? "" : ` \\fI${roff(value)}\\fR`}`, text);
  });
}

const GRAMMAR: readonly (readonly [string, string])[] = [
  ["MAP", "id N, name NAME or pinned PATH. Several maps may have one name; show and dump then show all."],
  ["DATA", "Bytes in decimal, octal (0...) or hex (0x...), or after the word hex all in hex. As many as the map's key or value has."],
  ["VALUE", "DATA; for a map in maps a MAP."],
  ["UPDATE_FLAGS", "any, exist or noexist."],
  ["TYPE", `${TYPE_WORDS.join(", ")}.`],
];

const STATE_TEXT = [
  "The maps live in a state file. A pin is a path below /sys/fs/bpf in the file system inside it, not on the host. As in Linux, a map lives while it is pinned or referenced: what a command leaves without either is gone when it ends.",
  "One command writes at a time: it holds the lock FILE.lock, and others wait; what a killed process leaves of it is taken over by the next. The file is replaced as a whole, so that it holds the old or the new state whatever happens. A file that is damaged, truncated or of another version is refused and left as it is.",
];

/** The whole page. */
export function manualPage(): string {
  return [
    `.TH BPF\\-MAPS 1 "" "${PROGRAM} ${VERSION}" "User Commands"`,
    ".SH NAME",
    "bpf\\-maps \\- BPF maps in a file, with the commands of bpftool",
    ".SH SYNOPSIS",
    ...OBJECTS.filter(({ word }) => word !== "help" && word !== "complete").flatMap(({ word, synopsis }) => [
      `.B ${roff(PROGRAM)}`,
      roff(`[OPTIONS] ${word} ${synopsis}`.trimEnd()),
      ".br",
    ]),
    ".SH DESCRIPTION",
    roff(
      `${PROGRAM} runs the map commands of bpftool(8) on an engine that answers as Linux ${LINUX_VERSION} does, without a kernel and without root. Words may be shortened as far as they are the first in the list below that begins so; commands that bpftool does not have are written in full.`,
    ),
    "Without any argument it opens a prompt over a kernel in memory.",
    ".SH COMMANDS",
    ...commandItems(),
    ...OBJECTS.filter(({ word }) => word !== "map" && word !== "complete").flatMap(({ word, synopsis, about, added }) =>
      item(
        `\\fB${roff(word)}\\fR ${roff(synopsis)}`.trimEnd(),
        `${about[0].toUpperCase()}${about.slice(1)}.${added ? " Not a command of bpftool." : ""}`,
      ),
    ),
    ".SH ARGUMENTS",
    ...GRAMMAR.flatMap(([name, text]) => item(`\\fI${name}\\fR`, text)),
    ".SH OPTIONS",
    ...optionItems(),
    ".SH STATE",
    ...STATE_TEXT.flatMap((text) => [roff(text), ".PP"]),
    ".SH EXIT STATUS",
    roff("0 on success. A failed command of map ends with 256 less the error number (254 for an absent key), other errors with 255."),
    ".SH ENVIRONMENT",
    ...item("\\fBBPF_MAPS_STATE\\fR", "The state file when --state does not name one."),
    ...item("\\fBNO_COLOR\\fR", "If set and not empty, nothing is coloured on a terminal; nor is it where TERM is dumb."),
    ...item("\\fBBPF_MAPS_HISTORY\\fR", "Where the prompt keeps its history; empty to keep none. Default .bpf-maps_history in the home folder."),
    ".SH SEE ALSO",
    ".BR bpftool (8),",
    ".BR bpftool\\-map (8),",
    ".BR bpf (2)",
    "",
  ].join("\n");
}

export function printManual(): number {
  return printText(manualPage());
}
