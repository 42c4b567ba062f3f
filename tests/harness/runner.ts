// Runs uvu suites file by file in any JavaScript runtime, and counts what really ran. uvu's own runner exits 0 for a
// file that registered no test and prints no line that a CI counts, so only its suites are used here.
// This module must be loaded before uvu is: the flag below keeps uvu from starting by itself.
import { takeFailures } from "./failures.ts";
import { takeSkips } from "./skip.ts";

type SuiteRun = () => Promise<[errors: string | true, passed: number, skipped: number, total: number]>;

interface UvuGlobals {
  UVU_DEFER?: 1;
  UVU_INDEX?: number;
  UVU_QUEUE?: SuiteRun[][];
}

const uvu = globalThis as UvuGlobals;
uvu.UVU_DEFER = 1;

/** A test file: its name as printed, and how to load it (loading registers its suites). */
export interface TestFile {
  name: string;
  load: () => Promise<unknown>;
}

/** Counts and texts of one run; `failures` and `skips` name their file. */
export interface Summary {
  passed: number;
  failed: number;
  skipped: number;
  failures: string[];
  skips: string[];
  /** How long each file took. */
  times: { file: string; milliseconds: number }[];
}

/** What the caller may print while the run goes on. */
export type Progress = (file: string, result: Summary, milliseconds: number) => void;

const emptySummary = (): Summary => ({ passed: 0, failed: 0, skipped: 0, failures: [], skips: [], times: [] });

/** An error with its stack, which has the message in it in some engines and not in others. */
function errorText(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { name, message, stack = "" } = error;
  return stack.includes(message) ? stack : `${name}: ${message}\n${stack}`;
}

function fail(summary: Summary, file: string, what: string, error: unknown): void {
  const text = errorText(error);
  // uvu's assertions carry the comparison beside the message.
  const details = (error as { details?: string } | undefined)?.details ?? "";
  summary.failed++;
  summary.failures.push([`${file}: ${what}`, text, details].filter(Boolean).join("\n"));
}

async function runFile({ name, load }: TestFile): Promise<Summary> {
  const summary = emptySummary();
  // uvu appends a suite to the group at UVU_INDEX when the file calls `.run()`.
  const group: SuiteRun[] = [];
  uvu.UVU_QUEUE = [group];
  uvu.UVU_INDEX = 0;
  try {
    await load();
  } catch (error) {
    fail(summary, name, "the file does not load", error);
    return summary;
  }
  for (const runSuite of group) {
    try {
      const [errors, passed, skipped, total] = await runSuite();
      summary.passed += passed;
      summary.failed += total - passed;
      summary.skipped += skipped;
      if (errors !== true) summary.failures.push(`${name}:\n${errors}`);
      // uvu drops what a `before` hook throws, and runs no test of the suite then.
      else if (passed < total) summary.failures.push(`${name}: ${total - passed} tests did not run: a hook throws`);
      for (const failure of takeFailures()) fail(summary, name, "after the suite", failure);
    } catch (error) {
      fail(summary, name, "a hook of the suite throws", error);
    }
  }
  const explained = takeSkips();
  summary.skips = explained.map((skip) => `${name}: ${skip}`);
  if (summary.skipped !== explained.length) {
    const missing = summary.skipped - explained.length;
    fail(summary, name, "a skip must say why", `${missing} tests were skipped without skip() of tests/harness/skip.ts`);
  }
  if (summary.passed + summary.failed + summary.skipped === 0) {
    fail(summary, name, "the file has no test", "no suite registered a test; is `.run()` missing?");
  }
  return summary;
}

/** Adds `other` to `summary`. */
export function addSummary(summary: Summary, other: Summary): void {
  summary.passed += other.passed;
  summary.failed += other.failed;
  summary.skipped += other.skipped;
  summary.failures.push(...other.failures);
  summary.skips.push(...other.skips);
  summary.times.push(...other.times);
}

/** Runs the files one after the other; never throws for a failing test. No file at all is a failure. */
export async function runFiles(files: TestFile[], progress: Progress = () => {}): Promise<Summary> {
  const summary = emptySummary();
  for (const file of files) {
    const started = Date.now();
    const result = await runFile(file);
    const milliseconds = Date.now() - started;
    addSummary(summary, { ...result, times: [{ file: file.name, milliseconds }] });
    progress(file.name, result, milliseconds);
  }
  if (files.length === 0) fail(summary, "no file", "nothing to run", "no test file was selected");
  return summary;
}

/** The closing line, in the form a CI counts: `N passed, N failed`, and the skips when there are any. */
export function closingLine({ passed, failed, skipped }: Pick<Summary, "passed" | "failed" | "skipped">): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}
