// The command line against what bpftool printed: stdout, stderr and exit codes, byte for byte.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { compareGoldens, goldenNames, playOnEngine, readGolden } from "./engine_play.ts";

const test = suite("cli: recorded answers of bpftool");

test("there are recordings", () => assert.ok(goldenNames.length >= 9));
for (const name of goldenNames) {
  test(name, async () => compareGoldens(await playOnEngine(name), readGolden(name)));
}
test.run();
