// Runs a command that needs the state: load, run, print, save, in the order that loses nothing.
import { availableParallelism } from "node:os";
import { Fail } from "./fail.ts";
import { OutputError, ProcessHost, writeError } from "./host.ts";
import { JsonWriter } from "./json_writer.ts";
import type { Parsed } from "./options.ts";
import { printable } from "./printable.ts";
import { type Added, commandOf, objectRow, run } from "./run.ts";
import { onEndSignal, pendingSignals } from "./signals.ts";
import { LostError } from "./state/lock_errors.ts";
import { statePath } from "./state/path.ts";
import { Store } from "./state/store.ts";
import { PROGRAM } from "./version.ts";

const WAIT_SECONDS = 10;
const EXIT_FAILURE = 255;
/** Exit code of a process that SIGPIPE ended, as a shell reports it. */
const EXIT_PIPE = 141;
/** How often a command is run anew because somebody replaced the file meanwhile; those who do so wait for no lock. */
const RUNS_MAX = 5;

/** How a run ended. */
export interface Outcome {
  code: number;
  /** The state file as this run left it. */
  stamp: string;
}

/** An empty result of `follow`, which is not worth a line while it waits. */
const NOTHING = /^(?:\[\]\s*)?$/;

function numberOption({ options }: Parsed, name: string, fallback: number): number {
  const text = options.values.get(name);
  if (text === undefined) return fallback;
  const value = Number(text);
  if (text === "" || !(value >= 0)) throw new Fail(`can't parse ${text} as --${name}`);
  return value;
}

/** Whether the words may change the state. */
function mayWrite(words: readonly string[]): boolean {
  const object = objectRow(words[0] ?? "");
  return commandOf(words)?.writes === true || object?.state === "writes" || object?.writing?.includes(words[1]) === true;
}

function report(host: ProcessHost, { options }: Parsed, problem: Fail): void {
  if (options.json) {
    new JsonWriter((text) => host.out(text), options.pretty).error(problem.message);
    host.out("\n");
  } else {
    host.err(`Error: ${printable(problem.message)}\n`);
  }
}

/** Tells that standard output failed; returns the exit code. A reader that has gone wants to know nothing. */
export function outputFailed(error: OutputError): number {
  if (error.closed) return EXIT_PIPE;
  writeError(`Error: ${error.message}\n`);
  return EXIT_FAILURE;
}

export interface RunOptions {
  /** The commands that bpftool does not have. */
  added?: Added;
  /** Whether an empty result is not printed. */
  quiet?: boolean;
  /** What the command reads, where that was read before. */
  input?: Uint8Array;
  /** Possible CPUs of a state file that is made now, where the command line does not say. */
  cpus?: number;
}

class StateRun {
  readonly host: ProcessHost;
  readonly store: Store;
  readonly #parsed: Parsed;
  readonly #options: RunOptions;
  readonly #writes: boolean;
  /** Whether what the command says has been printed. */
  printed = false;

  constructor(parsed: Parsed, options: RunOptions) {
    this.#parsed = parsed;
    this.#options = options;
    this.#writes = mayWrite(parsed.words);
    this.host = new ProcessHost(this.#writes, options.input);
    this.store = new Store({
      path: statePath(parsed.options.values.get("state")),
      writes: this.#writes,
      cpus: () => numberOption(parsed, "cpus", options.cpus ?? availableParallelism()),
      waitMs: numberOption(parsed, "wait", WAIT_SECONDS) * 1000,
      onWait: (message) => writeError(`${PROGRAM}: ${printable(message)}\n`),
    });
  }

  async #work(): Promise<number> {
    const kernel = await this.store.load();
    const code = run(kernel, this.host, this.#parsed, this.#options.added);
    if (this.#writes) await pendingSignals();
    // A command that fails may have changed something before (an id is used up, an LRU map has evicted). What is popped
    // and cannot be printed must not be gone, and what cannot be saved must not be printed: so the new state is written
    // beside the old, then the output, and what replaces the one by the other is a single call.
    const { discarded } = this.host;
    if (!discarded) this.store.prepare();
    if (this.#options.quiet && NOTHING.test(this.host.held)) this.host.drop();
    this.host.flush();
    this.printed = true;
    if (!discarded) this.store.commit();
    return code;
  }

  /** Runs the command; throws LostError with nothing done and nothing printed. */
  async run(): Promise<number> {
    const restore = this.#writes ? onEndSignal(() => this.store.close()) : undefined;
    try {
      return await this.#work();
    } finally {
      this.store.close();
      restore?.();
    }
  }
}

const LOST = "the state file was replaced meanwhile, and nothing was saved";

/** Runs a command on the state file. */
export async function runOnState(parsed: Parsed, options: RunOptions = {}): Promise<Outcome> {
  for (let runs = 1; ; runs++) {
    let job: StateRun | undefined;
    let problem: Fail;
    try {
      job = new StateRun(parsed, options);
      return { code: await job.run(), stamp: job.store.stamp };
    } catch (error) {
      if (error instanceof OutputError) return { code: outputFailed(error), stamp: "" };
      if (error instanceof LostError) {
        if (runs < RUNS_MAX && !job!.printed && !job!.host.tookInput) continue;
        problem = new Fail(job!.printed ? `${LOST} of what is printed above` : LOST);
      } else if (error instanceof Fail) {
        problem = error;
      } else {
        throw error;
      }
    }
    return { code: reportFail(parsed, problem), stamp: "" };
  }
}

/** Prints what ended a command line; returns its exit code. */
export function reportFail(parsed: Parsed, problem: Fail): number {
  const host = new ProcessHost(false);
  report(host, parsed, problem);
  try {
    host.flush();
  } catch (error) {
    if (!(error instanceof OutputError)) throw error;
    return outputFailed(error);
  }
  return EXIT_FAILURE;
}
