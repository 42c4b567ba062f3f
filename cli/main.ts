// The program bpf-maps: finds out what a command line needs, and loads no more than that.
import { cpusOf, readDump } from "./commands/state_dump.ts";
import { Fail, fileErrorText } from "./fail.ts";
import { ProcessHost, OutputError } from "./host.ts";
import { readInput } from "./input.ts";
import { type Parsed, parseOptions } from "./options.ts";
import { type Added, commandOf, findObject, needsKernel, objectRow, run, runEarly } from "./run.ts";
import { fileIdentity } from "./state/read.ts";
import { statePath } from "./state/path.ts";
import { outputFailed, reportFail, type RunOptions, runOnState } from "./state_run.ts";
import { PROGRAM } from "./version.ts";

const POLL_MS = 200;

/** The commands that bpftool does not have, where the words or a batch may ask for one. */
async function loadAdded(words: readonly string[]): Promise<Added | undefined> {
  if (!commandOf(words)?.added && findObject(words[0]) !== "batch") return undefined;
  return (await import("./more.ts")).runAdded;
}

/** Resolves when the file at `path` is no longer the one with `stamp`. */
async function changed(path: string, stamp: string): Promise<void> {
  try {
    while (fileIdentity(path) === stamp) await new Promise((done) => setTimeout(done, POLL_MS));
  } catch {
    // What is wrong with the file is said by whoever reads it next.
  }
}

/** Runs `follow` again whenever another process has changed the state file. */
async function followState(parsed: Parsed, added: Added | undefined): Promise<number> {
  for (;;) {
    const { code, stamp } = await runOnState(parsed, { added, quiet: true });
    if (code !== 0 || parsed.options.values.get("count") === "0") return code;
    await changed(statePath(parsed.options.values.get("state")), stamp);
  }
}

/** Runs an object that is not bpftool's. */
async function runObject(object: string, words: readonly string[], parsed?: Parsed): Promise<number> {
  const more = await import("./more.ts");
  switch (object) {
    case "shell":
      return more.shell(parsed?.options);
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

/**
 * Commands that may work or wait for input for long. They are synchronous, and a signal has its effect between two steps
 * of the event loop only: so they run in a thread, and this one stays free.
 */
function mayTakeLong(words: readonly string[]): boolean {
  return commandOf(words)?.words[0] === "import" || findObject(words[0]) === "batch";
}

/** Runs the words that need the state. */
async function runWithState(parsed: Parsed): Promise<number> {
  const { words, options } = parsed;
  if (mayTakeLong(words)) {
    const { isMainThread } = await import("node:worker_threads");
    if (isMainThread) return (await import("./supervise.ts")).runInThread(statePath(options.values.get("state")));
  }
  const added = await loadAdded(words);
  if (commandOf(words)?.words[0] === "follow" && !options.values.has("once")) return followState(parsed, added);
  try {
    return (await runOnState(parsed, { added, ...readBefore(words) })).code;
  } catch (error) {
    if (!(error instanceof Fail)) throw error;
    return reportFail(parsed, error);
  }
}

/** The lines of a batch on stdin. */
function readBatch(): Uint8Array {
  try {
    return readInput("-");
  } catch (error) {
    throw new Fail(`Can't open file (-): ${fileErrorText(error)}`);
  }
}

/** What is read before the state, so that nobody has to wait for the lock while this waits for input. */
function readBefore(words: readonly string[]): RunOptions {
  if (findObject(words[0]) === "batch" && words.length === 3 && words[2] === "-") return { input: readBatch() };
  if (objectRow(words[0])?.word !== "state" || words[1] !== "import" || words.length !== 3) return {};
  const input = readDump(words[2]);
  return { input, cpus: cpusOf(input) };
}

async function main(argv: readonly string[]): Promise<number> {
  if (argv.length === 0) return runObject("shell", []);
  if (RAW_OBJECTS.has(argv[0])) return runObject(argv[0], argv.slice(1));
  const parsed = parseOptions(argv, PROGRAM);
  const host = new ProcessHost(false);
  const early = runEarly(host, parsed);
  host.flush();
  if (early !== undefined) return early;
  const object = parsed.words.length === 0 ? undefined : objectRow(parsed.words[0]);
  if (object?.added && object.state === undefined) return runObject(object.word, parsed.words.slice(1), parsed);
  if (needsKernel(parsed.words)) return runWithState(parsed);
  const code = run(undefined, host, parsed);
  host.flush();
  return code;
}

void main(process.argv.slice(2))
  .catch((error: unknown) => {
    if (error instanceof OutputError) return outputFailed(error);
    throw error;
  })
  .then((code) => {
    process.exitCode = code;
  });
