// The same rows on the live kernel: what the tables expect is what Linux answers.
import { suite } from "uvu";
import { skip } from "../harness/skip.ts";
import { LiveTarget, liveKernelRefusal } from "../kernel/live.node.ts";
import { runTables } from "./run_tables.ts";
import * as tables from "./tables/index.ts";

const refusal = liveKernelRefusal();

if (refusal === undefined) {
  const probe = new LiveTarget();
  const { cpus } = probe;
  probe.dispose();
  runTables(Object.values(tables), { title: "on the live kernel", cpus, open: () => new LiveTarget() });
} else {
  const test = suite("the tables on the live kernel");
  for (const { name } of Object.values(tables)) skip(test, name, refusal);
  test.run();
}
