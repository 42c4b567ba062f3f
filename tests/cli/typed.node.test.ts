// Keys and values by codecs instead of bytes.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { goldenKernel, runText } from "./tool.ts";

const test = suite("cli: typed keys and values");

const kernel = goldenKernel();
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
