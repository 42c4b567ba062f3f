// Files of import and export: what others write, what is no text, and what happens to files when something fails.
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Kernel } from "../../bindings/index.ts";
import { skip } from "../harness/skip.ts";
import type { Answer } from "./golden.ts";
import { goldenKernel, runText, runTool } from "./tool.ts";

interface Context {
  folder: string;
  kernel: Kernel;
}

const test = suite<Context>("cli: files of import and export");
test.before.each((context) => {
  context.folder = mkdtempSync(join(tmpdir(), "bpf-maps-files-"));
  context.kernel = goldenKernel();
});
test.after.each(({ folder }) => rmSync(folder, { recursive: true }));

function create({ kernel }: Context, attributes: string): void {
  const { code, stderr } = runText(kernel, `map create /sys/fs/bpf/m ${attributes} name m`);
  assert.is(code, 0, stderr);
}

function importBytes({ kernel, folder }: Context, file: string, data: string | Uint8Array, ...options: string[]): Answer {
  writeFileSync(join(folder, file), data);
  return runTool(kernel, ["map", "import", "name", "m", join(folder, file), ...options]);
}

function exported({ kernel }: Context, ...options: string[]): string {
  const { code, stdout, stderr } = runTool(kernel, ["map", "export", "name", "m", "-", ...options]);
  assert.is(code, 0, stderr);
  return stdout;
}

const TRIE = "type lpm_trie key 8 value 1 entries 99 flags 1";

for (const [name, list, expected] of [
  ["a netset with comments", "# firehol .netset\n#\n1.35.32.95\n5.8.63.0/24\n", "1.35.32.95/32,1\n5.8.63.0/24,1\n"],
  ["DROP with numbers behind ;", "; Spamhaus DROP List\n1.10.16.0/20 ; SBL256894\n5.1.2.0/24 ; SBL1, more\n", "1.10.16.0/20,1\n5.1.2.0/24,1\n"],
  ["comments behind #, blanks, CRLF", "1.2.3.0/24 # a \"quote\r\n\r\n \t\r\n  5.6.7.8  \r\n", "1.2.3.0/24,1\n5.6.7.8/32,1\n"],
  ["ranges in one column", "1.0.6.0-1.0.6.9,7\n2.0.0.0 - 2.0.0.1\n", "1.0.6.0/29,7\n1.0.6.8/31,7\n2.0.0.0/31,1\n"],
  ["ranges in two columns", "1.0.6.0,1.0.6.9,7\n2.0.0.0, 2.0.0.1\n", "1.0.6.0/29,7\n1.0.6.8/31,7\n2.0.0.0/31,1\n"],
  ["blanks before a value", "1.0.0.0/24, 1\n", "1.0.0.0/24,1\n"],
  ["what ipset saves", 'create s hash:net family inet\nadd s 1.2.3.4 timeout 9\nadd s 5.0.0.0/8 comment "a, b"\nadd s 6.0.0.0-6.0.0.1\n', "1.2.3.4/32,1\n5.0.0.0/8,1\n6.0.0.0/31,1\n"],
  ["a byte order mark", "\ufeff1.0.0.0/24,2\n", "1.0.0.0/24,2\n"],
  ["quoted fields", '"1.0.0.0","1.0.0.255","9"\n', "1.0.0.0/24,9\n"],
] as const) {
  test(`lists of addresses: ${name}`, (context) => {
    create(context, TRIE);
    const { code, stderr } = importBytes(context, "list.netset", list);
    assert.is(code, 0, stderr);
    assert.is(exported(context), expected);
  });
}

