// Every room compiles with the libraries that it may use, and the tests of types can fail.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";

const test = suite("types");
const TSC = "node_modules/typescript/bin/tsc";

/** What the compiler prints about a project; nothing if all is well. */
function compile(project: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [TSC, "-p", project], { stdio: ["ignore", "pipe", "inherit"] });
    let output = "";
    child.stdout.on("data", (chunk) => (output += chunk));
    child.on("error", reject);
    child.on("close", () => resolve(output));
  });
}

const ROOMS = readdirSync(".").filter((name) => name !== "assembly" && existsSync(`${name}/tsconfig.json`));

test("the bindings, the command line and all that is around them are rooms", () => {
  for (const name of ["bindings", "cli", "tests", "bench", "examples", "scripts"]) assert.ok(ROOMS.includes(name), name);
});

// The others, which only CI must compile, are in `npm run typecheck`.
for (const room of ["bindings", "cli", "tests", "tests/types/api"]) {
  test(`${room} compiles`, async () => assert.is(await compile(room), ""));
}

test("the bindings have neither the types of the web nor those of Node", () => {
  const base = JSON.parse(readFileSync("tsconfig.base.json", "utf8")).compilerOptions;
  assert.equal([base.lib, base.types], [["ES2022"], []]);
  assert.is(JSON.parse(readFileSync("bindings/tsconfig.json", "utf8")).compilerOptions, undefined);
});

test("an expectation that does not hold is an error, and so is one that is not needed", async () => {
  const folder = "build/types-that-fail";
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const program = [
    'import { type Equal, expect } from "../../tests/types/api/equal.ts";',
    'import { u64, type TypeOf } from "bpf-maps";',
    "expect<Equal<TypeOf<typeof u64>, number>>();",
    "// @ts-expect-error: this is no error",
    "expect<Equal<TypeOf<typeof u64>, bigint>>();",
  ];
  writeFileSync(`${folder}/program.ts`, program.join("\n"));
  writeFileSync(`${folder}/tsconfig.json`, JSON.stringify({ extends: "../../tsconfig.base.json", include: [".", "../../bindings/host"] }));
  const lines = (await compile(folder)).split("\n").filter((line) => line.includes("program.ts"));
  assert.equal(lines.map((line) => /\((\d+),/.exec(line)?.[1]), ["3", "4"], lines.join("\n"));
});

test.run();
