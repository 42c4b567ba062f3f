import { readFileSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { skip } from "../../harness/skip.ts";
import { programsRefusal } from "../../kernel/programs.node.ts";
import { LiveBpf } from "../live/bpf.node.ts";
import { nameOf } from "./case.ts";
import { runCases } from "./cases.ts";
import { EngineUnderTest } from "./engine_run.ts";
import { liveRun } from "./live_run.node.ts";

const test = suite("vm/run: TEST_RUN against the live kernel");

const refusal = programsRefusal();
if (refusal !== undefined) skip(test, "all cases", refusal);
else {
  const live = new LiveBpf();
  const engine = new EngineUnderTest(readFileSync("build/programs-debug.wasm"));
  for (const run of runCases) test(nameOf(run), () => assert.equal(engine.run(run), liveRun(live, run)));
  test.after(() => live.dispose());
}

test.run();
