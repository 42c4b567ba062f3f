// The lock of a file, and replacing the file under it.
import { spawn, spawnSync } from "node:child_process";
import { chmodSync, chownSync, existsSync, linkSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { renameSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Claim, releaseOwn } from "../../cli/state/claim.ts";
import { FOREIGN_MS_MAX, mayLive, newHolder, parseHolder } from "../../cli/state/holder.ts";
import { LockedError, LostError, ObstacleError, WaitError } from "../../cli/state/lock_errors.ts";
import { waitForClaim } from "../../cli/state/wait.ts";
import { skip } from "../harness/skip.ts";

interface Folder {
  folder: string;
  file: string;
}

const test = suite<Folder>("cli: the lock of the state file", { folder: "", file: "" });
test.before.each((context) => {
  context.folder = mkdtempSync(join(tmpdir(), "bpf-maps-lock-"));
  context.file = join(context.folder, "s");
});
test.after.each(({ folder }) => rmSync(folder, { recursive: true }));

const isLocked = (error: unknown): boolean => error instanceof LockedError;
const text = (value: string): Uint8Array => Buffer.from(value);

function replace(file: string, value: string): void {
  const claim = Claim.take(file);
  claim.write(text(value));
  claim.commit();
}

/** The file of the one who holds the lock of `file`. */
function holderFile(file: string): string {
  return join(`${file}.lock`, readdirSync(`${file}.lock`)[0]);
}

test("one holder at a time, and nothing is left", ({ folder, file }) => {
  const claim = Claim.take(file);
  assert.throws(() => Claim.take(file), (error: unknown) => error instanceof LockedError && error.holder?.pid === process.pid);
  claim.release();
  Claim.take(file).release();
  assert.equal(readdirSync(folder), []);
});

test("the file is replaced as a whole, and the lock given back", ({ folder, file }) => {
  replace(file, "old");
  const claim = Claim.take(file);
  claim.write(text("ne"), text("w"));
  assert.is(readFileSync(file, "utf8"), "old");
  claim.commit();
  claim.release();
  assert.is(readFileSync(file, "utf8"), "new");
  assert.equal(readdirSync(folder), ["s"]);
});

test("a new file has the rights that umask leaves, a replaced one keeps its own", ({ file }) => {
  const umask = process.umask(0o027);
  try {
    replace(file, "a");
    assert.is(statSync(file).mode & 0o7777, 0o640);
    for (const mode of [0o600, 0o400, 0o666]) {
      chmodSync(file, mode);
      const claim = Claim.take(file);
      // Never readable by more than the file: not while it is empty, not while it is written.
      assert.is(statSync(holderFile(file)).mode & 0o077 & ~mode, 0);
      claim.write(text("b"));
      assert.is(statSync(holderFile(file)).mode & 0o7777, mode);
      claim.commit();
      assert.is(statSync(file).mode & 0o7777, mode);
    }
  } finally {
    process.umask(umask);
  }
});

if (process.getuid?.() !== 0) {
  skip(test, "a file that root replaces stays its owner's", "only root may give files away");
} else {
  test("a file that root replaces stays its owner's", ({ file }) => {
    replace(file, "a");
    chownSync(file, 1234, 4321);
    replace(file, "b");
    assert.equal([statSync(file).uid, statSync(file).gid], [1234, 4321]);
  });
}

test("who was taken over replaces nothing, whatever it was about to do", ({ folder, file }) => {
  replace(file, "old");
  for (const stage of ["taken", "written", "released"]) {
    const slow = Claim.take(file);
    if (stage !== "taken") slow.write(text("slow"));
    // As if it were held by another container, for too long.
    rmSync(holderFile(file));
    const fast = Claim.take(file);
    if (stage === "taken") assert.throws(() => slow.write(text("slow")), (error: unknown) => error instanceof LostError);
    assert.throws(() => slow.check(), (error: unknown) => error instanceof LostError);
    assert.throws(() => slow.commit(), (error: unknown) => error instanceof LostError);
    slow.release();
    fast.write(text(stage));
    if (stage === "released") assert.throws(() => slow.commit(), (error: unknown) => error instanceof LostError);
    fast.commit();
    assert.throws(() => slow.commit(), (error: unknown) => error instanceof LostError);
    assert.is(readFileSync(file, "utf8"), stage);
  }
  assert.equal(readdirSync(folder), ["s"]);
});

test("a holder of which nothing can be seen is given ten minutes", ({ file }) => {
  const claim = Claim.take(file);
  const name = holderFile(file);
  const foreign = join(`${file}.lock`, newHolder().name.replace(/^(\d+-\d*)-\w+-/, "$1-elsewh-"));
  renameSync(name, foreign);
  assert.throws(() => Claim.take(file), isLocked);
  const old = new Date(Date.now() - FOREIGN_MS_MAX - 1000);
  utimesSync(foreign, old, old);
  const next = Claim.take(file);
  assert.throws(() => claim.check(), (error: unknown) => error instanceof LostError);
  next.release();
});

test("who lives is found by machine, boot, namespace, process and its start", () => {
  const self = newHolder();
  const now = Date.now();
  assert.equal(parseHolder(self.name), self);
  assert.ok(mayLive(self, self, 0));
  assert.not.ok(mayLive({ ...self, pid: 2 ** 22 + 1 }, self, now));
  assert.not.ok(mayLive({ ...self, pid: 0 }, self, now));
  for (const other of [{ host: "x" }, { namespace: "x" }, { boot: "x" }]) {
    // The process id says nothing there.
    assert.ok(mayLive({ ...self, ...other, pid: 2 ** 22 + 1 }, self, now));
    assert.not.ok(mayLive({ ...self, ...other }, self, now - FOREIGN_MS_MAX));
    // A clock that was wrong must not lock for ever.
    assert.not.ok(mayLive({ ...self, ...other }, self, now + FOREIGN_MS_MAX + 1000));
  }
  if (self.start !== "") assert.not.ok(mayLive({ ...self, start: "1" }, self, now));
});

const AHEAD = "1-1-a-b-c-00000000000000000000";

for (const [what, make] of [
  ["a file", (lock: string) => writeFileSync(lock, "../../x\n1\n1\n")],
  ["a link to itself", (lock: string) => symlinkSync("s.lock", lock)],
  ["a link to nothing", (lock: string) => symlinkSync("gone", lock)],
  ["a link to a device", (lock: string) => symlinkSync("/dev/zero", lock)],
  ["a link to a folder", (lock: string) => symlinkSync(".", lock)],
  ["a pipe", (lock: string) => spawnSync("mkfifo", [lock])],
  ["a folder with a foreign file", (lock: string) => (mkdirSync(lock), writeFileSync(join(lock, "mine"), ""))],
  ["a folder with a folder", (lock: string) => mkdirSync(join(lock, "sub"), { recursive: true })],
] as const) {
  test(`${what} where the lock goes is said at once and left alone`, async ({ folder, file }) => {
    writeFileSync(file, "old");
    make(`${file}.lock`);
    const before = readdirSync(folder).sort();
    await waitForClaim(file, 60_000, () => {}).then(
      () => assert.unreachable(),
      (error: unknown) => assert.instance(error, ObstacleError),
    );
    releaseObstacle(file);
    assert.equal(readdirSync(folder).sort(), before);
    assert.is(readFileSync(file, "utf8"), "old");
  });
}

/** Giving back what one does not have changes nothing either. */
function releaseObstacle(file: string): void {
  try {
    releaseOwn(file);
  } catch (error) {
    assert.instance(error, ObstacleError);
  }
}

test("a name in the lock's folder is a name and no path", ({ folder, file }) => {
  for (const name of ["../x", "1-1-a-b-c-../../../../../../../x", "x\n1-1-a-b-c-00000000000000000000", `${AHEAD}0`, "1-1-a-b-c-"]) {
    assert.is(parseHolder(name), undefined, name);
  }
  // A dead holder's name on somebody's folder, or on a second name of somebody's file: only the name goes.
  writeFileSync(join(folder, "victim"), "precious");
  mkdirSync(`${file}.lock`);
  const dead = newHolder().name.replace(/^\d+-/, `${2 ** 22 + 1}-`);
  linkSync(join(folder, "victim"), join(`${file}.lock`, dead));
  Claim.take(file).release();
  assert.is(readFileSync(join(folder, "victim"), "utf8"), "precious");
  mkdirSync(join(`${file}.lock`, dead, "inside"), { recursive: true });
  assert.throws(() => Claim.take(file), / is a folder, which this program did not make; remove it$/);
  assert.ok(existsSync(join(`${file}.lock`, dead, "inside")));
});

test("an empty folder is a free lock", ({ folder, file }) => {
  mkdirSync(`${file}.lock`);
  replace(file, "a");
  assert.equal(readdirSync(folder), ["s"]);
});

test("what users keep beside the file stays, also when a dead holder is cleared away", ({ folder, file }) => {
  const dead = newHolder().name.replace(/^\d+-/, `${2 ** 22 + 1}-`);
  const kept = ["s.tmp-mybackup", "s.lock-mine", "s.lock.bak", "s.lock-1-1-a-b-c-x", "s2"];
  for (const name of kept) writeFileSync(join(folder, name), "mine");
  mkdirSync(`${file}.lock`);
  writeFileSync(join(`${file}.lock`, dead), "half");
  // What a process leaves that is killed in the instant of taking the lock, once alone and once with a user's file in it.
  const left = newHolder().name.replace(/^\d+-/, `${2 ** 22 + 2}-`);
  mkdirSync(`${file}.lock-${left}`);
  writeFileSync(join(`${file}.lock-${left}`, left), "");
  const used = newHolder().name.replace(/^\d+-/, `${2 ** 22 + 3}-`);
  mkdirSync(`${file}.lock-${used}`);
  writeFileSync(join(`${file}.lock-${used}`, "mine"), "");
  replace(file, "new");
  assert.equal(readdirSync(folder).sort(), [...kept, "s", `s.lock-${used}`].sort());
});

test("a signal gives back what this process holds, and nothing else", ({ folder, file }) => {
  const claim = Claim.take(file);
  releaseOwn(file);
  assert.equal(readdirSync(folder), []);
  assert.throws(() => claim.commit(), (error: unknown) => error instanceof LostError);
  mkdirSync(`${file}.lock`);
  writeFileSync(join(`${file}.lock`, AHEAD), "");
  releaseOwn(file);
  assert.equal(readdirSync(`${file}.lock`), [AHEAD]);
});

test("waiting ends with who holds it", async ({ file }) => {
  const claim = Claim.take(file);
  const told: number[] = [];
  await waitForClaim(file, 400, (holder) => told.push(holder.pid)).then(
    () => assert.unreachable(),
    (error: unknown) => assert.ok(error instanceof WaitError && error.holder?.pid === process.pid),
  );
  assert.equal(told, [process.pid]);
  setTimeout(() => claim.release(), 50);
  (await waitForClaim(file, 5000, () => {})).release();
});

const HOLD = resolve("tests/cli/hold_lock.node.ts");

function hold(file: string): Promise<ReturnType<typeof spawn>> {
  return new Promise((done, failed) => {
    const child = spawn(process.execPath, ["--import", "tsx", HOLD, file], { stdio: ["ignore", "pipe", "inherit"] });
    child.stdout!.once("data", () => done(child));
    child.once("exit", () => failed(new Error("the holder ended")));
  });
}

test("a killed holder's lock is taken over, also twice in a row", async ({ folder, file }) => {
  for (let i = 0; i < 2; i++) {
    const child = await hold(file);
    assert.throws(() => Claim.take(file), (error: unknown) => error instanceof LockedError && error.holder?.pid === child.pid);
    child.removeAllListeners("exit");
    const ended = new Promise((done) => child.once("exit", done));
    child.kill("SIGKILL");
    await ended;
    assert.ok(existsSync(`${file}.lock`));
  }
  const claim = Claim.take(file);
  assert.throws(() => Claim.take(file), isLocked);
  claim.release();
  assert.equal(readdirSync(folder), []);
});

test("many processes never hold it at once", ({ folder, file }) => {
  const run = spawnSync(process.execPath, ["--import", "tsx", HOLD, file, "contend", "6", "15"], { encoding: "utf8" });
  assert.is(run.status, 0, run.stderr + run.stdout);
  assert.match(run.stdout, /90 turns, 0 overlaps/);
  assert.equal(readdirSync(folder), []);
});

test.run();
