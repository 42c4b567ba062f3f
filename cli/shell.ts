// The prompt: the same commands over a kernel in memory, so that maps can be tried in ten seconds.
import { appendFileSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { createInterface, type Interface } from "node:readline";
import { Kernel } from "../bindings/index.ts";
import { splitLine } from "./commands/batch.ts";
import { runAdded } from "./commands/added.ts";
import { candidates, worldOf } from "./completion.ts";
import { ProcessHost } from "./host.ts";
import { mapsOf } from "./map.ts";
import { type Options, type Parsed, parseOptions } from "./options.ts";
import { printable } from "./printable.ts";
import { findCommand, findObject, needsKernel, objectRow, run, runEarly } from "./run.ts";
import { kernelForReading } from "./state/reading.ts";
import { runOnState } from "./state_run.ts";
import { PROGRAM, VERSION } from "./version.ts";

const HISTORY_LINES = 1000;
const CPUS = 2;
const END_WORDS = new Set(["exit", "quit"]);

const GREETING = `${PROGRAM} ${VERSION}: BPF maps in memory. TAB completes, help lists commands, Ctrl-D ends.
Try:  map create /sys/fs/bpf/m type hash key 4 value 4 entries 10 name m
      map update name m key 1 0 0 0 value 1 2 3 4
      map dump name m
`;

function historyFile(): string | undefined {
  const named = process.env.BPF_MAPS_HISTORY;
  if (named === "") return undefined;
  return named ?? `${homedir()}/.${PROGRAM}_history`;
}

function readHistory(path: string | undefined): string[] {
  if (path === undefined) return [];
  try {
    return readFileSync(path, "utf8").split("\n").filter(Boolean).slice(-HISTORY_LINES).reverse();
  } catch {
    return [];
  }
}

/** Adds "map" before one of its commands: at the prompt it need not be said, and help is help about them. */
export function completeWords(words: readonly string[]): string[] {
  const at = words.findIndex((word) => !word.startsWith("-"));
  if (at < 0) return [...words];
  const object = findObject(words[at]);
  const meansMap = object === undefined ? findCommand(words[at]) !== undefined : object === "help";
  return meansMap ? [...words.slice(0, at), "map", ...words.slice(at)] : [...words];
}

/** The words of "help COMMAND" as those for which the command's own help is printed. */
function helpWords(words: readonly string[]): readonly string[] {
  const [first, second] = words;
  return words.length === 2 && first === "help" && findCommand(second) !== undefined ? ["map", second, "--help"] : words;
}

/** Runs the parsed words of a line on the state file that they name. */
type OnState = (parsed: Parsed) => Promise<number>;

/** Runs one line, on `kernel` or on a state. Returns its exit code. */
export async function runLine(on: Kernel | OnState, line: string): Promise<number> {
  const host = new ProcessHost(false);
  const words = splitLine(line.replace(/#.*/, ""));
  let code = 0;
  if (words === undefined) {
    host.err("Error: unterminated quoted string\n");
    code = 255;
  } else if (words.length > 0) {
    const parsed = parseOptions(completeWords(helpWords(words)), PROGRAM);
    // A prompt waits for nothing but its next line.
    parsed.options.values.set("once", "");
    const object = parsed.words.length > 0 ? objectRow(parsed.words[0]) : undefined;
    const early = runEarly(host, parsed);
    if (early !== undefined) code = early;
    else if (object?.added && object.state === undefined) {
      host.err(`Error: ${object.word} is a command of the program, not of its prompt\n`);
      code = 255;
    } else if (typeof on === "function" && needsKernel(parsed.words)) code = await on(parsed);
    else code = run(typeof on === "function" ? undefined : on, host, parsed, runAdded);
  }
  host.flush();
  return code;
}

/** A word as splitLine reads it back. */
function quoted(word: string): string {
  if (!/[\s'"#]/.test(word)) return word;
  return word.includes("'") ? `"${word}"` : `'${word}'`;
}

function complete(kernel: Kernel, line: string): [string[], string] {
  const words = splitLine(line) ?? [];
  const partial = /\s$/.test(line) || line === "" ? "" : (words.pop() ?? "");
  const world = worldOf(kernel, () => mapsOf(kernel));
  const first = words.length === 0;
  const found = candidates([...completeWords(words), partial], world);
  const commands = first ? candidates(["map", partial], world) : [];
  const all = [...new Set([...found, ...commands])].filter((word) => printable(word) === word).sort();
  return [all.map((word) => (word.endsWith("/") ? word : `${quoted(word)} `)), partial];
}

type Completed = (error?: Error | null, found?: [string[], string]) => void;

function remember(path: string | undefined, line: string): void {
  if (path === undefined || line.trim() === "") return;
  try {
    appendFileSync(path, `${line}\n`, { mode: 0o600 });
  } catch {
    // A home that cannot be written is no reason to stop.
  }
}

/**
 * Reads lines until the end of input, over a kernel in memory, or over the state file of `--state`: then each line is a
 * command of its own, and others may use the file meanwhile. Without a terminal, the exit code is the last line's.
 */
export async function shell(options?: Options): Promise<number> {
  const state = options?.values.get("state");
  const kernel = await Kernel.load({ cpus: CPUS });
  const onState: OnState = async (parsed) => {
    for (const [name, value] of options!.values) if (!parsed.options.values.has(name)) parsed.options.values.set(name, value);
    return (await runOnState(parsed, { added: runAdded })).code;
  };
  const target = state === undefined ? kernel : onState;
  const terminal = process.stdin.isTTY === true && process.stdout.isTTY === true;
  const file = terminal ? historyFile() : undefined;
  if (terminal) process.stdout.write(state === undefined ? GREETING : `${PROGRAM} ${VERSION}: BPF maps in ${printable(state)}.\n`);
  const completeOn = async (line: string): Promise<[string[], string]> =>
    complete(state === undefined ? kernel : await kernelForReading(state), line);
  const reader: Interface = createInterface({
    input: process.stdin,
    ...(terminal ? { output: process.stdout, completer: (line: string, done: Completed) => void completeOn(line).then((found) => done(null, found), done) } : {}),
    terminal,
    prompt: `${PROGRAM}> `,
    history: readHistory(file),
    historySize: HISTORY_LINES,
    removeHistoryDuplicates: true,
  });
  let code = 0;
  if (terminal) {
    reader.prompt();
    reader.on("SIGINT", () => {
      reader.write(null, { ctrl: true, name: "u" });
      reader.prompt();
    });
  }
  for await (const line of reader) {
    if (END_WORDS.has(line.trim())) break;
    code = await runLine(target, line);
    remember(file, line);
    if (terminal) reader.prompt();
  }
  reader.close();
  if (terminal) process.stdout.write("\n");
  return terminal ? 0 : code;
}
