// Completion: how the last word of a command line may go on, from the table and from the maps there are.
import { COLUMN_NAMES } from "./column.ts";
import { Fail } from "./fail.ts";
import type { Kernel } from "../bindings/index.ts";
import { printText, writeError } from "./host.ts";
import { parseOptions } from "./options.ts";
import { BPFFS, pinsById } from "./paths.ts";
import { printable } from "./printable.ts";
import { findCommand, findObject } from "./run.ts";
import { type ArgKind, COMMANDS, type CommandRow, type KeywordRow, OBJECTS, OPTIONS } from "./table.ts";
import { TYPE_WORDS } from "./types.ts";
import { PROGRAM } from "./version.ts";

/** What there is to choose from. */
export interface World {
  ids(): string[];
  names(): string[];
  pins(): string[];
}

const SELECTORS = ["id", "name", "pinned"] as const;

function selected(selector: string, world: World): string[] {
  return selector === "id" ? world.ids() : selector === "name" ? world.names() : world.pins();
}

function optionWords(command: CommandRow | undefined): string[] {
  const fits = (commands: readonly string[] | undefined): boolean =>
    commands === undefined || command === undefined || command.words.some((word) => commands.includes(word));
  return OPTIONS.filter((row) => fits(row.commands)).map((row) => `--${row.long}`);
}

function optionValues(long: string): string[] | undefined {
  if (long === "key" || long === "value") return [...COLUMN_NAMES];
  if (long === "format") return ["csv", "jsonl"];
  return undefined;
}

/** How many words the operand of a keyword has. DATA is as long as the map says, which is not known here. */
function operandWords(kind: ArgKind): number {
  return kind === "map" ? 2 : kind === "data" || kind === "value" ? Number.POSITIVE_INFINITY : kind === "flag" ? 0 : 1;
}

/** Candidates inside an operand, of which `given` are there. */
function operand(kind: ArgKind, given: readonly string[], world: World): string[] {
  if (kind === "type") return [...TYPE_WORDS];
  if (kind === "pin") return [...world.pins(), `${BPFFS}/`];
  if (kind === "data") return given.length === 0 ? ["hex"] : [];
  if (kind !== "map" && kind !== "value") return [];
  if (given.length === 0) return [...SELECTORS];
  return given.length === 1 && SELECTORS.some((word) => word === given[0]) ? selected(given[0], world) : [];
}

function commandWords(row: CommandRow, rest: readonly string[], world: World): string[] {
  let operands = [...rest];
  if (row.takesMap) {
    if (operands.length === 0) return [...SELECTORS];
    if (operands.length === 1) return selected(operands[0], world);
    operands = operands.slice(2);
  } else if (row.words[0] === "create") {
    if (operands.length === 0) return [`${BPFFS}/`];
    operands = operands.slice(1);
  }
  const [only] = row.keywords;
  if (only?.word === "") return operands.length === 0 ? operand(only.kind, [], world) : [];
  const rowOf = (word: string): KeywordRow | undefined => row.keywords.find((keyword) => keyword.word === word);
  const used = new Set<string>();
  for (let at = 0; at < operands.length; ) {
    const keyword = rowOf(operands[at++]);
    if (keyword === undefined) continue;
    used.add(keyword.word);
    const size = operandWords(keyword.kind);
    const start = at;
    while (at < operands.length && at - start < size && !(size > 2 && rowOf(operands[at]))) at++;
    if (at < operands.length || at - start >= size) continue;
    const inside = operand(keyword.kind, operands.slice(start), world);
    const mayEnd = size > 2 && at > start;
    return mayEnd ? [...inside, ...row.keywords.map(({ word }) => word).filter((word) => !used.has(word))] : inside;
  }
  return row.keywords.map(({ word }) => word).filter((word) => !used.has(word));
}

