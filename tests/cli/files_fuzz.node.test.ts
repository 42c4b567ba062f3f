// A short run of both fuzzers of files; the long one is `npx tsx tests/cli/files_fuzz.node.ts [ROUNDS] [SEED]`.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { fuzzCaptures } from "../flows/fuzz.ts";
import { fuzzImports } from "./import_fuzz.ts";

const CAPTURES = 4000;
const FILES = 1500;
const SEED = 20_261_129;

const test = suite("cli: mutated files");

test("captures", async () => {
  const { flows, refused } = await fuzzCaptures(CAPTURES, SEED);
  // Mutations that nothing is left of would test nothing.
  assert.ok(flows > CAPTURES / 4 && refused > CAPTURES / 20 && refused < CAPTURES, `${flows} flows, ${refused} refused`);
});

test("files for import", () => {
  const { refused } = fuzzImports(FILES, SEED);
  assert.ok(refused > FILES / 10 && refused < (FILES * 9) / 10, `${refused} refused`);
});

test.run();
