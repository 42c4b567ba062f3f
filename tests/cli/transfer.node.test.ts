// import and export of the command line.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Kernel } from "../../bindings/index.ts";
import { skip } from "../harness/skip.ts";
import { goldenKernel, runText, runTool } from "./tool.ts";

interface Context {
  folder: string;
  kernel: Kernel;
}

const test = suite<Context>("cli: import and export");
test.before.each((context) => {
  context.folder = mkdtempSync(join(tmpdir(), "bpf-maps-transfer-"));
  context.kernel = goldenKernel();
});
test.after.each(({ folder }) => rmSync(folder, { recursive: true }));

/** Makes the map /sys/fs/bpf/m, called m. */
function create({ kernel }: Context, attributes: string): void {
  const { code, stderr } = runText(kernel, `map create /sys/fs/bpf/m ${attributes} name m`);
  assert.is(code, 0, stderr);
}

function importText({ kernel, folder }: Context, file: string, text: string, ...options: string[]): ReturnType<typeof runTool> {
  writeFileSync(join(folder, file), text);
  return runTool(kernel, ["map", "import", "name", "m", join(folder, file), ...options]);
}

/** What export writes. */
function exported({ kernel, folder }: Context, file: string, ...options: string[]): string {
  const { code, stderr } = runTool(kernel, ["map", "export", "name", "m", join(folder, file), ...options]);
  assert.is(code, 0, stderr);
  return readFileSync(join(folder, file), "utf8");
}

const TRIE = "type lpm_trie key 8 value 2 entries 100 flags 1";

test("ranges of addresses become prefixes", (context) => {
  create(context, TRIE);
  const answer = importText(context, "a.csv", "1.0.0.0,1.0.0.255,AU\n1.0.1.0,1.0.3.255,CN\r\n", "--value", "utf8:2");
  assert.equal(answer, { stdout: "Imported 3 elements\n", stderr: "", code: 0 });
  assert.is(exported(context, "b.csv", "--value", "utf8:2"), "1.0.0.0/24,AU\n1.0.1.0/24,CN\n1.0.2.0/23,CN\n");
});

