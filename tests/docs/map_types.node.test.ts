// "How to add a map type" in ARCHITECTURE.md, followed: every step that the table names has been done for every type.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { MapType } from "../../assembly/uapi/constants.ts";
import { needBtf } from "../core/bases.ts";
import { newKernel } from "../harness/kernel.ts";

const test = suite("map types");

const TYPES = (Object.values(MapType) as (string | number)[])
  .filter((name): name is string => typeof name === "string")
  .filter((name) => name !== "UNSPEC" && name !== "MAX");

/** Typed maps without keys, and those whose values are maps: what the shared suite does with elements is not for them. */
const NOT_PLAIN = ["QUEUE", "STACK", "BLOOM_FILTER", "RINGBUF", "USER_RINGBUF", "ARRAY_OF_MAPS", "HASH_OF_MAPS"];

/** Whether createMap knows the name; with nothing but the name, it refuses every type for some reason. */
function isTyped(name: string): boolean {
  try {
    newKernel().createMap({ type: name.toLowerCase() } as never);
    return true;
  } catch (error) {
    return !/type must be one of|has no class here/.test((error as Error).message);
  }
}

const typed = TYPES.filter(isTyped);
const SCOPES: Record<string, string[]> = {
  all: TYPES,
  "no BTF": TYPES.filter((name) => !needBtf.includes(MapType[name as keyof typeof MapType])),
  typed,
  keyed: typed.filter((name) => !NOT_PLAIN.includes(name)),
};

/** The rows of the checklist: | step | `file` | `row` | types |. */
const section = readFileSync("ARCHITECTURE.md", "utf8").split(/^## /m).find((text) => text.startsWith("How to add a map type")) ?? "";
const steps = [...section.matchAll(/^\| (.+?) \| `([^`]+)` \| `([^`]+)` \| ([\w ]+) \|$/gm)].map(([, step, path, row, scope]) => ({ step, path, row, scope }));

/** The text of a file, or of all test files of a folder. */
function textOf(path: string): string {
  if (!statSync(path).isDirectory()) return readFileSync(path, "utf8");
  return readdirSync(path).filter((name) => name.endsWith(".test.ts")).map((name) => readFileSync(join(path, name), "utf8")).join("\n");
}

/** What the row of a type looks like, standing alone and not as a part of a longer name. */
function rowOf(row: string, name: string): RegExp {
  const text = row.replace(/NAME/g, name).replace(/\bname\b/g, name.toLowerCase());
  return new RegExp(`(?<!\\w)${text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace("⏎", "\\n")}(?!\\w)`);
}

test("the checklist has steps for all kinds of types", () => {
  assert.equal(new Set(steps.map(({ scope }) => scope)), new Set(Object.keys(SCOPES)));
  assert.ok(typed.length > 10 && TYPES.length > 30);
});

for (const { step, path, row, scope } of steps) {
  test(`${path}: ${step}`, () => {
    const text = textOf(path);
    assert.equal(SCOPES[scope].filter((name) => !rowOf(row, name).test(text)), [], `types without \`${row}\``);
  });
}

test("every step is a row that can be missing", () => {
  for (const { path, row } of steps) assert.not.ok(rowOf(row, "NO_SUCH_TYPE").test(textOf(path)), path);
});

test.run();
