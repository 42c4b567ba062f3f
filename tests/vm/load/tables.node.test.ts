// The same rows on the live kernel: what the tables expect is what Linux answers.
import { suite } from "uvu";
import { skip } from "../../harness/skip.ts";
import { LiveTarget, liveKernelRefusal } from "../../kernel/live.node.ts";
import { programsRefusal } from "../../kernel/programs.node.ts";
import type { Table } from "./prog_machine.ts";
import { runRows } from "./run_rows.ts";
import * as tables from "./tables/index.ts";

function run(chosen: readonly Table[], refusal: string | undefined): void {
  if (refusal === undefined) return runRows(chosen, "on the live kernel", () => new LiveTarget());
  const test = suite("commands on programs, on the live kernel");
  for (const { name } of chosen) skip(test, name, refusal);
  test.run();
}

const { mapsWithBtf, ...others } = tables;
// The first ones load no program.
run([mapsWithBtf], liveKernelRefusal());
run(Object.values(others), programsRefusal());
