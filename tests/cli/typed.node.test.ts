// Keys and values by codecs instead of bytes.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { goldenKernel, runText } from "./tool.ts";

const test = suite("cli: typed keys and values");

const kernel = goldenKernel();
/** What an import of the text prints, on either stream. */
function importText(line: string, text: string): string {
  const folder = mkdtempSync(join(tmpdir(), "bpf-maps-typed-"));
  try {
    const file = join(folder, "file");
    writeFileSync(file, text);
    const { stdout, stderr } = runText(kernel, line.replace("FILE", file));
    return stdout + stderr;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const TYPED = "--key ip --value u64";

test("elements are written, read and deleted as text", () => {
  runText(kernel, "map create /sys/fs/bpf/h type hash key 4 value 8 entries 9 name h");
  assert.equal(runText(kernel, `map update name h ${TYPED} key 10.0.0.1 value 18446744073709551615`), { code: 0, stdout: "", stderr: "" });
  assert.is(runText(kernel, "map dump name h").stdout, "key: 0a 00 00 01  value: ff ff ff ff ff ff ff ff\nFound 1 element\n");
  assert.is(runText(kernel, `map lookup name h ${TYPED} key 10.0.0.1`).stdout, "10.0.0.1  18446744073709551615\n");
  assert.is(runText(kernel, `map dump name h ${TYPED}`).stdout, "10.0.0.1  18446744073709551615\n");
  assert.is(runText(kernel, "map dump name h --key ip").stdout, "10.0.0.1  ffffffffffffffff\n");
  assert.equal(JSON.parse(runText(kernel, `-j map dump name h ${TYPED}`).stdout), [{ key: "10.0.0.1", value: "18446744073709551615" }]);
  assert.equal(JSON.parse(runText(kernel, `-j map lookup name h ${TYPED} key 10.0.0.1`).stdout), { key: "10.0.0.1", value: "18446744073709551615" });
  assert.is(runText(kernel, "map getnext name h --key ip").stdout, "10.0.0.1\n");
  assert.is(runText(kernel, "map delete name h --key ip key 10.0.0.1").code, 0);
  assert.is(runText(kernel, `map dump name h ${TYPED}`).stdout, "");
});

test("columns are as wide as their widest, and every CPU has one", () => {
  runText(kernel, "map create /sys/fs/bpf/p type percpu_hash key 1 value 4 entries 9 name p");
  for (const [key, value] of [[5, 1], [200, 4000]]) runText(kernel, `map update name p --key u8 --value u32 key ${key} value ${value}`);
  const rows = runText(kernel, "map dump name p --key u8 --value u32").stdout.split("\n").filter(Boolean).sort();
  assert.equal(rows, ["200  4000  4000", "5    1     1"]);
});

test("maps without keys have values only", () => {
  runText(kernel, "map create /sys/fs/bpf/q type queue key 0 value 4 entries 9 name q");
  assert.is(runText(kernel, "map push name q --value u32 value 7").code, 0);
  assert.is(runText(kernel, "map peek name q --value u32").stdout, "7\n");
  assert.is(runText(kernel, "map pop name q --value u32").stdout, "7\n");
});

test("text of elements cannot act on a terminal", () => {
  runText(kernel, "map create /sys/fs/bpf/t type hash key 4 value 4 entries 9 name t");
  runText(kernel, "map update name t key 0x1b 0x5b 0x32 0x4a value 0x61 0x0a 0x62 0x07");
  assert.is(runText(kernel, "map dump name t --key utf8 --value utf8").stdout, "\\x1b[2J  a\\x0ab\\x07\n");
});

const FLOW = "struct{src:ipv4,port:u16be,proto:u8}";
const COUNT = "struct{packets:u64,in:struct{name:utf8:4}}";
const ELEMENT = { key: { src: "10.0.0.1", port: 53, proto: 17 }, value: { packets: "18446744073709551615", in: { name: "a,b" } } };

test("structs are written by field, and each field is a column", () => {
  runText(kernel, "map create /sys/fs/bpf/f type hash key 8 value 16 entries 9 name f");
  const by = `--key ${FLOW} --value ${COUNT}`;
  const key = "{src:10.0.0.1,port:53,proto:17}";
  const value = '{packets:18446744073709551615,in:{name:"a,b"}}';
  assert.equal(runText(kernel, `map update name f ${by} key ${key} value ${value}`), { code: 0, stdout: "", stderr: "" });
  assert.is(runText(kernel, "map dump name f").stdout, "key: 0a 00 00 01 00 35 11 00\nvalue: ff ff ff ff ff ff ff ff  61 2c 62 00 00 00 00 00\nFound 1 element\n".replace("\nvalue", "  value"));
  const table = "src       port  proto  packets               in.name\n10.0.0.1  53    17     18446744073709551615  a,b\n";
  assert.is(runText(kernel, `map dump name f ${by}`).stdout, table);
  assert.is(runText(kernel, `map lookup name f ${by} key ${key}`).stdout, table);
  assert.equal(JSON.parse(runText(kernel, `-j map dump name f ${by}`).stdout), [ELEMENT]);
  assert.equal(JSON.parse(runText(kernel, `-j map getnext name f ${by}`).stdout), { key: null, next_key: ELEMENT.key });
  assert.match(runText(kernel, `map lookup name f ${by} key {src:10.0.0.1}`).stderr, /the field "port" is missing/);
});

test("structs go through every format of files", () => {
  const by = `--key ${FLOW} --value ${COUNT}`;
  const before = runText(kernel, "map dump name f").stdout;
  for (const format of ["csv", "json", "jsonl"]) {
    const file = runText(kernel, `map export name f - --format ${format} ${by}`).stdout;
    if (format !== "csv") assert.equal([JSON.parse(file)].flat(), [ELEMENT]);
    runText(kernel, `map delete name f --key ${FLOW} key {src:10.0.0.1,port:53,proto:17}`);
    assert.is(importText(`map import name f FILE --format ${format} ${by}`, file), "Imported 1 element\n");
    assert.is(runText(kernel, "map dump name f").stdout, before);
  }
  assert.match(importText(`map import name f FILE --format jsonl ${by}`, '{"key":1,"value":{}}'), /line 1.*: can.t parse "1": expected \{NAME: VALUE, ...\}/);
  assert.match(importText(`map import name f FILE --format jsonl ${by}`, '{"key":{"src":[1]},"value":{}}'), /its field "src" is an array/);
  assert.match(importText("map import name h FILE --format jsonl", '{"key":{"a":1},"value":1}'), /its key is an object: expected a number/);
});

test("a struct of each CPU comes back, also one with a field that is called cpu", () => {
  runText(kernel, "map create /sys/fs/bpf/pc type percpu_array key 4 value 8 entries 1 name pc");
  const by = "--key u32 --value struct{cpu:u32,value:u32}";
  importText(`map import name pc FILE --format jsonl ${by}`, '{"key":0,"values":[{"cpu":1,"value":{"cpu":7,"value":8}},{"cpu":0,"value":{"cpu":9,"value":6}}]}');
  const line = '{"key":0,"values":[{"cpu":0,"value":{"cpu":9,"value":6}},{"cpu":1,"value":{"cpu":7,"value":8}}]}\n';
  assert.is(runText(kernel, `map export name pc - --format jsonl ${by}`).stdout, line);
  assert.is(runText(kernel, `map dump name pc ${by}`).stdout, "key  cpu0.cpu  cpu0.value  cpu1.cpu  cpu1.value\n0    9         6           7         8\n");
});

test("what does not fit is said", () => {
  for (const [line, problem] of [
    ["map dump name h --key u16", /codec u16/],
    ["map dump name h --key nope", /codec/],
    [`map lookup name h ${TYPED} key 10.0.0`, /10\.0\.0/],
    [`map lookup name h ${TYPED} key`, /key expected/],
    [`map update name h ${TYPED} key 10.0.0.1 value 1.5`, /1\.5/],
  ] as const) {
    const answer = runText(kernel, line);
    assert.match(answer.stderr, problem);
    assert.is(answer.code, 255);
  }
});

test.run();