test("a header of other words than key,value is told", (context) => {
  create(context, TRIE);
  const { stdout } = importBytes(context, "a.csv", "network,country\n1.0.0.0/24,1\n");
  assert.is(stdout, "Imported 1 element (line 1 was taken for a header)\n");
  assert.match(importBytes(context, "b.csv", "1.0.0.0/24,1\nnetwork,country\n").stderr, /line 2, column 1: can't parse "network"/);
});

for (const [name, list, problem] of [
  ["an address of the other version", "::1\n", /line 1, column 1: can't use ::1: its key has 20 bytes, the map's 8/],
  ["a range that ends before it begins", "1.0.0.9-1.0.0.1\n", /line 1, column 1: can't use "1\.0\.0\.9-1\.0\.0\.1": the range ends before/],
  ["a range in columns that ends before it begins", "1.0.0.9,1.0.0.1,1\n", /line 1, column 1: .* the range ends before it begins/],
  ["an exception of ipset", "add s 1.2.3.0/24\nadd s 1.2.3.4 nomatch\n", /line 2: 1\.2\.3\.4 is an exception \(nomatch\), which a map cannot hold/],
  ["a range of words", "a-b\n", /can't parse "a-b" as a range of addresses/],
  ["a prefix that is too long", "1.0.0.0/33\n", /can't parse "1\.0\.0\.0\/33" as an address or prefix/],
] as const) {
  test(`lists of addresses refuse ${name}`, (context) => {
    create(context, TRIE);
    assert.match(importBytes(context, "list.netset", list).stderr, problem);
  });
}

test("a list without values needs values that are numbers", (context) => {
  create(context, "type lpm_trie key 8 value 3 entries 9 flags 1");
  assert.match(importBytes(context, "a.txt", "1.0.0.0/8\n").stderr, /line 1: expected one value, got 0/);
});

for (const option of ["-j", "-p"]) {
  for (const attributes of ["type hash key 4 value 8 entries 9", "type percpu_hash key 4 value 4 entries 9"]) {
    test(`bpftool's ${option} map dump of ${attributes}`, (context) => {
      create(context, attributes);
      importBytes(context, "a.csv", "1,2\n258,65537\n4294967295,7\n");
      const before = exported(context);
      const dump = runTool(context.kernel, [option, "map", "dump", "name", "m"]).stdout;
      context.kernel.bpffs.unlink("/sys/fs/bpf/m");
      create(context, attributes);
      const { stderr, code } = importBytes(context, "dump.json", dump);
      assert.is(code, 0, stderr);
      assert.equal(exported(context).split("\n").sort(), before.split("\n").sort());
    });
  }
}

test("bpftool's values of CPUs in any order; not some of them twice", (context) => {
  create(context, "type percpu_array key 4 value 2 entries 1");
  const values = (first: number, second: number): string =>
    `[{"key":["0x00","0x00","0x00","0x00"],"values":[{"cpu":${first},"value":["0x05","0x00"]},{"cpu":${second},"value":["0x06","0x00"]}]}]`;
  assert.is(importBytes(context, "a.json", values(1, 0)).code, 0);
  assert.is(exported(context), "0,6,5\n");
  for (const [first, second] of [[0, 0], [0, 2]]) {
    assert.match(importBytes(context, "b.json", values(first, second)).stderr, /one for each CPU from 0 to 1/);
  }
});

test("integers of 64 bits are exact in JSON", (context) => {
  create(context, "type hash key 8 value 8 entries 9 flags 64");
  const lines = '{"key":9007199254740993,"value":18446744073709551615}\n{"key":9007199254740992,"value":9223372036854775807}\n';
  assert.is(importBytes(context, "a.jsonl", lines).stdout, "Imported 2 elements\n");
  const sorted = (text: string): string[] => text.trim().split("\n").sort();
  const expected = ["9007199254740992,9223372036854775807", "9007199254740993,18446744073709551615"];
  assert.equal(sorted(exported(context)), expected);
});

test("floats that JSON does not know are strings", (context) => {
  create(context, "type array key 4 value 8 entries 4");
  importBytes(context, "a.csv", "0,NaN\n1,-Infinity\n2,-0\n3,1e21\n", "--value", "f64");
  const text = exported(context, "--value", "f64", "--format", "json");
  assert.equal(JSON.parse(text).map(({ value }: { value: unknown }) => value), ["NaN", "-Infinity", -0, 1e21]);
  assert.is(importBytes(context, "b.json", text, "--value", "f64").code, 0);
  assert.is(exported(context, "--value", "f64", "--format", "json"), text);
});

test("text that looks like the header, and with line breaks and quotes, comes back from CSV", (context) => {
  const attributes = "type hash key 8 value 8 entries 9 flags 64";
  const options = ["--key", "utf8", "--value", "utf8"];
  create(context, attributes);
  importBytes(context, "a.jsonl", '{"key":"KEY","value":"value"}\n', ...options);
  const csv = exported(context, ...options);
  assert.is(csv, '"KEY","value"\n');
  importBytes(context, "b.csv", `${csv}"a\nb","\r\n"\n"c""",",\r"\n" d","\n\n"\n`, ...options);
  const rows = exported(context, ...options, "--format", "json");
  assert.equal(
    new Map(JSON.parse(rows).map(({ key, value }: Record<string, string>) => [key, value])),
    new Map([["KEY", "value"], ["a\nb", "\r\n"], ['c"', ",\r"], [" d", "\n\n"]]),
  );
});

for (const [name, data, problem] of [
  ["a byte of Latin-1", Buffer.from("1,2\n3,\xe9\n", "latin1"), /line 2: it is not UTF-8: "3,é"/],
  ["UTF-16", Buffer.from("1,2\n", "utf16le"), /line 1/],
  ["half of a character at the end", Buffer.from([0x31, 0x2c, 0xe2, 0x82]), /line 1: it is not UTF-8: it breaks off/],
  ["zeros", new Uint8Array(100_000), /line 1: expected one value, got 0/],
  ["control characters", "\x1b]0;x\x07,1\n", /line 1, column 1: can't parse "\\u001b\]0;x\\u0007" as u32/],
  ["a quote inside", '1,2\n1,"2"3\n', /line 2: a quote stands inside a quoted field/],
  ["a quote in a field that is not quoted", '1,2\n1,a"\n3,b"\n', /line 2, column 2: can't parse "a\\"" as u32/],
  ["a quote that nothing closes", '1,2\n"3,4\n5,""6\n', /line 2: a quote is not closed/],
] as const) {
  test(`no text: ${name}`, (context) => {
    create(context, "type hash key 4 value 4 entries 9");
    const { stderr, code } = importBytes(context, "a.csv", data);
    assert.match(stderr, problem);
    assert.not.match(stderr, /[\x00-\x09\x0b-\x1f\x7f]/);
    assert.is(code, 255);
  });
}

test("a quote inside a field that is not quoted is text", (context) => {
  create(context, "type hash key 4 value 16 entries 9 flags 64");
  assert.is(importBytes(context, "a.csv", '1,5" disk\n2,a"b"c\n3,"a\n""b"\n', "--value", "utf8").code, 0);
  const elements = JSON.parse(exported(context, "--value", "utf8", "--format", "json"));
  assert.equal(elements.sort((a: { key: number }, b: { key: number }) => a.key - b.key), [
    { key: 1, value: '5" disk' },
    { key: 2, value: 'a"b"c' },
    { key: 3, value: 'a\n"b' },
  ]);
});

test("a character that lies across two reads is whole", (context) => {
  create(context, "type hash key 4 value 4 entries 100000");
  const line = "1,€\n";
  const text = line.repeat(200_000);
  assert.is(importBytes(context, "a.csv", text, "--value", "utf8").stdout, "Imported 200000 elements\n");
});

test("a value of a megabyte and a long line cost what they have", (context) => {
  create(context, "type hash key 4 value 1048576 entries 4 flags 1");
  const hex = "5a".repeat(1 << 20);
  const before = process.memoryUsage().arrayBuffers;
  assert.is(importBytes(context, "a.csv", `1,${hex}\n2,${hex}\n`).stdout, "Imported 2 elements\n");
  assert.ok(process.memoryUsage().arrayBuffers - before < 64 << 20);
  const { stderr } = importBytes(context, "b.csv", "0".repeat(32 << 20));
  assert.match(stderr, /line 1: expected one value, got 0/);
  assert.match(importBytes(context, "c.csv", "0".repeat(65 << 20)).stderr, /line 1: it has more than 64 MiB/);
  assert.match(importBytes(context, "d.csv", `1,"${`${"0".repeat(1023)}\n`.repeat(65 << 10)}`).stderr, /line 1: it has more than 64 MiB/);
  assert.match(importBytes(context, "e.json", `{"key":"${"0".repeat(65 << 20)}`).stderr, /line 1, column 1: an object has more than 64 MiB/);
});

test("an export that fails leaves the file as it was", (context) => {
  const { kernel, folder } = context;
  create(context, "type hash key 8 value 4 entries 9");
  importBytes(context, "a.csv", "200,1\n");
  const path = join(folder, "out.csv");
  writeFileSync(path, "old\n");
  // A prefix length of 200 is none, which is seen when the element is written.
  const { code, stderr } = runTool(kernel, ["map", "export", "name", "m", path, "--key", "cidr"]);
  assert.is(code, 255);
  assert.match(stderr, /0\.0\.0\.0\/200 is no prefix: choose another codec/);
  assert.is(readFileSync(path, "utf8"), "old\n");
  assert.equal(readdirSync(folder).sort(), ["a.csv", "out.csv"]);
});

test("an export keeps the mode of the file and the link to it", (context) => {
  const { kernel, folder } = context;
  create(context, "type array key 4 value 4 entries 1");
  const path = join(folder, "out.csv");
  writeFileSync(path, "old\n");
  chmodSync(path, 0o640);
  symlinkSync("out.csv", join(folder, "link"));
  assert.is(runTool(kernel, ["map", "export", "name", "m", join(folder, "link")]).code, 0);
  assert.ok(lstatSync(join(folder, "link")).isSymbolicLink());
  assert.is(readFileSync(path, "utf8"), "0,0\n");
  assert.is(statSync(path).mode & 0o777, 0o640);
});

const FULL = "a full device is one line";
if (existsSync("/dev/full")) {
  test(FULL, (context) => {
    create(context, "type array key 4 value 4 entries 1");
    const { code, stderr } = runTool(context.kernel, ["map", "export", "name", "m", "/dev/full"]);
    assert.equal([code, stderr], [255, "Error: can't write /dev/full: No space left on device\n"]);
  });
} else {
  skip(test, FULL, "there is no /dev/full");
}

test("what cannot be read is not left out", (context) => {
  runText(context.kernel, "map create /sys/fs/bpf/i type array key 4 value 4 entries 1 name i");
  create(context, "type hash_of_maps key 4 value 4 entries 4 inner_map name i");
  assert.match(runText(context.kernel, "map export name m -").stderr, /the values of a hash_of_maps are maps/);
});

const PROGRAM = resolve("dist/cli.cjs");

test("a failed import leaves the state as it was; in a batch it tells what stays", ({ folder }) => {
  const tool = (...args: string[]): Answer => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, ...args], { cwd: folder, encoding: "utf8" });
    return { code: status ?? -1, stdout, stderr };
  };
  assert.is(tool(..."map create /sys/fs/bpf/m type hash key 4 value 4 entries 9 name m".split(" ")).code, 0);
  writeFileSync(join(folder, "a.csv"), "1,1\n2,2\n3,x\n");
  const alone = tool("map", "import", "name", "m", "a.csv");
  assert.is(alone.stderr, `Error: can't import a.csv: line 3, column 2: can't parse "x" as u32 (nothing was imported)\n`);
  assert.match(tool("map", "dump", "name", "m").stdout, /Found 0 elements/);
  writeFileSync(join(folder, "batch"), "map update name m key 9 0 0 0 value 9 0 0 0\nmap import name m a.csv\n");
  assert.match(tool("batch", "file", "batch").stderr, /\(2 elements were imported before\)/);
  assert.match(tool("map", "dump", "name", "m").stdout, /Found 3 elements/);
});

test.run();
