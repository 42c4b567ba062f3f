// Plays the golden scripts on the engine, for the tests that compare them.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { play } from "./golden.ts";
import { goldenKernel, runTool } from "./tool.ts";

const GOLDENS = "tests/cli/goldens";

export const goldenNames: readonly string[] = readdirSync(GOLDENS).filter((name) => name.endsWith(".golden"));

/** The text of a recorded file. */
export function readGolden(name: string): string {
  return readFileSync(join(GOLDENS, name), "utf8");
}

/** Splits a golden into runs, so that a difference is shown with the command line it belongs to. */
function runsOf(text: string): string[] {
  return text.split(/^(?=\$ )/m);
}

export function compareGoldens(actual: string, expected: string): void {
  const got = runsOf(actual);
  runsOf(expected).forEach((run, at) => assert.is(got[at], run));
  assert.is(got.length, runsOf(expected).length);
}

/** The file's script with the engine's answers. */
export async function playOnEngine(name: string): Promise<string> {
  const kernel = goldenKernel();
  const tmp = mkdtempSync(join(tmpdir(), "bpf-maps-play-"));
  try {
    return await play(readGolden(name), { tmp, writeFile: writeFileSync, tool: (argv, stdin) => runTool(kernel, argv, stdin) });
  } finally {
    rmSync(tmp, { recursive: true });
  }
}
