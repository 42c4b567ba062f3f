// The package in the test runners of applications, in their default environment and in jsdom.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { transformSync } from "esbuild";
import { execute, passedOnce } from "./report.ts";
import { HERE, packageFile } from "./setup.ts";
import type { Job } from "./report.ts";
import type { Project } from "./project.ts";

/** A test of an application, in CommonJS: the smoke test, and values that come from another realm under jsdom. */
const JEST_TEST = `
const library = require("bpf-maps");
const { smokeWith } = require("./smoke_with.cjs");
test("works", async () => {
  expect(typeof window).toBe(process.env.APP_ENVIRONMENT === "jsdom" ? "object" : "undefined");
  expect(await smokeWith(library)).toMatch(/typed surface/);
});
`;

const VITEST_TEST = `
import * as library from "bpf-maps";
import { smokeWith } from "../smoke_with.mjs";
test("works", async () => {
  expect(typeof window).toBe(process.env.APP_ENVIRONMENT === "jsdom" ? "object" : "undefined");
  expect(await smokeWith(library)).toMatch(/typed surface/);
});
`;

/** Runs a test runner's program with its exit code as the answer. */
async function runTests(program: string, args: string[], app: string, environment: string): Promise<void> {
  await execute(process.execPath, [packageFile(program), ...args], app, { ...process.env, APP_ENVIRONMENT: environment });
}

function jestJob({ directory }: Project, environment: string, path: string): Job {
  return {
    name: `jest, ${environment}`,
    run: async () => {
      const app = join(directory, `app-jest-${environment}`);
      mkdirSync(app, { recursive: true });
      const { code } = transformSync(readFileSync(join(HERE, "smoke_with.mjs"), "utf8"), { format: "cjs" });
      writeFileSync(join(app, "smoke_with.cjs"), code);
      writeFileSync(join(app, "app.test.cjs"), JEST_TEST);
      const config = { testEnvironment: packageFile(path), testMatch: ["**/*.test.cjs"], transform: {}, moduleFileExtensions: ["cjs", "js"] };
      writeFileSync(join(app, "jest.config.json"), JSON.stringify(config));
      await runTests("jest/bin/jest.js", ["--config", "jest.config.json"], app, environment);
      return passedOnce("by require");
    },
  };
}

function vitestJob({ directory }: Project, environment: string): Job {
  return {
    name: `vitest, ${environment}`,
    run: async () => {
      const app = join(directory, `app-vitest-${environment}`);
      mkdirSync(app, { recursive: true });
      writeFileSync(join(app, "app.test.mjs"), VITEST_TEST);
      await runTests("vitest/vitest.mjs", ["run", "--globals", "--environment", environment], app, environment);
      return passedOnce("by import");
    },
  };
}

/** The rows of the test runners. */
export const testRunnerJobs = (project: Project): Job[] => [
  jestJob(project, "node", "jest-environment-node/build/index.js"),
  jestJob(project, "jsdom", "jest-environment-jsdom/build/index.js"),
  vitestJob(project, "node"),
  vitestJob(project, "jsdom"),
];
