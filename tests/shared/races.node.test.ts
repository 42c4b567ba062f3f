// Races in a size that every test run can afford; `npm run races` runs them for as long as one likes.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { readFileSync } from "node:fs";
import { race, races } from "./races.ts";

const module = new WebAssembly.Module(new Uint8Array(readFileSync("build/shared_debug.wasm")));
const OPERATIONS = 10_000;

const test = suite("races");

for (const [index, spec] of races.entries()) {
  test(`${spec.name}: there is an order in which it happened`, async () => {
    assert.is(await race(spec, module, OPERATIONS, 100 + index), undefined);
  });
}

test.run();
