// The state file: its format, replacing it, and its lock.
import { spawn, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Fail } from "../../cli/fail.ts";
import { readWhole, replaceFile } from "../../cli/state/file.ts";
import { decodeState, encodeState } from "../../cli/state/format.ts";
import { LockedError, lockFile, tryLock } from "../../cli/state/lock.ts";
import { Store } from "../../cli/state/store.ts";
import { goldenKernel, runText } from "./tool.ts";

const format = suite("cli: the format of the state file");

/** The state of a kernel with one small map. */
function sampleState(): Uint8Array {
  const kernel = goldenKernel();
  runText(kernel, "map create /sys/fs/bpf/m type hash key 4 value 4 entries 9 name m");
  return encodeState(kernel.snapshot());
}

function load(path: string): Promise<unknown> {
  return new Store({ path, writes: false, cpus: () => 1, waitMs: 0, onWait: () => {} }).load();
}

for (const bytes of [new Uint8Array(0), Uint8Array.of(1, 2, 3), Uint8Array.of(0, 1, 2, 3).subarray(1)]) {
  format(`a snapshot of ${bytes.length} bytes comes back`, () => assert.equal(decodeState(encodeState(bytes)), bytes.slice()));
}

format("every flipped bit and every cut is noticed", async () => {
  const folder = mkdtempSync(join(tmpdir(), "bpf-maps-format-"));
  const path = join(folder, "state");
  const file = sampleState();
  try {
    writeFileSync(path, file);
    await load(path);
    for (let at = 0; at < file.length; at += at < 128 ? 1 : 53) {
      const bad = file.slice();
      bad[at] ^= 1 << at % 8;
      for (const bytes of [bad, file.slice(0, at), Buffer.concat([file, bad.subarray(0, at + 1)])]) {
        writeFileSync(path, bytes);
        const error = await load(path).catch((problem: unknown) => problem);
        assert.instance(error, Fail, `byte ${at}`);
        assert.match((error as Error).message, /^can't read state file /);
      }
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

format("what is wrong is said", () => {
  const file = sampleState();
  assert.throws(() => decodeState(file.with(0, 0)), /not a state file/);
  assert.throws(() => decodeState(file.with(8, 9)), /version is 9/);
  assert.throws(() => decodeState(new Uint8Array(0)), /empty/);
  assert.throws(() => decodeState(file.subarray(0, 100)), /truncated/);
  assert.throws(() => decodeState(Buffer.concat([file, Buffer.alloc(1)])), /damaged/);
});
format.run();

interface Folder {
  folder: string;
}
const files = suite<Folder>("cli: replacing the state file", { folder: "" });
files.before.each((context) => {
  context.folder = mkdtempSync(join(tmpdir(), "bpf-maps-file-"));
});
files.after.each(({ folder }) => rmSync(folder, { recursive: true }));

files("a missing file is undefined, others are read whole", ({ folder }) => {
  assert.is(readWhole(join(folder, "x")), undefined);
  replaceFile(join(folder, "x"), Uint8Array.of(1, 2, 3));
  assert.equal([...readWhole(join(folder, "x"))!], [1, 2, 3]);
  assert.equal(readdirSync(folder), ["x"]);
});

files("mode and links stay, temporary files of killed writers go", ({ folder }) => {
  const path = join(folder, "real");
  writeFileSync(path, "old");
  chmodSync(path, 0o640);
  symlinkSync("real", join(folder, "link"));
  writeFileSync(join(folder, "real.tmp-999999"), "half");
  replaceFile(join(folder, "link"), Buffer.from("new"));
  assert.is(readFileSync(path, "utf8"), "new");
  assert.is(statSync(path).mode & 0o777, 0o640);
  assert.equal(readdirSync(folder).sort(), ["link", "real"]);
});

files("a folder that cannot be written leaves the file as it was", ({ folder }) => {
  writeFileSync(join(folder, "x"), "old");
  const target = join(folder, "x", "below");
  assert.throws(() => replaceFile(target, Buffer.from("new")));
  assert.is(readFileSync(join(folder, "x"), "utf8"), "old");
});
files.run();

const locks = suite<Folder>("cli: the lock of the state file", { folder: "" });
locks.before.each((context) => {
  context.folder = mkdtempSync(join(tmpdir(), "bpf-maps-lock-"));
});
locks.after.each(({ folder }) => rmSync(folder, { recursive: true }));

locks("one holder at a time, and nothing is left", ({ folder }) => {
  const file = join(folder, "s");
  const release = tryLock(file);
  assert.throws(() => tryLock(file), (error: unknown) => error instanceof LockedError && error.pid === process.pid);
  release();
  tryLock(file)();
  assert.equal(readdirSync(folder), []);
});

locks("waiting ends with who holds it", ({ folder }) => {
  const file = join(folder, "s");
  const release = tryLock(file);
  const told: number[] = [];
  assert.throws(() => lockFile(file, 400, (pid) => told.push(pid)), (error: unknown) => error instanceof LockedError);
  assert.equal(told, [process.pid]);
  release();
});

const HOLD = resolve("tests/cli/hold_lock.node.ts");

function hold(file: string): Promise<ReturnType<typeof spawn>> {
  return new Promise((done, failed) => {
    const child = spawn(process.execPath, ["--import", "tsx", HOLD, file], { stdio: ["ignore", "pipe", "inherit"] });
    child.stdout!.once("data", () => done(child));
    child.once("exit", () => failed(new Error("the holder ended")));
  });
}

locks("a killed holder's lock is taken over, also twice in a row", async ({ folder }) => {
  const file = join(folder, "s");
  for (let i = 0; i < 2; i++) {
    const child = await hold(file);
    assert.throws(() => tryLock(file), (error: unknown) => error instanceof LockedError && error.pid === child.pid);
    child.removeAllListeners("exit");
    const ended = new Promise((done) => child.once("exit", done));
    child.kill("SIGKILL");
    await ended;
    assert.ok(existsSync(`${file}.lock`));
  }
  const release = tryLock(file);
  assert.throws(() => tryLock(file), (error: unknown) => error instanceof LockedError);
  release();
  assert.equal(readdirSync(folder), []);
});

locks("many processes never hold it at once", ({ folder }) => {
  const file = join(folder, "s");
  const run = spawnSync(process.execPath, ["--import", "tsx", HOLD, file, "contend", "6", "15"], { encoding: "utf8" });
  assert.is(run.status, 0, run.stderr + run.stdout);
  assert.match(run.stdout, /90 turns, 0 overlaps/);
  assert.equal(readdirSync(folder), []);
});
locks.run();
