// The program under bad conditions: full devices, readers that go, signals, many writers, names with control characters.
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Claim } from "../../cli/state/claim.ts";

const CLI = resolve("dist/cli.cjs");
const STATE = ".bpf-maps.state";
/** What hangs is ended after this time; forty processes at once on a busy machine need a good part of it. */
const END_MS_MAX = 120_000;

interface Context {
  folder: string;
}

const test = suite<Context>("cli: the program under bad conditions");
test.before.each((context) => {
  context.folder = mkdtempSync(join(tmpdir(), "bpf-maps-bad-"));
});
test.after.each(({ folder }) => rmSync(folder, { recursive: true }));

interface Result {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** Runs a line of sh(1), in which `bpf-maps` is the program. */
function sh({ folder }: Context, script: string): Result {
  const { BPF_MAPS_STATE: _, ...env } = process.env;
  const line = `bpf-maps() { "${process.execPath}" "${CLI}" "$@"; }\n${script}`;
  const run = spawnSync("bash", ["-c", line], { cwd: folder, encoding: "utf8", env, timeout: END_MS_MAX });
  return { code: run.status, stdout: run.stdout, stderr: run.stderr };
}

function start({ folder }: Context, args: string): ChildProcess {
  return spawn(process.execPath, [CLI, ...args.split(" ")], { cwd: folder, stdio: ["pipe", "pipe", "pipe"] });
}

/** The names in a folder and below it; none where one went away while they were read. */
function listing(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true }) as string[];
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

/** How a process ended, as a shell would report it. */
function ended(child: ChildProcess): Promise<number> {
  const numbers: Record<string, number> = { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 };
  const timer = setTimeout(() => child.kill("SIGKILL"), END_MS_MAX);
  return new Promise((done) => {
    child.once("exit", (code, signal) => {
      clearTimeout(timer);
      done(code ?? 128 + numbers[signal!]);
    });
  });
}

const QUEUE = "bpf-maps map create /sys/fs/bpf/q type queue key 0 value 4 entries 3 name q; bpf-maps map push name q value 1 2 3 4";
const HASH = "bpf-maps map create /sys/fs/bpf/m type hash key 4 value 4 entries 100 name m";

for (const json of ["", "-j "]) {
  test(`what cannot be printed${json && " as JSON"} is not taken`, (context) => {
    sh(context, QUEUE);
    assert.equal(sh(context, `bpf-maps ${json}map pop name q > /dev/full`), {
      code: 255,
      stdout: "",
      stderr: "Error: can't write to standard output: No space left on device\n",
    });
    assert.equal(readdirSync(context.folder), [STATE]);
    assert.is(sh(context, "bpf-maps map pop name q").stdout, "value: 01 02 03 04\n");
  });
}

test("whose reader has gone takes nothing, and says nothing", (context) => {
  sh(context, QUEUE);
  const answer = sh(context, "{ sleep 0.3; bpf-maps map pop name q; echo $? >&2; } | true");
  assert.equal([answer.stdout, answer.stderr], ["", "141\n"]);
  assert.equal(readdirSync(context.folder), [STATE]);
  assert.is(sh(context, "bpf-maps map pop name q").stdout, "value: 01 02 03 04\n");
});

test("a full device is one line on stderr for whoever only reads, too", (context) => {
  sh(context, HASH);
  for (const words of ["map show", "map dump name m", "-j map dump name m", "version", "-j map help", "ls", "man", "completion bash", "complete map sh", "map show id 77 -j"]) {
    const answer = sh(context, `bpf-maps ${words} > /dev/full`);
    assert.equal([answer.code, answer.stderr], [255, "Error: can't write to standard output: No space left on device\n"], words);
  }
  assert.is(sh(context, "bpf-maps map show id 77 2> /dev/full").code, 255);
  assert.is(sh(context, "bpf-maps map update name m key 1 0 0 0 value 1 0 0 0 2> /dev/full").code, 0);
});

test("at the prompt, too", (context) => {
  const answer = sh(context, "echo version | bpf-maps shell > /dev/full");
  assert.equal([answer.code, answer.stderr], [255, "Error: can't write to standard output: No space left on device\n"]);
});

for (const [words, problem] of [
  ["state import /dev/zero", "Error: can't read /dev/zero: It has no end within 512 MiB\n"],
  ["batch file /dev/zero", "Error: Can't open file (/dev/zero): It has no end within 512 MiB\n"],
  ["batch file - < /dev/zero", "Error: Can't open file (-): It has no end within 512 MiB\n"],
  ["batch file - < .", "Error: Can't open file (-): Is a directory\n"],
] as const) {
  test(`${words} ends`, (context) => {
    assert.equal(sh(context, `bpf-maps ${words}`), { code: 255, stdout: "", stderr: problem });
    assert.is(sh(context, "bpf-maps map show").stdout, "");
  });
}

