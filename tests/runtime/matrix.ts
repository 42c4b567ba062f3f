// The runtime matrix: the package is packed, installed into an empty project, and used from there in every runtime.
//   npm run matrix                     everything
//   npm run matrix -- deno firefox     only rows whose name contains one of the words
import { rmSync } from "node:fs";
import { bundlerJobs } from "./bundlers.ts";
import { checkJobs } from "./checks.ts";
import { commandJobs } from "./commands.ts";
import { nextJob } from "./next.ts";
import { createProject, describe } from "./project.ts";
import { runSuitePage } from "./browsers.ts";
import { passedOnce, skippedOnce } from "./report.ts";
import { serve } from "./server.ts";
import { installBrowser, installPackages } from "./setup.ts";
import { bundleSuites, portableFiles } from "./suites.ts";
import { stuckKernel } from "../kernel/programs.node.ts";
import { testRunnerJobs } from "./test_runners.ts";
import { workerdJob } from "./workerd.ts";
import { TYPES, typeJobs } from "../types/versions.ts";
import { closingLine } from "../harness/runner.ts";
import type { BrowserName } from "./browsers.ts";
import type { Job, Outcome } from "./report.ts";
import type { Project } from "./project.ts";

// Two at a time: a browser and a command line runtime share the two cores a small machine has.
const PARALLEL = 2;

function browserJob(browser: BrowserName, { directory }: Project): Job {
  return {
    name: browser,
    run: async () => {
      const stuck = stuckKernel();
      if (stuck !== undefined) return skippedOnce(stuck);
      const reason = installBrowser(browser);
      if (reason === undefined) return runSuitePage(browser, directory);
      // A machine of CI must be able to run every row; elsewhere a missing browser is no fault of the package.
      if (process.env.CI) throw new Error(reason);
      return skippedOnce(reason);
    },
  };
}

// A suite may look at a part of the bindings from inside, but the engine it runs must be the package's.
function packageJob(sources: string[]): Job {
  const engine = sources.filter((path) => /\/(kernel|load|generated\/.*)\.ts$/.test(path));
  return {
    name: "suites run the package",
    run: async () => {
      if (engine.length > 0) throw new Error(`the suites bring an engine of their own: ${engine.join(", ")}`);
      const parts = sources.length > 0 ? `, and from the sources ${sources.join(", ")}` : "";
      return passedOnce(`${portableFiles().length} portable files${parts}`);
    },
  };
}

type Counts = Pick<Outcome, "passed" | "failed" | "skipped">;

async function runJob(job: Job): Promise<Outcome> {
  try {
    return await job.run();
  } catch (error) {
    return { passed: 0, failed: 1, skipped: 0, failures: [(error as Error).stack ?? String(error)], note: "" };
  }
}

// uvu colours its texts in a page, where nobody asked for it.
const withoutColours = (text: string): string => text.replace(/\u001b\[\d+m/g, "");

const indent = (text: string): string => `     ${text.trimEnd().replaceAll("\n", "\n     ")}`;

async function runJobs(jobs: Job[]): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const queue = [...jobs];
  const lane = async (): Promise<void> => {
    for (let job = queue.shift(); job !== undefined; job = queue.shift()) {
      const started = Date.now();
      const outcome = await runJob(job);
      outcomes.push(outcome);
      const state = outcome.failed > 0 ? "FAIL" : outcome.passed > 0 ? "ok  " : "skip";
      const seconds = `${((Date.now() - started) / 1000).toFixed(1)} s`;
      console.log(`${state} ${job.name.padEnd(28)} ${closingLine(outcome).padEnd(24)} ${seconds.padStart(7)}  ${outcome.note}`);
      for (const failure of outcome.failures) console.log(indent(withoutColours(failure)));
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, lane));
  return outcomes;
}

// Ending on purpose runs the exit handlers, which end the browsers.
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(1));

async function runMatrix(words: string[]): Promise<Counts> {
  installPackages();
  installPackages(TYPES);
  const project = createProject();
  console.log(describe(project));
  const server = await serve(project.directory);
  try {
    const sources = await bundleSuites(project);
    const jobs = [
      packageJob(sources),
      ...checkJobs(project),
      ...typeJobs(project),
      browserJob("firefox-esr", project),
      browserJob("chromium", project),
      ...commandJobs(project, server.origin),
      workerdJob(project),
      ...bundlerJobs(project),
      ...testRunnerJobs(project),
      nextJob(project),
    ].filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)));
    const total = { passed: 0, failed: jobs.length === 0 ? 1 : 0, skipped: 0 };
    for (const outcome of await runJobs(jobs)) {
      total.passed += outcome.passed;
      total.failed += outcome.failed;
      total.skipped += outcome.skipped;
    }
    console.log(`\n${jobs.length} rows`);
    return total;
  } finally {
    server.close();
    rmSync(project.directory, { recursive: true, force: true });
  }
}

let total: Counts;
try {
  total = await runMatrix(process.argv.slice(2));
} catch (error) {
  // Packing, installing or bundling failed: there was nothing to run the rows on.
  console.log(error instanceof Error ? error.message : String(error));
  total = { passed: 0, failed: 1, skipped: 0 };
}
console.log(closingLine(total));
process.exitCode = total.failed > 0 ? 1 : 0;