test("a lookup by address finds the longest prefix", (context) => {
  create(context, TRIE);
  importText(context, "a.csv", "10.0.0.0/8,aa\n10.1.0.0/16,bb\n", "--key", "cidr", "--value", "utf8:2");
  const { stdout } = runText(context.kernel, "map lookup name m --cidr 10.1.2.3");
  assert.is(stdout, "key: 20 00 00 00 0a 01 02 03  value: 62 62\n");
  assert.is(runText(context.kernel, "map lookup name m --cidr 11.0.0.1").code, 254);
  assert.is(runText(context.kernel, "map delete name m --cidr 10.1.0.0/16").code, 0);
  assert.match(runText(context.kernel, "map lookup name m --cidr 10.1.2.3").stdout, /value: 61 61/);
  assert.match(runText(context.kernel, "map lookup name m --cidr ::1").stderr, /Error: can't use ::1/);
});

for (const [name, attributes, options, csv, jsonl] of [
  ["numbers", "type hash key 4 value 8 entries 9 flags 64", [], "1,18446744073709551615\n", '{"key":1,"value":"18446744073709551615"}\n'],
  ["text", "type hash key 2 value 6 entries 9 flags 64", ["--key", "i16", "--value", "utf8"], '-2,"a,""b"\n', '{"key":-2,"value":"a,\\"b"}\n'],
  ["hex", "type hash key 3 value 1 entries 9", ["--value", "i8"], "0102ff,-1\n", '{"key":"0102ff","value":-1}\n'],
  ["one value for each CPU", "type percpu_hash key 4 value 4 entries 9", [], "7,1,2\n", '{"key":7,"values":[1,2]}\n'],
  ["IPv6 prefixes", "type lpm_trie key 20 value 4 entries 9 flags 1", [], "2001:db8::/32,5\n", '{"key":"2001:db8::/32","value":5}\n'],
  ["an array", "type array key 4 value 4 entries 2", [], "0,4\n1,5\n", '{"key":0,"value":4}\n{"key":1,"value":5}\n'],
] as const) {
  test(`${name}: CSV and JSON lines give the same map`, (context) => {
    create(context, attributes);
    assert.is(importText(context, "a.csv", csv, ...options).code, 0);
    assert.is(exported(context, "a.jsonl", ...options), jsonl);
    runText(context.kernel, "map create /sys/fs/bpf/other type hash key 1 value 1 entries 1 name other");
    context.kernel.bpffs.unlink("/sys/fs/bpf/m");
    create(context, attributes);
    assert.is(importText(context, "b.jsonl", jsonl, ...options).code, 0);
    assert.is(exported(context, "b.csv", ...options), csv);
  });
}

test("a per-CPU map takes one value for all CPUs", (context) => {
  create(context, "type percpu_array key 4 value 4 entries 1");
  importText(context, "a.csv", "0,9\n");
  assert.is(exported(context, "b.csv"), "0,9,9\n");
});

test("queues take values in order", (context) => {
  create(context, "type queue key 0 value 4 entries 9");
  assert.is(importText(context, "a.csv", "5\n6\n").stdout, "Imported 2 elements\n");
  assert.is(runText(context.kernel, "map pop name m").stdout, "value: 05 00 00 00\n");
  const out = runTool(context.kernel, ["map", "export", "name", "m", "-"]);
  assert.match(out.stderr, /no keys/);
});

test("more elements than a batch holds arrive, over all line ends", (context) => {
  create(context, "type hash key 4 value 4 entries 10000 flags 64");
  const lines = Array.from({ length: 9999 }, (_, i) => `${i},${i * 2}`);
  assert.is(importText(context, "a.csv", `key,value\n${lines.join("\r\n")}`).stdout, "Imported 9999 elements\n");
  assert.is(new Set(exported(context, "b.csv").trimEnd().split("\n")).size, 9999);
  assert.match(exported(context, "b.csv"), /^9998,19996$/m);
});

for (const [name, text, problem] of [
  ["a word for a number", "1,2\n2,x\n", /line 2, column 2: can't parse "x" as u32 \(1 element was imported before\)/],
  ["a missing value", "1\n", /line 1: expected one value, got 0 \(nothing was imported\)/],
  ["too many values", "1,2,3\n", /line 1: expected one value, got 2/],
  ["an open quote", '1,"2\n', /line 1: a quote is not closed/],
  ["a full map", "1,1\n2,2\n3,3\n4,4\n5,5\n", /line 5: update failed: Argument list too long \(4 elements were imported before\)/],
] as const) {
  test(`${name} ends the import with the line's number`, (context) => {
    create(context, "type hash key 4 value 4 entries 4");
    const answer = importText(context, "a.csv", text);
    assert.match(answer.stderr, problem);
    assert.not.equal(answer.code, 0);
  });
}

for (const [name, text, problem] of [
  ["an object that is not closed", '\n  {"key":1,', /line 2, column 3: it is not JSON: the object that begins here is not closed/],
  ["an array that is not closed", '[{"key":1,"value":1},\n', /line 2: it is not JSON: the array is not closed/],
  ["no JSON", '{"key":1 "value":1}', /line 1, column 10: it is not JSON: /],
  ["no JSON on a later line", '[{"key":1,"value":1},\n {"key":1,\n  value:1}]', /line 3, column 3: it is not JSON: /],
  ["no objects", "1,2\n", /line 1, column 1: it is not JSON of elements: expected an object, got "1"/],
  ["objects without a comma", '[{"key":1,"value":1}\n{"key":2,"value":1}]', /line 2, column 1: .* expected , or \], got "{"/],
  ["something behind the array", '[]\n{"key":1,"value":1}', /line 2, column 1: .* expected the end, got "{"/],
  ["no key", '{"value":1}', /line 1, column 1: it has no key/],
  ["no value", '{"key":1}', /line 1: expected one value, got 0/],
  ["an array for a key", '{"key":[1],"value":1}', /line 1, column 1: its key is an array: expected a number, a string or bytes/],
  ["an object for a key", '{"key":{"toString":1},"value":1}', /its key is an object/],
  ["a boolean for a value", '{"key":1,"value":true}', /its value is true/],
  ["null for a value", '{"key":1,"value":null}', /its value is null/],
  ["value and values", '{"key":1,"value":1,"values":[1]}', /both "value" and "values"/],
  ["values that are no array", '{"key":1,"values":1}', /"values" are no array/],
  ["bytes of another size", '{"key":["0x01"],"value":1}', /line 1: expected 4 bytes, got 1/],
  ["a key twice", '{"key":1,"key":2,"value":1}', /line 1, column \d+: it is not JSON: Duplicate key/],
  ["a value that was not read", '{"key":1,"value":{"error":"Operation not supported"}}', /"Operation not supported"/],
  ["a number with a fraction", '{"key":1.5,"value":1}', /can't parse "1\.5" as u32/],
  ["a number above its column", '{"key":4294967296,"value":1}', /as u32: it takes 0 to 4294967295/],
  ["deep nesting", `{"key":${"[".repeat(200_000)}`, /not closed/],
  ["deep nesting that is closed", `{"key":${"[".repeat(200_000)}${"]".repeat(200_000)}}`, /it is nested too deeply/],
] as const) {
  test(`JSON lines: ${name}`, (context) => {
    create(context, "type hash key 4 value 4 entries 4");
    assert.match(importText(context, "a.jsonl", text).stderr, problem);
  });
}

test("missing files, unknown codecs and formats are said", (context) => {
  create(context, "type hash key 4 value 4 entries 4");
  const { kernel, folder } = context;
  assert.match(runTool(kernel, ["map", "import", "name", "m", join(folder, "no")]).stderr, /can't read .*: No such file/);
  assert.match(runTool(kernel, ["map", "export", "name", "m", join(folder, "no/x")]).stderr, /can't write .*: No such file/);
  assert.match(runText(kernel, "map export name m - --key nope").stderr, /unknown codec: nope/);
  assert.match(runText(kernel, "map export name m - --key u64").stderr, /codec u64 has 8 bytes, the map's 4/);
  assert.match(runText(kernel, "map export name m - --format xml").stderr, /unknown format: "xml" \(there are csv, jsonl, json\)/);
  assert.match(runText(kernel, "map import name m").stderr, /'import' needs at least 3 arguments, 2 found/);
});

const COUNTRIES = "node_modules/@ip-location-db/asn-country/asn-country-ipv4.csv";
const PREFIXES = 177131;
if (existsSync(COUNTRIES)) {
  test("the real country table", (context) => {
    create(context, "type lpm_trie key 8 value 2 entries 200000 flags 1");
    const answer = runTool(context.kernel, ["map", "import", "name", "m", COUNTRIES, "--key", "cidr", "--value", "utf8:2"]);
    assert.is(answer.stdout, `Imported ${PREFIXES} elements\n`);
    assert.match(runText(context.kernel, "map lookup name m --cidr 8.8.8.8").stdout, /value: 55 53\n/);
  });
} else {
  skip(test, "the real country table", "@ip-location-db/asn-country is not installed");
}
test.run();
