// A few terminations for every kind of map; `npm run races` has many more.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { readFileSync } from "node:fs";
import { killThreads } from "./kills.ts";
import { victims } from "./mischief.ts";

const module = new WebAssembly.Module(new Uint8Array(readFileSync("build/shared_debug.wasm")));
const KILLS = 1;

const test = suite("terminated threads");

for (const [index, { name }] of victims.entries()) {
  test(`${name}: whole after every kill`, async () => {
    assert.equal((await killThreads(index, module, KILLS, index + 1)).broken, []);
  });
}

test.run();
