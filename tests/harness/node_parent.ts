// The parent of a test process: picks the files, starts harness/node_worker.ts on them, and receives its summary.
import { fork } from "node:child_process";
import { readdirSync } from "node:fs";
import { join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import type { Summary } from "./runner.ts";

const TESTS = fileURLToPath(new URL("..", import.meta.url));

/** Every test file below tests/, as paths relative to it. */
export function testFiles(): string[] {
  return (readdirSync(TESTS, { recursive: true }) as string[])
    .map((path) => path.split(sep).join("/"))
    .filter((path) => path.endsWith(".test.ts") && !path.includes("node_modules/"))
    .sort();
}

/** Whether the file runs in every runtime, and so against every build of the core. */
export const isPortable = (file: string): boolean => !file.endsWith(".node.test.ts");

/** Whether the file asks the live kernel, where there is one: those that do see each other's maps, so they run one by one. */
export const asksKernel = (file: string): boolean => /^(kernel|core)\/|^cli\/live|^vm\/.*\.node\.test\.ts$/.test(file);

/** Whether the file measures what V8 makes of the code, which it must not have compiled for other suites before. */
export const isMeasured = (file: string): boolean => file.endsWith("garbage.node.test.ts");

/**
 * For the process of such files: V8 compiles where the loop runs, not in a thread that a busy machine may starve, and its young
 * generation (in MiB) holds what a round of garbage takes, so that no collection hides it.
 */
export const MEASURED_FLAGS: string[] = ["--no-concurrent-recompilation", "--min-semi-space-size=16", "--max-semi-space-size=16"];

/** How a run's process is started. */
export interface WorkerOptions {
  /** Passes the process' output on as it comes; otherwise it is returned. */
  live: boolean;
  /** More flags for node. */
  flags?: string[];
  /** More environment. */
  env?: Record<string, string>;
}

/** What a run's process printed and counted. */
export interface WorkerResult {
  output: string;
  summary: Summary;
}

/** Runs the files in a process of its own, against one build of the core ("release" or "debug"). */
export function runWorker(build: string, files: string[], options: WorkerOptions): Promise<WorkerResult> {
  return new Promise((resolve) => {
    const child = fork(join(TESTS, "harness/node_worker.ts"), [build, ...files], {
      cwd: join(TESTS, ".."),
      execArgv: ["--import", "tsx", "--enable-source-maps", "--expose-gc", ...(options.flags ?? [])],
      env: { ...process.env, ...options.env },
      stdio: ["ignore", "pipe", "pipe", "ipc"],
    });
    let output = "";
    const collect = (chunk: Buffer): void => {
      if (options.live) process.stdout.write(chunk);
      else output += chunk;
    };
    child.stdout!.on("data", collect);
    child.stderr!.on("data", collect);
    let summary: Summary | undefined;
    let current = "start-up";
    child.on("message", (message) => {
      if (typeof message === "string") current = message;
      else summary = message as Summary;
    });
    child.on("close", (code, signal) => {
      // Without a summary the process died, or its event loop ran dry in the middle of a test.
      const died: Summary = {
        passed: 0,
        failed: 1,
        skipped: 0,
        failures: [`[${build} core] ${current}: the run ended in this file (${signal ?? `exit code ${code}`})`],
        skips: [],
        times: [],
      };
      resolve({ output, summary: summary ?? died });
    });
  });
}
