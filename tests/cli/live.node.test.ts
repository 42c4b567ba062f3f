// The command line against the bpftool of this machine, on the live kernel.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { skip } from "../harness/skip.ts";
import { compareGoldens, goldenNames, playOnEngine } from "./engine_play.ts";
import { recordInto, whyNoBpftool } from "./record.node.ts";

const test = suite("cli: the bpftool of this machine");
const title = "bpftool on the live kernel prints what the command line prints";

const reason = whyNoBpftool();
if (reason) {
  skip(test, title, reason);
} else {
  test(title, async () => {
    const out = mkdtempSync(join(tmpdir(), "bpf-maps-live-"));
    try {
      const { status, said } = recordInto(out);
      assert.is(status, 0, said);
      for (const name of goldenNames) compareGoldens(await playOnEngine(name), readFileSync(join(out, name), "utf8"));
    } finally {
      rmSync(out, { recursive: true });
    }
  });
}
test.run();
