// What one runtime answers, and how it is counted: the smoke test is one test, the suites are as many as they ran.
import { spawn } from "node:child_process";
import type { Summary } from "../harness/runner.ts";

/** The report line of a host, as the files in hosts/ print or post it. */
export interface HostReport {
  smoke: string;
  error: string;
  summary?: Summary;
}

/** One row of the matrix. */
export interface Outcome {
  passed: number;
  failed: number;
  skipped: number;
  failures: string[];
  note: string;
}

/** A row to be run; `run` may throw, which is a failure of the row. */
export interface Job {
  name: string;
  run: () => Promise<Outcome>;
}

/** A row that is one check. */
export const passedOnce = (note: string): Outcome => ({ passed: 1, failed: 0, skipped: 0, failures: [], note });

/** A row that could not be run, and why. */
export const skippedOnce = (reason: string): Outcome => ({ passed: 0, failed: 0, skipped: 1, failures: [], note: reason });

/** Counts a host's report. */
export function outcomeOf({ smoke, error, summary }: HostReport): Outcome {
  const { passed = 0, failed = 0, skipped = 0, failures = [], skips = [] } = summary ?? {};
  return {
    passed: passed + (smoke ? 1 : 0),
    failed: failed + (error ? 1 : 0),
    skipped,
    failures: error ? [...failures, error] : failures,
    note: skips.join("; "),
  };
}

const TIMEOUT_MS = 480_000;

/** Runs a command; resolves with what it printed, rejects when it fails or takes too long. */
export function execute(command: string, args: string[], cwd: string, env: NodeJS.ProcessEnv = process.env): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"], timeout: TIMEOUT_MS });
    let output = "";
    child.stdout.on("data", (chunk) => (output += chunk));
    child.stderr.on("data", (chunk) => (output += chunk));
    child.on("error", reject);
    child.on("close", (code, signal) => {
      if (code === 0) resolve(output);
      else reject(new Error(`${command} ${args.join(" ")} ended with ${signal ?? code}\n${output.slice(-4000)}`));
    });
  });
}

/** Runs a host that prints its report. */
export async function executeHost(command: string, args: string[], cwd: string): Promise<Outcome> {
  const output = await execute(command, args, cwd);
  const line = output.split("\n").find((text) => text.startsWith("@@report "));
  if (line === undefined) throw new Error(`${command} ${args.join(" ")} printed no report\n${output.slice(-4000)}`);
  return outcomeOf(JSON.parse(line.slice("@@report ".length)) as HostReport);
}
