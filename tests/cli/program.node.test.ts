// The program as it is published: dist/cli.cjs in processes of its own, on state files.
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Claim } from "../../cli/state/claim.ts";
import { killWriters } from "./kill.ts";

const CLI = resolve("dist/cli.cjs");

interface Context {
  folder: string;
}

const test = suite<Context>("cli: the program");
test.before.each((context) => {
  context.folder = mkdtempSync(join(tmpdir(), "bpf-maps-cli-"));
});
test.after.each(({ folder }) => rmSync(folder, { recursive: true }));

interface Result {
  code: number | null;
  stdout: string;
  stderr: string;
}

function bpfMaps({ folder }: Context, args: string, input = "", env: Record<string, string> = {}): Result {
  const words = args.split(" ").filter(Boolean);
  const { BPF_MAPS_STATE: _, ...rest } = process.env;
  const run = spawnSync(process.execPath, [CLI, ...words], { cwd: folder, input, encoding: "utf8", env: { ...rest, ...env } });
  return { code: run.status, stdout: run.stdout, stderr: run.stderr };
}

const CREATE = "map create /sys/fs/bpf/m type hash key 4 value 4 entries 10 name m flags 64";
const STATE = ".bpf-maps.state";

test("maps live in the state file from one command to the next", (context) => {
  assert.equal(bpfMaps(context, CREATE), { code: 0, stdout: "", stderr: "" });
  assert.equal(bpfMaps(context, "map update name m key 1 0 0 0 value 2 0 0 0"), { code: 0, stdout: "", stderr: "" });
  const { stdout } = bpfMaps(context, "map dump pinned /sys/fs/bpf/m");
  assert.is(stdout, "key: 01 00 00 00  value: 02 00 00 00\nFound 1 element\n");
  assert.equal(readdirSync(context.folder), [STATE]);
});

test("reading does not make or touch a file", (context) => {
  assert.equal(bpfMaps(context, "map show"), { code: 0, stdout: "", stderr: "" });
  assert.equal(readdirSync(context.folder), []);
  bpfMaps(context, CREATE);
  const before = statSync(join(context.folder, STATE)).mtimeMs;
  bpfMaps(context, "map dump name m");
  assert.is(statSync(join(context.folder, STATE)).mtimeMs, before);
});

test("--state wins over $BPF_MAPS_STATE, which wins over the default", (context) => {
  bpfMaps(context, `--state a ${CREATE}`, "", { BPF_MAPS_STATE: "b" });
  bpfMaps(context, CREATE, "", { BPF_MAPS_STATE: "b" });
  bpfMaps(context, CREATE);
  assert.equal(readdirSync(context.folder).sort(), [STATE, "a", "b"]);
});

test("a map without a pin is gone when its command ends, and its id is used up", (context) => {
  bpfMaps(context, "map create /sys/fs/bpf/a.b type hash key 4 value 4 entries 1 name lost");
  assert.is(bpfMaps(context, "map show").stdout, "");
  bpfMaps(context, CREATE);
  assert.match(bpfMaps(context, "map show").stdout, /^2: hash {2}name m/);
});

test("a map in maps holds its inner maps without a pin", (context) => {
  bpfMaps(context, CREATE);
  bpfMaps(context, "map create /sys/fs/bpf/o type array_of_maps key 4 value 4 entries 1 name o inner_map name m");
  assert.is(bpfMaps(context, "map update name o key 0 0 0 0 value name m").code, 0);
  assert.is(bpfMaps(context, "map dump name o").stdout, "key: 00 00 00 00  value: 01 00 00 00\nFound 1 element\n");
});

