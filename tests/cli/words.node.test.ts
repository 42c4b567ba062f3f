// Words, numbers and options of the command line, without a kernel.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { cidrKey, cidrText } from "../../cli/cidr.ts";
import { splitLine } from "../../cli/commands/batch.ts";
import { errorText } from "../../cli/fail.ts";
import { hex } from "../../cli/format.ts";
import { JsonWriter } from "../../cli/json_writer.ts";
import { parseOptions } from "../../cli/options.ts";
import { parentOf, plainPath } from "../../cli/paths.ts";
import { printable, printableLines } from "../../cli/printable.ts";
import { parseUnsigned } from "../../cli/words.ts";

const test = suite("cli: words");

for (const [text, base, bits, expected] of [
  ["0", 0, 32, 0],
  ["7", 0, 8, 7],
  ["256", 0, 8, 0],
  ["0x1F", 0, 32, 31],
  ["010", 0, 32, 8],
  ["08", 0, 32, undefined],
  ["0x", 0, 32, undefined],
  ["", 0, 32, 0],
  [" 12", 0, 32, 12],
  ["12 ", 0, 32, undefined],
  ["+3", 0, 8, 3],
  ["-1", 0, 8, 255],
  ["-1", 0, 32, 0xffffffff],
  ["-", 0, 32, undefined],
  ["1.5", 0, 32, undefined],
  ["4294967297", 0, 32, 1],
  ["99999999999999999999999", 0, 32, 0xffffffff],
  ["ff", 16, 8, 255],
  ["0xff", 16, 8, 255],
  ["100", 16, 8, 0],
  ["g", 16, 8, undefined],
] as const) {
  test(`the number ${JSON.stringify(text)} in base ${base}, ${bits} bits, is ${expected}`, () => {
    assert.is(parseUnsigned(text, base, bits), expected);
  });
}

test("options may stand anywhere, be joined and be shortened", () => {
  const { options, words, unknown } = parseOptions(["map", "-jn", "show", "--prett", "--state=x", "id", "1"], "p");
  assert.is(unknown, undefined);
  assert.equal(words, ["map", "show", "id", "1"]);
  assert.is(options.json && options.pretty && options.nomount, true);
  assert.is(options.values.get("state"), "x");
});

test("an abbreviation of a bpftool option is not made ambiguous by ours", () => {
  assert.is(parseOptions(["--v"], "p").options.version, true);
  assert.is(parseOptions(["--b"], "p").unknown, "--b");
});

test("what follows -- is words", () => {
  assert.equal(parseOptions(["map", "--", "-j", "--", "x"], "p").words, ["map", "-j", "--", "x"]);
});

test("lines are cut at blanks, quotes keep them", () => {
  assert.equal(splitLine(`a  'b c' "d'e"\tf`), ["a", "b c", "d'e", "f"]);
  assert.is(splitLine("a 'b"), undefined);
  assert.equal(splitLine("  "), []);
});

test("the folder of a path is dirname(3)'s", () => {
  for (const [path, folder] of [["/a/b", "/a"], ["/a/", "/"], ["/a", "/"], ["a", "."], ["", "."], ["/", "/"], ["a/b//", "a"]]) {
    assert.is(parentOf(path), folder, path);
  }
});

test("paths lose their dots and keep their trailing slash", () => {
  assert.is(plainPath("/sys/fs/bpf/../bpf/./x"), "/sys/fs/bpf/x");
  assert.is(plainPath("/sys//fs/"), "/sys/fs/");
  assert.is(plainPath("x/../y"), "x/../y");
});

test("hex has 16 bytes a line and a wide gap in the middle", () => {
  const bytes = Uint8Array.from({ length: 18 }, (_, i) => i);
  assert.is(hex(bytes), "00 01 02 03 04 05 06 07  08 09 0a 0b 0c 0d 0e 0f\n10 11");
});

test("errno 524 has no text in libc", () => {
  assert.is(errorText(-524 as number), "Unknown error 524");
  assert.is(errorText(-17 as number), "File exists");
});

test("strings in JSON are escaped as bpftool escapes them", () => {
  let text = "";
  const json = new JsonWriter((piece) => (text += piece), false);
  json.string('a"b\tc\\d\u0001');
  assert.is(text, '"a\\"b\\tc\\nd\u0001"');
});

for (const text of ['a"b\\c', "\x1b[31m\x07\x00", "\x9b31m\u202etxt.exe\u2028", "grün 🦀"]) {
  test(`${JSON.stringify(text)} is JSON and nothing for a terminal to act on`, () => {
    let printed = "";
    const json = new JsonWriter((piece) => (printed += piece), false);
    json.text(text);
    assert.is(JSON.parse(printed), text);
    assert.not.match(printed, /[\x00-\x1f\x7f-\x9f\u2028\u202e]/);
    printed = "";
    new JsonWriter((piece) => (printed += piece), false).error(text);
    assert.equal(JSON.parse(printed), { error: text });
  });
}

test("what a terminal would act on is escaped, other text stays", () => {
  assert.is(printable("a\x1b[2J\nb\t\x7f\x9b\u202e"), "a\\x1b[2J\\x0ab\\x09\\x7f\\x9b\\u202e");
  assert.is(printable("grün 🦀 \\"), "grün 🦀 \\");
  assert.is(printableLines("a\n\tb\r"), "a\n\tb\\x0d");
});

test("a prefix is its length, then its address", () => {
  assert.equal([...cidrKey("10.1.0.0/16", 8)], [16, 0, 0, 0, 10, 1, 0, 0]);
  assert.equal([...cidrKey("8.8.8.8", 8)], [32, 0, 0, 0, 8, 8, 8, 8]);
  assert.is(cidrText(cidrKey("2001:db8::/32", 20)), "2001:db8::/32");
  for (const [text, size] of [["10.0.0.0/33", 8], ["10.0.0.0/x", 8], ["10.0.0.0", 20], ["::/0", 8], ["ten", 8]] as const) {
    assert.throws(() => cidrKey(text, size), /can't/);
  }
});

test.run();
