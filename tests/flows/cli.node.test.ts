import { spawn } from "node:child_process";
import { chmodSync, closeSync, existsSync, openSync, readFileSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { build } from "esbuild";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { run } from "../../cli/flows/run.ts";
import { skip } from "../harness/skip.ts";
import { IPV4, UDP, ethernet, ipv4, pcap, udp } from "./frames.ts";
import { BIG_ENDIAN, MALFORMED, SMTP, temporaryFolder, writeCapture, type RunResult } from "./run_flows.ts";

// The program as a user starts it: bundled for Node, in a process of its own.
const folder = temporaryFolder();
const program = join(folder, "flows.mjs");

/** Time for a program to start and to read what is there. */
const INTERRUPT_MS = 2000;

interface StartOptions {
  stdin?: Uint8Array;
  env?: Record<string, string>;
  uid?: number;
  /** Close the reading end of stdout before anything comes. */
  closeStdout?: boolean;
}

function start(argv: string[], options: StartOptions = {}): Promise<RunResult> {
  const { stdin, env = {}, uid, closeStdout = false } = options;
  const { npm_lifecycle_event: _event, INIT_CWD: _cwd, ...inherited } = process.env;
  const child = spawn(process.execPath, [program, ...argv], { env: { ...inherited, ...env }, uid });
  let stdout = "";
  let stderr = "";
  if (closeStdout) child.stdout.destroy();
  else child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr!.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  child.stdin.on("error", () => {}); // the program may end before it has read everything
  child.stdin.end(stdin);
  return new Promise((done, fail) => {
    child.on("error", fail);
    child.on("close", (code) => done({ code: code ?? -1, stdout, stderr }));
  });
}

const flows = (count: number): Uint8Array =>
  pcap(
    Array.from({ length: count }, (_, i) => ({
      data: ethernet(IPV4, ipv4({ source: [10, 0, i >> 8, i & 255], protocol: UDP, payload: udp(1, 2) })),
    })),
  );

const cli = suite("flows: program");

cli.before(async () => {
  await build({
    entryPoints: ["cli/flows/main.ts"],
    outfile: program,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    logLevel: "error",
  });
});

cli.after(() => rmSync(folder, { recursive: true }));

cli("without arguments it reads the capture that the dev dependency ships", async () => {
  const { code, stdout, stderr } = await start([]);
  assert.equal([code, stderr], [0, ""]);
  assert.match(stdout, /^node_modules\/pcap-parser\/test\/smtp\.pcap: pcap, Ethernet, 60 packets, 26,866 bytes\n/);
});

cli("reads the file that it is given, and standard input", async () => {
  assert.match((await start([BIG_ENDIAN])).stdout, /^\S+be\.pcap: pcap, Ethernet, 5 packets, 380 bytes\n1970-01-01/);
  const { code, stdout } = await start(["-"], { stdin: readFileSync(SMTP) });
  assert.is(code, 0);
  assert.match(stdout, /^standard input: pcap, Ethernet, 60 packets/);
});

cli("npm start takes a relative file from where it was typed", async () => {
  writeCapture(folder, "here.pcap", flows(3));
  const env = { npm_lifecycle_event: "start", INIT_CWD: folder };
  assert.match((await start(["here.pcap"], { env })).stdout, /^here\.pcap: .* 3 packets/);
  assert.match((await start([], { env })).stdout, /smtp\.pcap: .* 60 packets/);
});

const cut = (name: string, length: number): string =>
  writeCapture(folder, name, readFileSync(SMTP).subarray(0, length));

const FAILURES: [name: string, argv: () => string[], code: number, stderr: RegExp][] = [
  ["a missing file", () => ["no/such.pcap"], 1, /^flows: no\/such\.pcap does not exist$/],
  ["a file for a folder", () => [`${SMTP}/x`], 1, /smtp\.pcap\/x cannot be read: ENOTDIR$/],
  ["a directory", () => [folder], 1, /^flows: \S+ is a directory$/],
  ["not a pcap", () => [MALFORMED], 1, /malformed\.pcap is not a packet capture \(neither pcap nor pcapng\)$/],
  ["an empty file", () => [cut("empty.pcap", 0)], 1, /empty\.pcap is empty$/],
  ["a capture without packets", () => [cut("header.pcap", 24)], 1, /header\.pcap is empty: it holds no packets$/],
  ["a truncated header", () => [cut("short.pcap", 20)], 1, /ends inside the file header \(20 of 24 bytes\)$/],
  ["a truncated packet", () => [cut("cut.pcap", 5000)], 1, /cut\.pcap is truncated: it ends inside packet \d+$/],
  ["an unknown option", () => ["--frobnicate"], 2, /^flows: Unknown option '--frobnicate'$/],
  ["an option without value", () => ["--top"], 2, /^flows: Option '--top <value>' argument missing$/],
  ["a wrong --top", () => ["--top", "-1", SMTP], 2, /^flows: .*--top/],
  ["a wrong number", () => ["--top=1e3", SMTP], 2, /--top takes an integer from 0 to 1000000: current value is "1e3"$/],
  ["no room for a flow", () => ["--max-flows", "0", SMTP], 2, /--max-flows takes an integer from 1 to 134217728: /],
  ["two files", () => [SMTP, SMTP], 2, /^flows: one capture at a time: 2 were given$/],
];

for (const [name, argv, code, stderr] of FAILURES) {
  cli(`${name}: one line on stderr, exit code ${code}`, async () => {
    const result = await start(argv());
    assert.is(result.code, code);
    assert.match(result.stderr, /^[^\n]+\n$/);
    assert.match(result.stderr.trimEnd(), stderr);
    assert.is(result.stdout === "", name !== "a truncated packet");
  });
}

cli("a truncated capture is reported as far as it goes", async () => {
  const { stdout } = await start([cut("cut.pcap", 5000)]);
  assert.match(stdout, /cut\.pcap: pcap, Ethernet, \d+ packets/);
});

cli("a file that may not be read", async () => {
  // Root may read everything, so the child of root is somebody else.
  chmodSync(folder, 0o755);
  const path = writeCapture(folder, "secret.pcap", flows(1));
  chmodSync(path, 0o000);
  const uid = process.getuid?.() === 0 ? 65534 : undefined;
  const { code, stdout, stderr } = await start([path], { uid });
  assert.equal([code, stdout], [1, ""]);
  assert.match(stderr, /^flows: \S+secret\.pcap cannot be read: permission denied\n$/);
});

cli("a closed pipe on stdout ends it quietly", async () => {
  const path = writeCapture(folder, "many.pcap", flows(5000));
  const whole = await start(["--top", "5000", path]);
  assert.ok(whole.stdout.length > 2 * 65536, "the table is larger than a pipe holds");
  const { code, stderr } = await start(["--top", "5000", path], { closeStdout: true });
  assert.equal([code, stderr], [0, ""]);
});

const FULL = "a full device under stdout is said in one line";
if (!existsSync("/dev/full")) skip(cli, FULL, "there is no /dev/full");
else cli(FULL, async () => {
  const full = openSync("/dev/full", "w");
  const child = spawn(process.execPath, [program, resolve(SMTP)], { stdio: ["ignore", full, "pipe"] });
  closeSync(full);
  let stderr = "";
  child.stderr!.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const code = await new Promise((done) => child.on("close", done));
  assert.equal([code, stderr], [1, "flows: the report cannot be written: ENOSPC\n"]);
});

cli("an interruption prints what there is so far", async () => {
  const child = spawn(process.execPath, [program, "--json", "-"]);
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr!.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  child.stdin.on("error", () => {});
  // The rest of the capture never comes.
  child.stdin.write(flows(7));
  setTimeout(() => child.kill("SIGINT"), INTERRUPT_MS);
  const code = await new Promise((done) => child.on("close", done));
  assert.equal([code, stderr], [130, "flows: standard input was not read to its end: interrupted\n"]);
  assert.is(JSON.parse(stdout).packets, 7);
});

cli("control characters of the command line do not reach the terminal", async () => {
  for (const argv of [["\x1b]0;x\x07"], ["--\x1b[2J"], ["--top", "\x1b[2J", SMTP], [SMTP, "--top=\x9b2J"]]) {
    const { code, stdout, stderr } = await start(argv);
    assert.ok(code !== 0);
    assert.is(stdout, "");
    assert.match(stderr, /^flows: [^\x00-\x1f\x7f-\x9f]+\n$/);
  }
});

cli("--help prints the options on stdout", async () => {
  for (const option of ["--help", "-h"]) {
    const { code, stdout, stderr } = await start([option]);
    assert.equal([code, stderr], [0, ""]);
    assert.match(stdout, /^Usage: bpf-maps flows \[OPTIONS\] CAPTURE\n[^]*--top N[^]*--max-flows N[^]*--json/);
  }
});

const progress = suite("flows: progress");

const TERMINALS: [stdout: boolean, stderr: boolean, drawn: boolean][] = [
  [true, true, true],
  [false, true, false],
  [true, false, false],
  [false, false, false],
];

for (const [stdoutIsTTY, stderrIsTTY, drawn] of TERMINALS) {
  progress(`stdout ${stdoutIsTTY ? "is" : "is not"} a terminal, stderr ${stderrIsTTY ? "is" : "is not"}`, async () => {
    const now = performance.now;
    let clockMs = 0;
    performance.now = () => (clockMs += 1000); // a computer on which everything takes its time
    try {
      let stdout = "";
      let stderr = "";
      const code = await run([resolve(SMTP)], {
        stdout: { write: (text) => (stdout += text), isTTY: stdoutIsTTY },
        stderr: { write: (text) => (stderr += text), isTTY: stderrIsTTY, columns: 80 },
        stdin: process.stdin,
      });
      assert.is(code, 0);
      assert.not.match(stdout, /█/);
      if (drawn) assert.match(stderr, /^\r█{30} 100%  27\.9 kB of 27\.9 kB  0 s left\x1b\[K\r\x1b\[K$/);
      else assert.is(stderr, "");
    } finally {
      performance.now = now;
    }
  });
}

cli.run();
progress.run();
