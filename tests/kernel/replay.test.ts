// The engine answers every recorded operation as the live kernel did, in every runtime.

import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Kernel } from "../../bindings/index.ts";
import { newKernel } from "../harness/kernel.ts";
import { liveCounts } from "../harness/leak.ts";
import { EngineTarget } from "./engine.ts";
import { mismatchText } from "./print.ts";
import { replay } from "./replay.ts";
import { unpackTrace } from "./trace.ts";
import type { TracedScript } from "./trace.ts";
import { traces } from "./traces/generated/index.ts";

const test = suite("recorded kernel answers");

function check(kernel: Kernel, script: TracedScript, recordedBy: string): void {
  const target = new EngineTarget(kernel);
  const { equalOps, mismatch } = replay(script, target, recordedBy);
  target.dispose();
  assert.is(mismatch === undefined ? undefined : mismatchText(mismatch), undefined);
  assert.is(equalOps, script.steps.length);
}

for (const [name, base64] of Object.entries(traces)) {
  test(`${name}: every answer is the kernel's, and nothing is left behind`, async () => {
    const { header, scripts } = await unpackTrace(base64);
    assert.ok(scripts.length > 0 && scripts.every(({ steps }) => steps.length > 0), "the trace holds operations");
    const recordedBy = `Linux ${header.kernel}`;
    const kernel = newKernel({ cpus: header.cpus });
    const start = liveCounts(kernel);
    for (const script of scripts) check(kernel, script, recordedBy);
    assert.equal(liveCounts(kernel), start, "live bytes and objects are what they were");
  });
}

test.run();