/** The words that may stand in place of the last of `words`, which may be unfinished or empty. */
export function candidates(words: readonly string[], world: World): string[] {
  const before = words.slice(0, -1);
  const partial = words.at(-1) ?? "";
  const lastOption = OPTIONS.find((row) => row.value !== undefined && [`--${row.long}`, `-${row.short}`].includes(before.at(-1) ?? ""));
  const plain = parseOptions(before, PROGRAM).words;
  const object = plain.length > 0 ? findObject(plain[0]) : undefined;
  const command = object === "map" && plain.length > 1 ? findCommand(plain[1]) : undefined;
  let found: string[];
  if (lastOption) found = optionValues(lastOption.long) ?? [];
  else if (partial.startsWith("-")) found = optionWords(command);
  else if (plain.length === 0) found = OBJECTS.map((row) => row.word).filter((word) => word !== "complete");
  else if (object === "batch") found = plain.length === 1 ? ["file"] : [];
  else if (object === "completion") found = ["bash", "zsh"];
  else if (object === "rm" || object === "ls" || object === "mkdir") found = [...world.pins(), `${BPFFS}/`];
  else if (object !== "map") found = [];
  else if (plain.length === 1) found = COMMANDS.flatMap((row) => row.words);
  else found = command ? commandWords(command, plain.slice(2), world) : [];
  return [...new Set(found)].filter((word) => word.startsWith(partial)).sort();
}

/** The maps of a kernel as a world. */
export function worldOf(kernel: Kernel, maps: () => { id: number; name: string }[]): World {
  return {
    ids: () => maps().map(({ id }) => String(id)),
    names: () => maps().map(({ name }) => name).filter((name) => name !== ""),
    pins: () => [...pinsById(kernel).values()].flat(),
  };
}

/** A word without the shell's quoting, which may be unfinished. */
export function unquote(word: string): string {
  return word.replace(/'([^']*)(?:'|$)|"((?:[^"\\]|\\[^])*)(?:"|$)|\\([^]|$)/g, (_, single?: string, double?: string, escaped?: string) =>
    single ?? double?.replace(/\\([$`"\\])/g, "$1") ?? escaped ?? "",
  );
}

/** Prints the candidates for the words of an unfinished command line, as they were typed, for the scripts below. */
export async function printCandidates(words: readonly string[]): Promise<number> {
  const typed = (words[0] === "--" ? words.slice(1) : words).map(unquote);
  const state = parseOptions(typed.slice(0, -1), PROGRAM).options.values.get("state");
  const { kernelForReading } = await import("./state/reading.ts");
  const { mapsOf } = await import("./map.ts");
  let world: World = { ids: () => [], names: () => [], pins: () => [] };
  try {
    const kernel = await kernelForReading(state);
    world = worldOf(kernel, () => mapsOf(kernel));
  } catch (error) {
    // A damaged state file must not spoil the completion of words.
    if (!(error instanceof Fail)) throw error;
  }
  // A name with a line break would look like two, and nobody can type what cannot be shown.
  const found = candidates(typed, world).filter((word) => printable(word) === word);
  return printText(found.map((word) => `${word}\n`).join(""));
}

// A candidate is put into the command line as it is, and the shell would run what a name has in $(...): so it is quoted.
// Behind an opening quote other rules hold; there only names that need none are offered.
const BASH = `# bash completion of ${PROGRAM}: eval "$(${PROGRAM} completion bash)"
_bpf_maps() {
  local word
  COMPREPLY=()
  while IFS= read -r word; do
    if [[ $word == *[!A-Za-z0-9_./:@%+,-]* ]]; then
      if [[ \${COMP_WORDS[COMP_CWORD]} == [\\"\\']* ]]; then continue; fi
      printf -v word %q "$word"
    fi
    if [[ -n $word ]]; then COMPREPLY+=("$word"); fi
  done <<< "$(${PROGRAM} complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)"
  if [[ \${#COMPREPLY[@]} -eq 1 && \${COMPREPLY[0]} == */ ]]; then compopt -o nospace; fi
}
complete -o default -F _bpf_maps ${PROGRAM}
`;

// compadd quotes what it inserts.
const ZSH = `#compdef ${PROGRAM}
# zsh completion of ${PROGRAM}: eval "$(${PROGRAM} completion zsh)"
_bpf_maps() {
  local -a found
  found=("\${(@f)$(${PROGRAM} complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n "\${found[1]}" ]]; then compadd -a -- found; else _files; fi
}
compdef _bpf_maps ${PROGRAM}
`;

/** Prints the completion script of a shell. */
export function printCompletion(words: readonly string[]): number {
  const script = words[0] === "bash" ? BASH : words[0] === "zsh" ? ZSH : undefined;
  if (script === undefined || words.length !== 1) {
    writeError(`Usage: ${PROGRAM} completion bash | zsh\n`);
    return 1;
  }
  return printText(script);
}