test("a state file that cannot be written is one line, and stays", (context) => {
  sh(context, HASH);
  // A limit on the size of files stands for a full disk: EFBIG instead of ENOSPC, at the same call.
  const script = "trap '' XFSZ; ulimit -f 1; bpf-maps map update name m key 1 0 0 0 value 1 0 0 0";
  const before = readFileSync(join(context.folder, STATE));
  const answer = sh(context, script);
  assert.is(answer.code, 255);
  assert.match(answer.stderr, /^Error: can't write state file \.bpf-maps\.state: File too large\n$/);
  assert.equal(readdirSync(context.folder), [STATE]);
  assert.is(Buffer.compare(readFileSync(join(context.folder, STATE)), before), 0);
});

for (const [what, make] of [
  ["a pipe", "mkfifo s"],
  ["a device", "ln -s /dev/zero s"],
  ["a directory", "mkdir s"],
] as const) {
  test(`${what} as state file ends at once`, (context) => {
    sh(context, make);
    for (const words of ["map show", HASH.replace("bpf-maps ", ""), "batch file /dev/null"]) {
      const answer = sh(context, `bpf-maps --state s ${words}`);
      assert.is(answer.code, 255, words);
      assert.is(answer.stderr, `Error: can't read state file s: it is ${what}, not a regular file\n`);
      assert.equal(readdirSync(context.folder), ["s"]);
    }
  });
}

test("a state file that is a link stays one, also to a file that does not exist yet", (context) => {
  sh(context, "mkdir d; ln -s d/real link");
  sh(context, HASH.replace("bpf-maps", "bpf-maps --state link"));
  sh(context, "bpf-maps --state link map update name m key 1 0 0 0 value 1 0 0 0");
  assert.is(readlinkSync(join(context.folder, "link")), "d/real");
  assert.equal(readdirSync(join(context.folder, "d")), ["real"]);
  assert.match(sh(context, "bpf-maps --state d/real map dump name m").stdout, /Found 1 element/);
});

test("a private state is never readable by others while it is replaced", async (context) => {
  sh(context, HASH);
  chmodSync(join(context.folder, STATE), 0o600);
  let done = false;
  const writers = (async () => {
    for (let i = 0; i < 6; i++) await ended(start(context, `map update name m key ${i} 0 0 0 value 0 0 0 0`));
    done = true;
  })();
  let seen = 0;
  while (!done) {
    for (const name of listing(context.folder)) {
      const stats = statSync(join(context.folder, name), { throwIfNoEntry: false });
      if (!stats?.isFile()) continue;
      seen++;
      assert.is(stats.mode & 0o077, 0, name);
    }
    await new Promise((next) => setImmediate(next));
  }
  await writers;
  assert.ok(seen > 0);
});

test("forty writers at once all succeed", async (context) => {
  sh(context, HASH);
  const ends = Array.from({ length: 40 }, (_, i) => {
    const child = start(context, `--wait 60 map update name m key ${i} 0 0 0 value 0 0 0 0`);
    let said = "";
    child.stderr!.on("data", (chunk: Buffer) => (said += String(chunk)));
    return ended(child).then((code) => ({ code, said }));
  });
  for (const { code, said } of await Promise.all(ends)) {
    assert.is(code, 0, said);
    assert.match(said, /^(bpf-maps: waiting for process \d+, which is using \.bpf-maps\.state\n)*$/);
  }
  assert.match(sh(context, "bpf-maps map dump name m").stdout, /Found 40 elements/);
  assert.equal(readdirSync(context.folder), [STATE]);
});

test("a state that is replaced without the lock is seen, and the command runs on it", async (context) => {
  sh(context, `${HASH}; cp ${STATE} other; bpf-maps --state other map update name m key 7 0 0 0 value 7 0 0 0`);
  sh(context, "mkfifo pipe");
  const child = start(context, "batch file pipe");
  // The batch has read the state and waits for its lines, and meanwhile somebody copies another state over it.
  const writer = spawn("bash", ["-c", `exec 9> pipe; sleep 1; cp other ${STATE}.new; mv ${STATE}.new ${STATE}; rm pipe; printf 'map update name m key 1 0 0 0 value 1 0 0 0\\n' > pipe; cat pipe >&9`], { cwd: context.folder });
  await ended(writer);
  assert.is(await ended(child), 0);
  assert.match(sh(context, "bpf-maps map dump name m").stdout, /Found 2 elements/);
});

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  const code = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 }[signal];

  test(`${signal} ends a writer that waits for the lock`, async (context) => {
    sh(context, HASH);
    const claim = Claim.take(join(context.folder, STATE));
    const child = start(context, "map update name m key 1 0 0 0 value 1 0 0 0");
    await new Promise((done) => child.stderr!.once("data", done));
    child.kill(signal);
    assert.is(await ended(child), code);
    claim.release();
    assert.equal(readdirSync(context.folder), [STATE]);
  });

  test(`${signal} ends an import that waits for its input, with the state as it was`, async (context) => {
    sh(context, HASH);
    const before = readFileSync(join(context.folder, STATE));
    const child = start(context, "map import name m -");
    child.stdin!.write("1,1\n2,2\n");
    while (!readdirSync(context.folder).includes(`${STATE}.lock`)) await new Promise((done) => setTimeout(done, 10));
    child.kill(signal);
    assert.is(await ended(child), code);
    assert.equal(readdirSync(context.folder), [STATE]);
    assert.is(Buffer.compare(readFileSync(join(context.folder, STATE)), before), 0);
  });

  test(`${signal} ends a follow that waits`, async (context) => {
    sh(context, "bpf-maps map create /sys/fs/bpf/r type ringbuf key 0 value 0 entries 4096 name r");
    const child = start(context, "-j map follow name r");
    await new Promise((done) => setTimeout(done, 500));
    child.kill(signal);
    assert.is(await ended(child), code);
    assert.equal(readdirSync(context.folder), [STATE]);
  });
}

