import { suite } from "uvu";
import * as assert from "uvu/assert";
import { CALLBACK_CASES } from "./callback_cases.ts";
import { outBytes, runCase } from "./case.ts";
import type { Runner } from "./case.ts";
import { MAP_CASES } from "./map_cases.ts";
import { RING_CASES } from "./ring_cases.ts";
import { TEXT_CASES } from "./text_cases.ts";

/** A test for each case of every table. */
export function testCases(title: string, runner: () => Runner): void {
  const tables = { maps: MAP_CASES, rings: RING_CASES, texts: TEXT_CASES, callbacks: CALLBACK_CASES };
  for (const [table, cases] of Object.entries(tables)) {
    const test = suite(`helpers of ${table} ${title}`);
    for (const row of cases) {
      test(row.name, () => {
        const outcome = runCase(runner(), row);
        assert.is(outcome.r0, row.r0);
        if (row.out === undefined) return;
        const expected = outBytes(row.out);
        assert.equal(outcome.out.slice(0, expected.length), expected);
      });
    }
    test.run();
  }
}
