// The command line against the bpftool of this machine, on the live kernel.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { skip } from "../harness/skip.ts";
import { programsRefusal } from "../kernel/programs.node.ts";
import { compareGoldens, goldenNames, playOnEngine } from "./engine_play.ts";
import { recordInto, whyNoBpftool } from "./record.node.ts";

const test = suite("cli: the bpftool of this machine");
const title = "bpftool on the live kernel prints what the command line prints";

/**
 * Names of maps that are on the machine's kernel now. Linux loses a reference of a PROG_ARRAY when its last fd is closed while an
 * earlier close is still being worked off: such a map stays until the machine is started anew, and is found by its name.
 */
function namesInUse(): string[] {
  const { stdout } = spawnSync("bpftool", ["-j", "map", "list"], { encoding: "utf8" });
  return (JSON.parse(stdout) as { name?: string }[]).flatMap(({ name }) => (name === undefined ? [] : [name]));
}

// bpftool loads a program before it makes a map, to find out what the kernel can do.
const reason = whyNoBpftool() ?? programsRefusal();
if (reason) {
  skip(test, title, reason);
} else {
  const used = namesInUse();
  const taken = (file: string): string | undefined => {
    const text = readFileSync(new URL(`goldens/${file}`, import.meta.url), "utf8");
    return used.find((name) => text.includes(`name ${name} `) || text.includes(`name ${name}\n`));
  };
  const playable = goldenNames.filter((file) => taken(file) === undefined);
  for (const file of goldenNames) {
    if (taken(file) !== undefined) skip(test, `${title}: ${file}`, `the kernel still has a map "${taken(file)}" from before`);
  }
  test(title, async () => {
    assert.ok(playable.length > 0);
    const out = mkdtempSync(join(tmpdir(), "bpf-maps-live-"));
    try {
      const { status, said } = recordInto(out, playable);
      assert.is(status, 0, said);
      for (const name of playable) compareGoldens(await playOnEngine(name), readFileSync(join(out, name), "utf8"));
    } finally {
      rmSync(out, { recursive: true });
    }
  });
}
test.run();