const EVIL = "/sys/fs/bpf/$(touch ran)'\"\\ \x1b[31m\x07\u202e";

test("names reach no terminal as they are, and -j stays JSON", (context) => {
  writeFileSync(join(context.folder, "batch"), "");
  sh(context, HASH);
  const run = (...args: string[]): Result => {
    const child = spawnSync(process.execPath, [CLI, ...args], { cwd: context.folder, encoding: "utf8" });
    return { code: child.status, stdout: child.stdout, stderr: child.stderr };
  };
  assert.is(run("map", "pin", "name", "m", EVIL).code, 0);
  const raw = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/;
  const bad = "\x1b[31m\x07\x9b2J\u202e\n";
  for (const args of [
    ["ls"],
    [bad],
    [`--${bad}`],
    ["map", bad],
    ["map", "show", "id", bad],
    ["map", "show", bad, bad],
    ["map", "show", "pinned", `/sys/fs/bpf/${bad}`],
    ["map", "create", `/x/${bad}`, "type", "hash", "key", "4", "value", "4", "entries", "1", "name", "x"],
    ["map", "update", "name", "m", "key", bad],
    ["map", "pin", "name", "m", bad],
    ["rm", bad],
    ["ls", bad],
    ["mkdir", bad],
    ["--state", bad, "map", "pin", "name", "m", "/x"],
    ["--wait", bad, "map", "pin", "name", "m", "/x"],
    ["--base-btf", bad, "map", "show"],
    ["batch", "file", bad],
  ]) {
    const answer = run(...args);
    assert.not.match(answer.stdout + answer.stderr, raw, JSON.stringify(args));
    const json = run("-j", ...args);
    assert.not.match(json.stdout + json.stderr, raw, JSON.stringify(args));
  }
  assert.equal(JSON.parse(run("-j", "ls").stdout).map(({ name }: { name: string }) => name), [EVIL.slice(12), "m"]);
  assert.equal(JSON.parse(run("-j", "-f", "map", "show").stdout)[0].pinned.sort(), [EVIL, "/sys/fs/bpf/m"].sort());
  assert.is(run("map", "show", "pinned", EVIL).code, 0);
});

test("bash completion quotes names, and runs none", (context) => {
  sh(context, HASH);
  const pins = ["$(touch ran)", "`touch ran`", "a b", "it's", 'say "x"', "*", "~", "a;touch ran", "a\nb", "plain", "\x1b[31m"];
  for (const pin of pins) {
    spawnSync(process.execPath, [CLI, "map", "pin", "name", "m", `/sys/fs/bpf/p/${pin}`.replace("/p/", "/p_")], { cwd: context.folder });
  }
  const complete = (word: string): string[] => {
    // What is offered is put into a command line, which bash then reads.
    const script = `eval "$(bpf-maps completion bash)"; COMP_WORDS=(bpf-maps map dump pinned ${word}); COMP_CWORD=4; _bpf_maps
      for offer in "\${COMPREPLY[@]}"; do eval "printf '%s\\0' $offer"; done`;
    return sh(context, script).stdout.split("\0").filter(Boolean).sort();
  };
  const all = pins.filter((pin) => !/[\n\x1b]/.test(pin)).map((pin) => `/sys/fs/bpf/p_${pin}`);
  assert.equal(complete("/sys/fs/bpf/p_"), all.sort());
  assert.equal(complete(`'/sys/fs/bpf/p_\\$\\(to'`), ["/sys/fs/bpf/p_$(touch ran)"]);
  assert.equal(complete(`"\\"/sys/fs/bpf/p_"`), ["/sys/fs/bpf/p_plain"]);
  assert.equal(readdirSync(context.folder), [STATE]);
});

test("a terminal gets no name as it is", (context) => {
  sh(context, HASH);
  spawnSync(process.execPath, [CLI, "map", "pin", "name", "m", EVIL], { cwd: context.folder });
  // script(1) runs a command on a terminal.
  const line = `script -qec '"${process.execPath}" "${CLI}" -f map show' /dev/null < /dev/null`;
  for (const env of ["NO_COLOR=1", "TERM=dumb", "TERM=xterm NO_COLOR="]) {
    const { stdout } = sh(context, `env ${env} ${line}`);
    assert.match(stdout, /\\x1b\[31m\\x07\\u202e/);
    // The program's own colours are the only sequences.
    const own = stdout.replace(/\x1b\[(?:1|2|36)m([^\x1b]*)\x1b\[m/g, "$1");
    assert.is(own !== stdout, env === "TERM=xterm NO_COLOR=");
    assert.not.match(own, /\x1b|\x07/);
  }
});

test.run();
