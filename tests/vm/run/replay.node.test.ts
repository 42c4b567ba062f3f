// TEST_RUN case by case, against what the kernel answered when the cases were recorded.
import { readFileSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { nameOf, type RunResult } from "./case.ts";
import { runCases } from "./cases.ts";
import { EngineUnderTest } from "./engine_run.ts";

const test = suite("vm/run: recorded answers of TEST_RUN");
const recorded: readonly RunResult[] = JSON.parse(readFileSync(new URL("generated/answers.json", import.meta.url), "utf8"));
const engine = new EngineUnderTest(readFileSync("build/programs.wasm"));

test("there is an answer for every case", () => assert.is(recorded.length, runCases.length));
for (const [index, run] of runCases.entries()) test(nameOf(run), () => assert.equal(shortened(engine.run(run)), recorded[index]));

/** Zeros at the end of a buffer are not recorded. */
function shortened(result: RunResult): RunResult {
  return { ...result, data: result.data.replace(/(00)+$/, ""), ctx: result.ctx.replace(/(00)+$/, "") };
}

test.run();
