// The limits of the house that a program can check. Each row names the rule, so that a failure says what to do.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, normalize } from "node:path";

const LINES_MAX = 400;
const RELEASE_BYTES_MAX = 56 * 1024;

interface Source {
  path: string;
  text: string;
  lines: string[];
}

const isGenerated = (path: string): boolean => /(^|\/)(node_modules|generated)\//.test(path);

function sources(folder: string): Source[] {
  if (!existsSync(folder)) return [];
  return (readdirSync(folder, { recursive: true }) as string[])
    .map((name) => join(folder, name))
    .filter((path) => /\.(ts|mjs)$/.test(path) && !isGenerated(path))
    .sort()
    .map((path) => {
      const text = readFileSync(path, "utf8");
      return { path, text, lines: text.split("\n") };
    });
}

const core = sources("assembly");
const bindings = sources("bindings");
const machine = sources("vm");
const cli = sources("cli");
const tests = sources("tests");
const all = [...core, ...bindings, ...machine, ...cli, ...tests, ...sources("scripts"), ...sources("bench"), ...sources("examples")];

/** `path:line: text` of every line the rule matches, without what comes after a comment sign. */
function offences(files: Source[], rule: RegExp, { inComments = false } = {}): string[] {
  return files.flatMap(({ path, lines }) =>
    lines.flatMap((line, index) => {
      const code = inComments ? line : line.replace(/^\s*(\/\/|\/?\*).*|\s\/\/ .*/, "");
      return rule.test(code) ? [`${path}:${index + 1}: ${line.trim()}`] : [];
    }),
  );
}

const importsOf = ({ text }: Source): string[] => [...text.matchAll(/\bfrom "([^"]+)"/g)].map((match) => match[1]);

const test = suite("tidy");

test("the rules below look at files", () => {
  assert.ok(core.length > 10 && bindings.length > 10 && tests.length > 5);
});

test(`no source file is longer than ${LINES_MAX} lines`, () => {
  const long = all.filter(({ lines }) => lines.length > LINES_MAX + 1);
  assert.equal(long.map(({ path, lines }) => `${path}: ${lines.length - 1} lines`), []);
});

// A folder may import from those of lower rank. The three faces have the same: none imports another.
const RANKS: { [folder: string]: number } = {
  uapi: 0, mem: 1, object: 2, map: 3, user: 4, syscall: 5, host: 5, helper: 5, debug: 6, shared: 6, exports: 6, interp: 6, "index.ts": 7, "index_programs.ts": 8,
};
const roomOf = (path: string): string => path.split("/")[1];
const coreImports = core.flatMap((file) =>
  importsOf(file)
    .filter((specifier) => specifier.startsWith("."))
    .map((specifier) => ({ path: file.path, target: normalize(join(dirname(file.path), specifier)) })),
);

test("every folder of the core has a rank", () => {
  assert.equal([...new Set(core.map(({ path }) => roomOf(path)))].filter((room) => RANKS[room] === undefined), []);
});

test("the core's imports point one way, and no face imports another", () => {
  const wrong = coreImports.filter(
    ({ path, target }) => roomOf(path) !== roomOf(target) && RANKS[roomOf(target)] >= RANKS[roomOf(path)],
  );
  assert.equal(wrong.map(({ path, target }) => `${path} imports ${target}`), []);
});

test("map types know no fds, and memory knows no BPF", () => {
  const wrong = coreImports.filter(({ path, target }) => roomOf(path) === "map" && target === "assembly/object/fd");
  assert.equal(wrong.map(({ path, target }) => `${path} imports ${target}`), []);
  assert.equal(offences(core.filter(({ path }) => roomOf(path) === "mem"), /\b(fds?|id|pin|map_|MapType)\b/), []);
});

test("the core's state hangs off the root block: no mutable module-level variable but what is an instance's own", () => {
  const mutable = offences(core, /^(export )?(let|var) /);
  assert.equal(mutable.filter((line) => !line.startsWith("assembly/mem/cpu.ts:")), []);
});

