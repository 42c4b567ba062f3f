// docs/abi.md says what the module exports, and a host in C++ drives it.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { abiPage, committedPage } from "../../scripts/abi_table.ts";
import { exportedFunctions } from "../../scripts/wasm_exports.ts";
import { skip } from "../harness/skip.ts";

const test = suite("docs/abi.md");

test("is what scripts/abi_table.ts writes, from the module's own types", () => {
  assert.fixture(committedPage(), abiPage(), "run `npx tsx scripts/abi_table.ts` and commit docs/abi.md");
});

test("the module's types are read right", () => {
  // (module (func (export "one") (param i32 i64 f64) (result i64)) (func (export "two")))
  const code = [0, 97, 115, 109, 1, 0, 0, 0, 1, 11, 2, 96, 3, 127, 126, 124, 1, 126, 96, 0, 0, 3, 3, 2, 0, 1];
  const exports = [7, 13, 2, 3, 111, 110, 101, 0, 0, 3, 116, 119, 111, 0, 1];
  assert.equal(exportedFunctions(Uint8Array.from([...code, ...exports])), [
    { name: "one", parameters: ["i32", "i64", "f64"], results: ["i64"] },
    { name: "two", parameters: [], results: [] },
  ]);
});

const HOST = "examples/host-cpp/main.cc";
const driven = `${HOST} makes a map, updates, looks up and walks it`;

/** What building the host takes and this machine lacks. */
function missing(): string | undefined {
  if (spawnSync("c++", ["--version"]).status !== 0) return "there is no C++ compiler";
  if (!existsSync("/usr/include/wabt/interp/interp.h")) return "wabt, the interpreter of the example, is not installed";
  return undefined;
}

const reason = missing();
if (reason !== undefined) skip(test, driven, reason);
else test(driven, () => {
  mkdirSync("build/host-cpp", { recursive: true });
  const program = "build/host-cpp/host";
  const compiled = spawnSync("c++", ["-std=c++17", "-O1", HOST, "-o", program, "-lwabt"], { encoding: "utf8", timeout: 120_000 });
  assert.is(compiled.status, 0, compiled.stderr);
  const { status, stdout, stderr } = spawnSync(program, ["build/release.wasm"], { encoding: "utf8", timeout: 20_000 });
  assert.is(status, 0, stderr);
  const lines = stdout.trim().split("\n");
  assert.equal(lines.slice(0, -1).sort(), ["1: 1", "2: 4", "3: 9", "4: 16", "5: 25"]);
  assert.is(lines.at(-1), "the core answers a host in C++");
});

test.run();
