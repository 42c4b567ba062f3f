// What `npm pack` puts into the tarball: every file that package.json and the documents point to, and nothing else.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, normalize } from "node:path";
import { fileLinks } from "../docs/blocks.ts";

const test = suite("tarball");

const pack = ["pack", "--dry-run", "--ignore-scripts", "--json"];
const [{ files }] = JSON.parse(execFileSync("npm", pack, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }));
const packed: string[] = files.map(({ path }: { path: string }) => path);

const { bin, dependencies, exports, main, man, module, types, typesVersions } = JSON.parse(readFileSync("package.json", "utf8"));

/** Every string in a tree of conditions. */
const leaves = (tree: unknown): string[] => (typeof tree === "string" ? [tree] : Object.values(tree as object).flatMap(leaves));

test("package.json points to files of the tarball", () => {
  const targets = leaves([bin, exports, main, man, module, types, typesVersions]).map(normalize);
  assert.ok(targets.length > 10);
  assert.equal(targets.filter((path) => !packed.includes(path)), []);
});

test("in each set of conditions the types come first, and the default last", () => {
  const check = (tree: object, where: string): void => {
    const names = Object.keys(tree);
    if (names.includes("types")) assert.is(names[0], "types", where);
    if (names.includes("default")) assert.is(names.at(-1), "default", where);
    for (const [name, below] of Object.entries(tree)) if (typeof below === "object") check(below, `${where} ${name}`);
  };
  check(exports, "exports");
});

test("links of the documents lead to files of the tarball", () => {
  const documents = packed.filter((path) => path.endsWith(".md"));
  assert.ok(documents.includes("README.md"));
  const broken = documents.flatMap((path) =>
    fileLinks(path)
      .map((link) => normalize(`${dirname(path)}/${link}`))
      .filter((target) => !packed.some((file) => file === target || file.startsWith(target.replace(/\/?$/, "/"))))
      .map((target) => `${path}: ${target}`),
  );
  assert.equal(broken, []);
});

test("nothing but the package is in it", () => {
  const top = new Set(packed.map((path) => path.split("/")[0]));
  const expected = ["ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "README.md", "dist", "docs", "examples", "package.json"];
  assert.equal([...top].sort(), expected);
});

test("it needs no other package to run, and carries the licences of what it contains", () => {
  assert.is(dependencies, undefined);
  assert.match(readFileSync("dist/LICENSES.txt", "utf8"), /^@assemblyscript\/loader \d[\d.]+, Apache-2\.0$/m);
});

test("classes keep their names in every bundle", async () => {
  for (const path of ["index.js", "bpf-maps.esm.js"]) {
    const library = await import(new URL(`../../dist/${path}`, import.meta.url).href);
    const classes = Object.entries(library).filter(([, value]) => /^class\b/.test(String(value))) as [string, { name: string }][];
    assert.ok(classes.length > 20);
    assert.equal(classes.filter(([name, value]) => value.name !== name).map(([name]) => name), []);
  }
});

test.run();