test("the core has no managed object, no exception and no method that overrides another", () => {
  assert.equal(offences(core, /\bnew [A-Z]\w*\s*[(<]|\bthrow\b|\boverride\b/), []);
});

test("errno numbers are written in uapi/constants.ts and nowhere else", () => {
  // -1 is no errno of a map command; it is how JavaScript's own searches say "not found".
  const number = /(return|===?|!==?|[<>]=?|[?:(,]) ?-([2-9]|[1-9]\d{1,2})\b(?![.\d]|n\b)/;
  const files = [...core.filter(({ path }) => !path.includes("/uapi/")), ...bindings, ...cli];
  assert.equal(offences(files, number), []);
});

test("one table maps a map type to its operations: no other switch over map types in the core", () => {
  const others = core.filter(({ path }) => path !== "assembly/map/ops.ts");
  assert.equal(offences(others, /switch \(.*\b(map_)?type\b|case MapType\./), []);
});

/** Rooms of the bindings from the bottom up. A file may import from its own room and from those in front of it. */
const BINDING_RANKS: readonly RegExp[] = [
  /^bindings\/(abi|generated|host)\//,
  /^bindings\/(errors|constants|dispose|inspect|strerror)\.ts$/,
  /^bindings\/codecs\//,
  /^bindings\/((bpffs|programs)\.ts$|maps\/|testing\/)/,
  /^bindings\/kernel\.ts$/,
  /^bindings\/(index|shared)\.ts$/,
];

/** Files of bindings/ that a file imports, for their types alone too. */
function bindingImports(file: Source): string[] {
  const paths = importsOf(file).map((specifier) => normalize(join(dirname(file.path), specifier)));
  return paths.filter((path) => path.startsWith("bindings/"));
}

test("every file of the bindings has its rank, and imports nothing of a higher one", () => {
  const rankOf = (path: string): number => BINDING_RANKS.findIndex((room) => room.test(path));
  assert.equal(bindings.filter(({ path }) => rankOf(path) === -1).map(({ path }) => path), []);
  const upward = bindings.flatMap((file) =>
    bindingImports(file)
      .filter((target) => rankOf(target) > rankOf(file.path))
      .map((target) => `${file.path} imports ${target}`),
  );
  assert.equal(upward, []);
});

test("no file of the bindings imports itself by way of others", () => {
  const imports = new Map(bindings.map((file) => [file.path, bindingImports(file)]));
  const cycles: string[] = [];
  const done = new Set<string>();
  const visit = (path: string, way: readonly string[]): void => {
    if (way.includes(path)) cycles.push([...way.slice(way.indexOf(path)), path].join(" → "));
    if (done.has(path) || way.includes(path)) return;
    for (const target of imports.get(path) ?? []) visit(target, [...way, path]);
    done.add(path);
  };
  for (const path of imports.keys()) visit(path, []);
  assert.equal(cycles, []);
});

test("bindings/abi alone knows the core's exports and the offsets in an attr", () => {
  const others = bindings.filter(({ path }) => !path.startsWith("bindings/abi/"));
  assert.equal(offences(others, /\bexports\.|\bCoreExports\b/), []);
  assert.equal(offences(others, /\battr\w* ?\+|Attr\w* ?\+|\bATTR_SIZE\b/), []);
});

test("the machine knows of the bindings what lies in their lowest room, and the symbol of using", () => {
  const wrong = machine.flatMap((file) =>
    bindingImports(file)
      .filter((target) => !BINDING_RANKS[0].test(target) && target !== "bindings/dispose.ts")
      .map((target) => `${file.path} imports ${target}`),
  );
  assert.equal(wrong, []);
});

test("nothing is left undone in a comment", () => {
  const mark = new RegExp(`\\b(${["TO" + "DO", "FIX" + "ME", "X" + "XX", "HA" + "CK"].join("|")})\\b`);
  assert.equal(offences(all, mark, { inComments: true }), []);
});

test("the bindings and the machine run in every runtime: nothing in them imports from node:", () => {
  const importers = [...bindings, ...machine].filter((file) => importsOf(file).some((name) => name.startsWith("node:")));
  assert.equal(importers.map(({ path }) => path), []);
});

// Values of another realm are no instances of this one's classes. These files use it as a fast first test, or after it ask
// otherwise; the command line runs in one realm, and its errors are its own.
const INSTANCEOF_FILES = ["abi/bytes.ts", "abi/load.ts", "abi/marshal_elem.ts", "codecs/codec.ts", "maps/fast_keys.ts", "maps/many_encode.ts"];

test("nothing asks a caller's value for the built-in class that it is of: abi/realms.ts knows", () => {
  const files = [
    ...bindings.filter(({ path }) => !INSTANCEOF_FILES.includes(path.replace("bindings/", ""))),
    ...cli,
  ];
  assert.equal(offences(files, /\binstanceof (\w*Array|\w*ArrayBuffer|DataView|Map|Set|Promise|Date|RegExp|Function|Object|WebAssembly\.\w+)\b/), []);
});

test("portable suites import nothing from node:", () => {
  const portable = tests.filter(({ path }) => path.endsWith(".test.ts") && !path.endsWith(".node.test.ts"));
  const importers = portable.filter((file) => importsOf(file).some((name) => name.startsWith("node:")));
  assert.equal(importers.map(({ path }) => path), []);
});

test("no test is left alone with .only", () => {
  assert.equal(offences(tests.filter(({ path }) => !path.includes("tidy")), /\btest\.only\(|\.only\("/), []);
});

test("the lock files name no registry", () => {
  const paths = ["package-lock.json", "scripts/docs/package-lock.json", "tests/runtime/package-lock.json", "tests/types/package-lock.json"];
  for (const path of paths) {
    assert.not.match(readFileSync(path, "utf8"), /"resolved"|\.tgz"/);
  }
});

test(`the release core is at most ${RELEASE_BYTES_MAX} bytes`, () => {
  assert.ok(statSync("build/release.wasm").size <= RELEASE_BYTES_MAX, `${statSync("build/release.wasm").size} bytes`);
});

test.run();
