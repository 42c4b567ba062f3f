// docs/support.md is what the engine answers now.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { committedTable, supportTable } from "../../scripts/support_table.ts";

const test = suite("docs/support.md");

test("is what scripts/support_table.ts writes", () => {
  assert.fixture(committedTable(), supportTable(), "run `npx tsx scripts/support_table.ts` and commit docs/support.md");
});

test.run();
