// follow: records of a ring buffer, in one kernel and across processes.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Store } from "../../cli/state/store.ts";
import type { Kernel } from "../../bindings/index.ts";
import { goldenKernel, runText } from "./tool.ts";

const PIN = "/sys/fs/bpf/r";
const CREATE = `map create ${PIN} type ringbuf key 0 value 0 entries 4096 name r`;

/** Puts records of these bytes into the pinned ring buffer, as a program would. */
function produce(kernel: Kernel, records: readonly (readonly number[])[]): void {
  const ring = kernel.openPinned(PIN, { type: "ringbuf" });
  for (const record of records) assert.ok(ring.output(Uint8Array.from(record)));
  ring.close();
}

const test = suite("cli: follow");

test("records are printed and taken, over many laps of the ring", () => {
  const kernel = goldenKernel();
  assert.is(runText(kernel, CREATE).code, 0);
  for (let lap = 0; lap < 300; lap++) {
    produce(kernel, [[lap & 255, 1, 2], [9, 8, 7, 6, 5, 4, 3, 2, 1]]);
    const first = (lap & 255).toString(16).padStart(2, "0");
    const expected = `record: 3B\n${first} 01 02\nrecord: 9B\n09 08 07 06 05 04 03 02  01\nFound 2 records\n`;
    assert.is(runText(kernel, "map follow name r --once").stdout, expected);
  }
  assert.is(runText(kernel, "map follow name r --once").stdout, "Found 0 records\n");
});

test("--count leaves the rest, -j prints an array", () => {
  const kernel = goldenKernel();
  runText(kernel, CREATE);
  produce(kernel, [[1], [2], [3]]);
  assert.is(runText(kernel, "-j map follow name r --once --count 1").stdout, '[{"size":1,"record":["0x01"]}]\n');
  assert.match(runText(kernel, "map follow name r --once").stdout, /^record: 1B\n02\nrecord: 1B\n03\nFound 2 records\n$/);
});

test("import puts each line into the ring as a record", () => {
  const kernel = goldenKernel();
  runText(kernel, CREATE);
  const folder = mkdtempSync(join(tmpdir(), "bpf-maps-follow-"));
  try {
    writeFileSync(join(folder, "a"), "AB\n\nC");
    assert.is(runText(kernel, `map import name r ${join(folder, "a")}`).stdout, "Imported 3 records\n");
    assert.is(runText(kernel, "map follow name r").stdout, "record: 2B\n41 42\nrecord: 0B\n\nrecord: 1B\n43\n");
    writeFileSync(join(folder, "a"), "00ff\n1\n");
    const answer = runText(kernel, `map import name r ${join(folder, "a")} --value hex`);
    assert.match(answer.stderr, /^Error: can't import \S+: line 2: can't parse "1" as hex \(1 record was imported before\)\n$/);
    assert.is(runText(kernel, "map follow name r").stdout, "record: 2B\n00 ff\n");
    writeFileSync(join(folder, "a"), `${"x".repeat(1000)}\n`.repeat(5));
    assert.match(runText(kernel, `map import name r ${join(folder, "a")}`).stderr, /line 5: the ring buffer is full \(4 records were imported before\)/);
    assert.match(runText(kernel, `map import name r ${folder}/no`).stderr, /can't read .*: No such file/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("other maps and wrong words are refused", () => {
  const kernel = goldenKernel();
  runText(kernel, "map create /sys/fs/bpf/a type array key 4 value 4 entries 1 name a");
  assert.is(runText(kernel, "map follow name a").stderr, "Error: map is not a ring buffer\n");
  assert.match(runText(kernel, "map follow name a b").stderr, /3 arguments found/);
  runText(kernel, CREATE);
  assert.match(runText(kernel, "map follow name r --count x").stderr, /can't parse x as --count/);
});

async function change(path: string, work: (kernel: Kernel) => void): Promise<void> {
  const store = new Store({ path, writes: true, cpus: () => 1, waitMs: 10_000, onWait: () => {} });
  try {
    work(await store.load());
    store.prepare();
    store.commit();
  } finally {
    store.close();
  }
}

test("it waits for what other processes put into the state file", async () => {
  const folder = mkdtempSync(join(tmpdir(), "bpf-maps-follow-"));
  const path = join(folder, "state");
  try {
    await change(path, (kernel) => {
      runText(kernel, CREATE);
      produce(kernel, [[1], [2]]);
    });
    const args = [resolve("dist/cli.cjs"), "--state", path, "-j", "map", "follow", "name", "r", "--count", "3"];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    let said = "";
    const ended = new Promise<number | null>((done) => child.once("close", done));
    await new Promise<void>((done) => {
      child.stdout.on("data", (chunk: Buffer) => {
        said += String(chunk);
        done();
      });
    });
    assert.is(said, '[{"size":1,"record":["0x01"]},{"size":1,"record":["0x02"]}]\n');
    await change(path, (kernel) => produce(kernel, [[3]]));
    assert.is(await ended, 0);
    assert.match(said, /\n\[\{"size":1,"record":\["0x03"\]\}\]\n$/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
test.run();
