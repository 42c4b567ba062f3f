// The same cases on the live kernel: what the tables expect is what Linux answers.
import { suite } from "uvu";
import { skip } from "../../harness/skip.ts";
import { programsRefusal } from "../../kernel/programs.node.ts";
import { LiveRunner } from "./live.node.ts";
import { testCases } from "./suite.ts";

const refusal = programsRefusal();

if (refusal === undefined) {
  const runner = new LiveRunner();
  testCases("on the live kernel", () => runner);
} else {
  const test = suite("helpers on the live kernel");
  skip(test, "all tables", refusal);
  test.run();
}