test("rm removes a pin, and with the last one the map", (context) => {
  bpfMaps(context, "mkdir /sys/fs/bpf/a/b");
  bpfMaps(context, CREATE);
  bpfMaps(context, "map pin name m /sys/fs/bpf/a/b/m");
  assert.equal(bpfMaps(context, "ls"), { code: 0, stdout: "a/\nm\n", stderr: "" });
  assert.is(bpfMaps(context, "-j ls /sys/fs/bpf/a/b").stdout, '[{"name":"m","map_id":1}]\n');
  assert.is(bpfMaps(context, "rm /sys/fs/bpf/m").code, 0);
  assert.match(bpfMaps(context, "-f map show").stdout, /pinned \/sys\/fs\/bpf\/a\/b\/m\n/);
  const full = bpfMaps(context, "rm /sys/fs/bpf/a/b");
  assert.equal(full, { code: 217, stdout: "", stderr: "Error: can't remove (/sys/fs/bpf/a/b): Directory not empty\n" });
  assert.is(bpfMaps(context, "rm /sys/fs/bpf/a/b/m /sys/fs/bpf/a/b /sys/fs/bpf/a").code, 0);
  assert.is(bpfMaps(context, "map show").stdout + bpfMaps(context, "ls").stdout, "");
  assert.match(bpfMaps(context, "-j rm /sys/fs/bpf/a").stdout, /^\{"error":"can't remove \(\/sys\/fs\/bpf\/a\): No such file/);
  assert.match(bpfMaps(context, "rm").stderr, /expected a path/);
});

test("a batch may use every command, and is saved as one", (context) => {
  writeFileSync(join(context.folder, "a.csv"), "1,2\n");
  const lines = [CREATE, "map import name m a.csv", "map pop name m", "map dump name m", ""];
  const answer = bpfMaps(context, "batch file -", lines.join("\n"));
  assert.equal(answer, { code: 254, stdout: "Imported 1 element\nError: empty map\n", stderr: "" });
  assert.is(bpfMaps(context, "map dump name m").stdout, "key: 01 00 00 00  value: 02 00 00 00\nFound 1 element\n");
});

test("possible CPUs are the state's", (context) => {
  bpfMaps(context, "--cpus 3 map create /sys/fs/bpf/p type percpu_array key 4 value 4 entries 1 name p");
  assert.match(bpfMaps(context, "--cpus 7 map dump name p").stdout, /value \(CPU 02\): 00 00 00 00\nFound/);
});

test("the file does not grow with the number of commands", (context) => {
  bpfMaps(context, CREATE);
  bpfMaps(context, "map update name m key 1 0 0 0 value 2 0 0 0");
  const size = statSync(join(context.folder, STATE)).size;
  for (let i = 0; i < 4; i++) bpfMaps(context, `map update name m key 1 0 0 0 value ${i} 0 0 0`);
  assert.is(statSync(join(context.folder, STATE)).size, size);
});

for (const [name, damage, problem] of [
  ["no state file at all", () => Buffer.from("hello, world, this is a text file\n"), /it is not a state file of bpf-maps/],
  ["an empty file", () => Buffer.alloc(0), /it is empty/],
  ["a cut file", (file: Buffer) => file.subarray(0, file.length - 100), /it is truncated/],
  ["another version", (file: Buffer) => file.with(8, 77), /its version is 77/],
  ["a flipped bit", (file: Buffer) => file.with(file.length - 50, file[file.length - 50] ^ 1), /checksum/],
] as const) {
  test(`${name} is refused and left alone`, (context) => {
    bpfMaps(context, CREATE);
    const path = join(context.folder, STATE);
    const bad = damage(readFileSync(path));
    writeFileSync(path, bad);
    for (const args of ["map show", "batch file -"]) {
      const answer = bpfMaps(context, args);
      assert.match(answer.stderr, problem);
      assert.match(answer.stderr, /^Error: can't read state file \.bpf-maps\.state: /);
      assert.is(answer.code, 255);
    }
    assert.is(bpfMaps(context, "map help").code, 0);
    const json = bpfMaps(context, "-j map show");
    assert.match(JSON.parse(json.stdout).error, problem);
    assert.equal(new Uint8Array(readFileSync(path)), new Uint8Array(bad));
    assert.equal(readdirSync(context.folder), [STATE]);
  });
}

test("a folder that cannot hold the file is said", (context) => {
  const answer = bpfMaps(context, `--state no/such/file ${CREATE}`);
  assert.match(answer.stderr, /^Error: can't lock state file no\/such\/file: No such file or directory\n$/);
  assert.is(answer.code, 255);
});

test("a second writer waits, then says so", (context) => {
  bpfMaps(context, CREATE);
  const claim = Claim.take(join(context.folder, STATE));
  const answer = bpfMaps(context, "--wait 0.5 map update name m key 1 0 0 0 value 2 0 0 0");
  claim.release();
  assert.match(answer.stderr, `waiting for process ${process.pid}`);
  assert.match(answer.stderr, `Error: can't lock state file ${STATE}: process ${process.pid} has been using it for 0.5 seconds`);
  assert.is(answer.code, 255);
});

test("readers do not wait for a writer", (context) => {
  bpfMaps(context, CREATE);
  const claim = Claim.take(join(context.folder, STATE));
  assert.is(bpfMaps(context, "--wait 0 map show name m").code, 0);
  claim.release();
});

test("writers at the same time lose nothing", async (context) => {
  bpfMaps(context, "map create /sys/fs/bpf/m type hash key 4 value 4 entries 100 name m");
  const ends = Array.from({ length: 6 }, (_, i) => {
    const args = `map update name m key ${i} 0 0 0 value 0 0 0 0`.split(" ");
    const child = spawn(process.execPath, [CLI, ...args], { cwd: context.folder, stdio: "ignore" });
    return new Promise<number | null>((done) => child.once("exit", done));
  });
  assert.equal(await Promise.all(ends), [0, 0, 0, 0, 0, 0]);
  assert.match(bpfMaps(context, "map dump name m").stdout, /Found 6 elements/);
});

test("a state is exported and imported, also through a pipe", (context) => {
  bpfMaps(context, CREATE);
  bpfMaps(context, "map update name m key 1 0 0 0 value 2 0 0 0");
  bpfMaps(context, "--cpus 3 map create /sys/fs/bpf/r type ringbuf key 0 value 0 entries 4096 name r");
  const warning = 'Warning: map 2 "r": to read the records of a ring buffer is to take them\n';
  assert.equal(bpfMaps(context, "state export d"), { code: 0, stdout: "", stderr: warning });
  const dump = bpfMaps(context, "state export -");
  assert.is(readFileSync(join(context.folder, "d"), "utf8"), dump.stdout);
  for (const [args, input] of [["--state n1 state import d", ""], ["--state n2 -j state import -", dump.stdout]]) {
    assert.is(bpfMaps(context, args, input).code, 0);
  }
  for (const state of ["n1", "n2"]) {
    assert.is(bpfMaps(context, `--state ${state} map dump name m`).stdout, "key: 01 00 00 00  value: 02 00 00 00\nFound 1 element\n");
    assert.is(bpfMaps(context, `--state ${state} state export -`).stdout, dump.stdout);
  }
  // The number of CPUs is the dump's.
  bpfMaps(context, "--cpus 3 --state three map create /sys/fs/bpf/p type percpu_array key 4 value 4 entries 1 name p");
  const three = bpfMaps(context, "--state three state export -").stdout;
  bpfMaps(context, "--state n3 state import -", three);
  assert.match(bpfMaps(context, "--state n3 map dump name p").stdout, /value \(CPU 02\): 00 00 00 00\nFound/);
});

test("an import that does not fit leaves no state, and a state that is in use alone", (context) => {
  bpfMaps(context, CREATE);
  bpfMaps(context, "state export d");
  const dump = readFileSync(join(context.folder, "d"), "utf8");
  const before = readFileSync(join(context.folder, STATE));
  const full = bpfMaps(context, "state import d");
  assert.equal([full.code, full.stderr], [255, "Error: the state holds maps or folders already: name another with --state\n"]);
  for (const [bad, problem] of [
    [dump.slice(0, -5), /^Error: -: line \d+ is not JSON\n$/],
    [dump.replace('"map_type":1', '"map_type":99'), /^Error: -: line 2: the map cannot be made: EINVAL\n$/],
    ["", /^Error: -: it is empty\n$/],
    ["\x1b[31m", /^Error: -: line 1 is not JSON\n$/],
  ] as const) {
    assert.match(bpfMaps(context, "--state new state import -", bad).stderr, problem);
  }
  assert.match(bpfMaps(context, "state import nope").stderr, /^Error: can't read nope: No such file or directory\n$/);
  assert.match(bpfMaps(context, "state nope d").stderr, /^Error: expected 'export' or 'import', got: 'nope'\?\n$/);
  assert.equal(new Uint8Array(readFileSync(join(context.folder, STATE))), new Uint8Array(before));
  assert.equal(readdirSync(context.folder).sort(), [STATE, "d"]);
});

test("kill -9 while writing leaves the old or the new state", async () => {
  const { old, next } = await killWriters(4, 60);
  assert.is(old + next, 4);
});

test("a closed pipe ends the program quietly", (context) => {
  bpfMaps(context, "map create /sys/fs/bpf/m type array key 4 value 4 entries 100000 name m");
  const line = `"${process.execPath}" "${CLI}" map dump name m | head -n 1`;
  const run = spawnSync("sh", ["-c", line], { cwd: context.folder, encoding: "utf8" });
  assert.equal([run.stdout, run.stderr], ["key: 00 00 00 00  value: 00 00 00 00\n", ""]);
});

test("the shell runs the same commands over a kernel in memory", (context) => {
  const lines = [CREATE, "update name m key 1 0 0 0 value 5 0 0 0  # at the prompt, map need not be said", "-j dump name m", ""];
  assert.equal(bpfMaps(context, "", lines.join("\n")), {
    code: 0,
    stdout: '[{"key":["0x01","0x00","0x00","0x00"],"value":["0x05","0x00","0x00","0x00"]}]\n',
    stderr: "",
  });
  assert.is(bpfMaps(context, "shell", "map show id 1\n").stderr, "Error: get map by id (1): No such file or directory\n");
  assert.is(bpfMaps(context, "shell", "dump id 'x\n").code, 255);
  assert.equal(readdirSync(context.folder), []);
});

test("the shell works on a state file, too, and lets others use it", (context) => {
  const lines = [CREATE, "update name m key 1 0 0 0 value 5 0 0 0", "dump name m", "help pop", "version", ""];
  const answer = bpfMaps(context, "--state s shell", lines.join("\n"));
  assert.match(answer.stdout, /^key: 01 00 00 00 {2}value: 05 00 00 00\nFound 1 element\nbpf-maps v/);
  assert.match(answer.stderr, /^Usage: bpf-maps map pop MAP\n/);
  assert.is(bpfMaps(context, "--state s map dump name m").stdout, "key: 01 00 00 00  value: 05 00 00 00\nFound 1 element\n");
  assert.is(bpfMaps(context, "--state s shell", "map show id 7\n").code, 255);
  assert.equal(readdirSync(context.folder), ["s"]);
});

test("completion knows the maps of the state file", (context) => {
  bpfMaps(context, CREATE);
  assert.is(bpfMaps(context, "complete -- map dump name").stdout, "name\n");
  const words = ["complete", "--", "map", "dump", "name", ""];
  assert.is(spawnSync(process.execPath, [CLI, ...words], { cwd: context.folder, encoding: "utf8" }).stdout, "m\n");
  writeFileSync(join(context.folder, STATE), "damaged");
  assert.is(bpfMaps(context, "complete -- map du").stdout, "dump\n");
});

test("bash completes with the script", (context) => {
  bpfMaps(context, CREATE);
  const script = `bpf-maps() { "${process.execPath}" "${CLI}" "$@"; }
    eval "$(bpf-maps completion bash)"
    COMP_WORDS=(bpf-maps map dump pinned ""); COMP_CWORD=4; _bpf_maps; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const run = spawnSync("bash", ["-c", script], { cwd: context.folder, encoding: "utf8" });
  assert.equal([run.stdout, run.stderr], ["/sys/fs/bpf/m\n", ""]);
});

test("what a command prints appears only with its state saved", (context) => {
  bpfMaps(context, "map create /sys/fs/bpf/q type queue key 0 value 4 entries 3 name q");
  bpfMaps(context, "map push name q value 1 2 3 4");
  assert.is(bpfMaps(context, "map pop name q").stdout, "value: 01 02 03 04\n");
  assert.is(bpfMaps(context, "map pop name q").stdout, "Error: empty map\n");
});

test.run();
