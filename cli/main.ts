// The program bpf-maps: finds out what a command line needs, and loads no more than that.
import { availableParallelism } from "node:os";
import { Fail } from "./fail.ts";
import { ProcessHost } from "./host.ts";
import { JsonWriter } from "./json_writer.ts";
import { type Parsed, parseOptions } from "./options.ts";
import { type Added, findCommand, findObject, needsKernel, objectRow, run, runEarly } from "./run.ts";
import { stampOf } from "./state/file.ts";
import { statePath } from "./state/path.ts";
import { Store } from "./state/store.ts";
import type { CommandRow } from "./table.ts";
import { PROGRAM } from "./version.ts";

const WAIT_SECONDS = 10;
const POLL_MS = 200;
const EXIT_FAILURE = 255;

function numberOption({ options }: Parsed, name: string, fallback: number): number {
  const text = options.values.get(name);
  if (text === undefined) return fallback;
  const value = Number(text);
  if (text === "" || !(value >= 0)) throw new Fail(`can't parse ${text} as --${name}`);
  return value;
}

/** The command of `map` that the words name; undefined for other objects and unknown words. */
function commandOf(words: readonly string[]): CommandRow | undefined {
  if (words.length === 0 || findObject(words[0]) !== "map") return undefined;
  return findCommand(words[1] ?? "");
}

/** The commands that bpftool does not have, where the words or a batch may ask for one. */
async function loadAdded(words: readonly string[]): Promise<Added | undefined> {
  if (!commandOf(words)?.added && findObject(words[0]) !== "batch") return undefined;
  return (await import("./more.ts")).runAdded;
}

interface Outcome {
  code: number;
  /** The state file as this run left it. */
  stamp: string;
}

/** An empty result of `follow`, which is not worth a line while it waits. */
const NOTHING = /^(?:\[\]\s*)?$/;

/** Runs a command that needs the state. With `quiet`, an empty result is not printed. */
async function runOnState(parsed: Parsed, quiet: boolean): Promise<Outcome> {
  const row = commandOf(parsed.words);
  const writes = row?.writes === true || objectRow(parsed.words[0] ?? "")?.state === "writes";
  const host = new ProcessHost(writes);
  let store: Store | undefined;
  try {
    store = new Store({
      path: statePath(parsed.options.values.get("state")),
      writes,
      cpus: () => numberOption(parsed, "cpus", availableParallelism()),
      waitMs: numberOption(parsed, "wait", WAIT_SECONDS) * 1000,
      onWait: (message) => process.stderr.write(`${PROGRAM}: ${message}\n`),
    });
    const kernel = await store.load();
    const code = run(kernel, host, parsed, await loadAdded(parsed.words));
    // A command that fails may have changed something before (an id is used up, an LRU map has evicted).
    if (writes) store.save();
    if (quiet && NOTHING.test(host.held)) host.drop();
    return { code, stamp: store.stamp };
  } catch (error) {
    if (!(error instanceof Fail)) throw error;
    host.drop();
    report(host, parsed, error);
    return { code: EXIT_FAILURE, stamp: "" };
  } finally {
    store?.close();
    host.flush();
  }
}

/** Runs `follow` again whenever another process has changed the state file. */
async function followState(parsed: Parsed): Promise<number> {
  const path = statePath(parsed.options.values.get("state"));
  for (;;) {
    const { code, stamp } = await runOnState(parsed, true);
    if (code !== 0 || parsed.options.values.get("count") === "0") return code;
    while (stampOf(path) === stamp) await new Promise((done) => setTimeout(done, POLL_MS));
  }
}

function report(host: ProcessHost, { options }: Parsed, problem: Fail): void {
  if (options.json) {
    new JsonWriter((text) => host.out(text), options.pretty).error(problem.message);
    host.out("\n");
  } else {
    host.err(`Error: ${problem.message}\n`);
  }
}

/** Runs an object that is not bpftool's. */
async function runObject(object: string, words: readonly string[]): Promise<number> {
  const more = await import("./more.ts");
  switch (object) {
    case "shell":
      return more.shell();
    case "completion":
      return more.printCompletion(words);
    case "man":
      return more.printManual();
    case "complete":
      return more.printCandidates(words);
    default:
      return more.runFlows(words);
  }
}

/** These read their own options: the capture commands, and what completion scripts call with unfinished words. */
const RAW_OBJECTS = new Set(["flows", "top", "complete"]);

async function main(argv: readonly string[]): Promise<number> {
  if (argv.length === 0) return runObject("shell", []);
  if (RAW_OBJECTS.has(argv[0])) return runObject(argv[0], argv.slice(1));
  const parsed = parseOptions(argv, PROGRAM);
  const host = new ProcessHost(false);
  const early = runEarly(host, parsed);
  host.flush();
  if (early !== undefined) return early;
  const object = parsed.words.length === 0 ? undefined : objectRow(parsed.words[0]);
  if (object?.added && object.state === undefined) return runObject(object.word, parsed.words.slice(1));
  if (!needsKernel(parsed.words)) {
    const code = run(undefined, host, parsed);
    host.flush();
    return code;
  }
  const waits = commandOf(parsed.words)?.words[0] === "follow" && !parsed.options.values.has("once");
  return waits ? followState(parsed) : (await runOnState(parsed, false)).code;
}

void main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
