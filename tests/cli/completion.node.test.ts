// Completion, help and the manual page, all from one table.
import { existsSync, readFileSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { candidates, type World } from "../../cli/completion.ts";
import { manualPage } from "../../cli/manual.ts";
import { completeWords } from "../../cli/shell.ts";
import { COMMANDS, OBJECTS, OPTIONS } from "../../cli/table.ts";
import { VERSION } from "../../cli/version.ts";
import { skip } from "../harness/skip.ts";
import { goldenKernel, runText } from "./tool.ts";

const world: World = { ids: () => ["1", "12"], names: () => ["flows", "first"], pins: () => ["/sys/fs/bpf/flows"] };

const test = suite("cli: completion, help, manual");

for (const [line, expected] of [
  ["ma", ["man", "map"]],
  ["map pu", ["push"]],
  ["map e", ["enqueue", "event_pipe", "export"]],
  ["map dump ", ["id", "name", "pinned"]],
  ["map dump id ", ["1", "12"]],
  ["map dump name fl", ["flows"]],
  ["-j map dump pinned ", ["/sys/fs/bpf/flows"]],
  ["map update name flows ", ["any", "exist", "key", "noexist", "value"]],
  ["map update name flows key ", ["hex"]],
  ["map update name flows key 1 2 3 4 v", ["value"]],
  ["map update name flows key 1 2 3 4 value 1 ", ["any", "exist", "noexist"]],
  ["map create ", ["/sys/fs/bpf/"]],
  ["map create /sys/fs/bpf/x ty", ["type"]],
  ["map create /sys/fs/bpf/x type lru", ["lru_hash", "lru_percpu_hash"]],
  ["map create /sys/fs/bpf/x type hash_of_maps inner_map ", ["id", "name", "pinned"]],
  ["map create /sys/fs/bpf/x type hash_of_maps inner_map name f", ["first", "flows"]],
  ["map create /sys/fs/bpf/x type hash ke", ["key"]],
  ["map pin name flows ", ["/sys/fs/bpf/", "/sys/fs/bpf/flows"]],
  ["map import name flows x --ke", ["--key"]],
  ["map import name flows x --key c", ["cidr"]],
  ["map import name flows x --format ", ["csv", "jsonl"]],
  ["map show --js", ["--json"]],
  ["batch ", ["file"]],
  ["completion ", ["bash", "zsh"]],
  ["nothing ", []],
] as const) {
  test(`${JSON.stringify(line)} goes on with ${expected.join(" ") || "nothing"}`, () => {
    assert.equal(candidates(line.split(" "), world), [...expected]);
  });
}

test("at the prompt, map need not be said", () => {
  assert.equal(completeWords(["-j", "dump", "id", "1"]), ["-j", "map", "dump", "id", "1"]);
  assert.equal(completeWords(["map", "dump"]), ["map", "dump"]);
  assert.equal(completeWords(["help"]), ["map", "help"]);
  assert.equal(completeWords(["d", "id", "1"]), ["map", "d", "id", "1"]);
  assert.equal(completeWords(["version"]), ["version"]);
  assert.equal(completeWords(["nothing"]), ["nothing"]);
});

test("every command and option is in the help, each with its own page", () => {
  const kernel = goldenKernel();
  const help = runText(kernel, "map help").stderr;
  for (const row of COMMANDS) {
    for (const word of row.words) assert.match(help, new RegExp(`\\b${word}\\b`));
    const page = runText(kernel, `map ${row.words[0]} --help`);
    assert.match(page.stderr, `Usage: bpf-maps map ${row.words[0]}`);
    assert.match(page.stderr.toLowerCase(), row.about.slice(0, 20).toLowerCase());
    assert.is(page.code, 0);
  }
  for (const row of OPTIONS) {
    const where = row.commands ? runText(kernel, `map ${row.commands[0]} --help`).stderr : help;
    assert.match(where, `--${row.long}`);
  }
});

const MAN = "docs/man/bpf-maps.1";

test("the manual page in docs/man is the table's", () => {
  assert.is(readFileSync(MAN, "utf8"), manualPage(), "write it anew with: bpf-maps man > docs/man/bpf-maps.1");
});

test("the manual page names everything", () => {
  const page = manualPage().replaceAll("\\-", "-");
  for (const row of COMMANDS) for (const word of row.words) assert.match(page, word);
  for (const row of OPTIONS) assert.match(page, `--${row.long}`);
  for (const row of OBJECTS) if (row.word !== "complete") assert.match(page, row.word);
});

if (spawnSync("man", ["--version"]).error) {
  skip(test, "man(1) reads the manual page without a warning", "man is not installed");
} else {
  test("man(1) reads the manual page without a warning", () => {
    // Without its sandbox: that is a filter program, which a kernel whose JIT is stuck never loads.
    const env = { ...process.env, MANPAGER: "cat", MAN_DISABLE_SECCOMP: "1" };
    const run = spawnSync("man", ["--warnings", "-l", "-Tutf8", MAN], { encoding: "utf8", env });
    assert.is(run.stderr, "");
    assert.match(run.stdout, /BPF-MAPS\(1\)/);
  });
}

test("the version is the package's", () => {
  assert.is(VERSION, JSON.parse(readFileSync("package.json", "utf8")).version);
  assert.ok(existsSync(MAN));
});
test.run();
