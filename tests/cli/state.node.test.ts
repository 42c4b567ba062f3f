// The state file: its format, and what is read as one.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { printBytes } from "../../cli/commands/state_dump.ts";
import { Kernel } from "../../bindings/index.ts";
import { Fail } from "../../cli/fail.ts";
import { decodeHeader, encodeHeader, HEADER_SIZE } from "../../cli/state/format.ts";
import { readState } from "../../cli/state/read.ts";
import { Store } from "../../cli/state/store.ts";
import { targetOf } from "../../cli/state/target.ts";
import { goldenKernel, runText } from "./tool.ts";

interface Folder {
  folder: string;
}
const test = suite<Folder>("cli: the state file", { folder: "" });
test.before.each((context) => {
  context.folder = mkdtempSync(join(tmpdir(), "bpf-maps-state-"));
});
test.after.each(({ folder }) => rmSync(folder, { recursive: true }));

/** The state of a kernel with one small map. */
function sampleState(): Buffer {
  const kernel = goldenKernel();
  runText(kernel, "map create /sys/fs/bpf/m type hash key 4 value 4 entries 9 name m");
  const snapshot = kernel.snapshot();
  return Buffer.concat([encodeHeader(snapshot.length), snapshot]);
}

function load(path: string): Promise<Kernel> {
  return new Store({ path, writes: false, cpus: () => 1, waitMs: 0, onWait: () => {} }).load();
}

async function problemOf(path: string): Promise<string> {
  const error = await load(path).catch((problem: unknown) => problem);
  assert.instance(error, Fail);
  return (error as Error).message.replace(`can't read state file ${path}: `, "");
}

test("a missing file is undefined, a whole one comes back", ({ folder }) => {
  const path = join(folder, "s");
  assert.is(readState(path), undefined);
  writeFileSync(path, Buffer.concat([encodeHeader(3), Uint8Array.of(1, 2, 3)]));
  assert.equal(readState(path)!.snapshot, Uint8Array.of(1, 2, 3));
});

test("a snapshot is read as a state file, and a state file as a snapshot", async ({ folder }) => {
  const path = join(folder, "s");
  const file = sampleState();
  const namesOf = (kernel: Kernel): string[] => kernel.maps().map(({ name }) => name);
  assert.equal(namesOf(Kernel.loadSync({ snapshot: file })), ["m"]);
  assert.throws(() => Kernel.loadSync({ snapshot: file.subarray(0, 20) }), /Cannot restore snapshot: it is empty/);
  writeFileSync(path, file.subarray(HEADER_SIZE));
  assert.equal(namesOf(await load(path)), ["m"]);
  writeFileSync(path, file.subarray(HEADER_SIZE, -1));
  assert.match(await problemOf(path), /it should have/);
});

test("every flipped bit and every cut is noticed", async ({ folder }) => {
  const path = join(folder, "s");
  const file = sampleState();
  writeFileSync(path, file);
  await load(path);
  for (let at = 0; at < file.length; at += at < 128 ? 1 : 53) {
    const bad = Buffer.from(file);
    bad[at] ^= 1 << at % 8;
    for (const bytes of [bad, file.subarray(0, at), Buffer.concat([file, bad.subarray(0, at + 1)])]) {
      writeFileSync(path, bytes);
      const error = await load(path).catch((problem: unknown) => problem);
      assert.instance(error, Fail, `byte ${at}`);
      assert.match((error as Error).message, /^can't read state file /);
    }
  }
});

test("what is wrong with a header is said", () => {
  const header = encodeHeader(7);
  assert.is(decodeHeader(header, HEADER_SIZE + 7), 7);
  assert.throws(() => decodeHeader(header.with(0, 0), HEADER_SIZE + 7), /not a state file/);
  assert.throws(() => decodeHeader(header.with(8, 9), HEADER_SIZE + 7), /version is 9/);
  assert.throws(() => decodeHeader(new Uint8Array(0), 0), /empty/);
  assert.throws(() => decodeHeader(header, HEADER_SIZE + 6), /truncated/);
  assert.throws(() => decodeHeader(header, HEADER_SIZE + 8), /damaged/);
  assert.throws(() => decodeHeader(encodeHeader(2 ** 32), HEADER_SIZE + 2 ** 32), /larger than 4 GiB/);
});

test("only regular files are read, and their size only where the header has it", async ({ folder }) => {
  const path = join(folder, "s");
  for (const [link, problem] of [
    ["/dev/zero", /it is a device/],
    ["/dev/full", /it is a device/],
    [folder, /it is a directory/],
  ] as const) {
    symlinkSync(link, path);
    assert.match(await problemOf(path), problem);
    rmSync(path);
  }
  execFileSync("mkfifo", [path]);
  assert.match(await problemOf(path), /it is a pipe/);
  rmSync(path);
  // A sparse file: nothing of its 3 GiB is read.
  writeFileSync(path, "");
  truncateSync(path, 3 * 2 ** 30);
  assert.match(await problemOf(path), /it is not a state file/);
  symlinkSync("loop", join(folder, "loop"));
  assert.match(await problemOf(join(folder, "loop")), /Too many levels of symbolic links/);
});

test("links are followed to where they lead, though nothing is there", ({ folder }) => {
  mkdirSync(join(folder, "d", "e"), { recursive: true });
  for (const [name, link] of [["a", "b"], ["b", "d/c"], ["d/c", "../gone"], ["abs", join(folder, "d/new")], ["up", "dir/../new"], ["dir", "d/e"]]) {
    symlinkSync(link, join(folder, name));
  }
  const write = (name: string): void => writeFileSync(targetOf(join(folder, name)), name);
  write("a");
  assert.is(readFileSync(join(folder, "gone"), "utf8"), "a");
  write("abs");
  assert.is(readFileSync(join(folder, "d/new"), "utf8"), "abs");
  // ".." is the parent of d/e, to which dir leads.
  write("up");
  assert.is(readFileSync(join(folder, "d/new"), "utf8"), "up");
  assert.is(targetOf(join(folder, "plain")), join(folder, "plain"));
  symlinkSync("y", join(folder, "x"));
  symlinkSync("x", join(folder, "y"));
  assert.throws(() => targetOf(join(folder, "x")), /ELOOP/);
});

test("a dump is printed in pieces that end anywhere, also inside a character", () => {
  const text = `x${"é日😀".repeat(300_000)}`;
  const pieces: string[] = [];
  printBytes({ out: (piece) => void pieces.push(piece) }, new TextEncoder().encode(text));
  assert.ok(pieces.length > 2);
  assert.ok(pieces.join("") === text);
});

test.run();
