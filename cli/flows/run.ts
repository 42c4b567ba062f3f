import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { BpfError, Kernel } from "../../bindings/index.ts";
import { FlowAccounts } from "./accounts.ts";
import { CaptureError } from "./capture_error.ts";
import { CaptureReader } from "./capture_reader.ts";
import { CommandError } from "./command_error.ts";
import { Decoder } from "./decode.ts";
import { formatFileName } from "./format.ts";
import type { FlowsIo } from "./io.ts";
import { linkTypeName } from "./link_layer.ts";
import { FLOWS_HELP, parseOptions, type FlowsOptions } from "./options.ts";
import { ProgressBar } from "./progress.ts";
import { formatReport } from "./report.ts";
import { formatReportJson } from "./report_json.ts";

const CHUNK_SIZE = 1024 * 1024;
const EXIT_FAILURE = 1;

/**
 * The command `flows`: accounts the packets of a capture in maps and prints the report on stdout. `argv` holds the
 * arguments behind the command's name; `defaultFile` is the capture when they name none.
 *
 * Resolves to the exit code: 0, 1 after an error line about the capture on stderr, 2 after one about the arguments. A
 * capture that breaks off is reported as far as it goes, then the error line follows.
 */
export async function run(argv: readonly string[], io: FlowsIo, defaultFile?: string): Promise<number> {
  try {
    const options = parseOptions(argv, defaultFile);
    if (options === "help") io.stdout.write(FLOWS_HELP);
    else await account(options, io);
    return 0;
  } catch (error) {
    // Any other error is a bug, and its stack trace is what helps to find it.
    if (!(error instanceof CommandError || error instanceof BpfError)) throw error;
    io.stderr.write(`flows: ${error.message}\n`);
    return error instanceof CommandError ? error.exitCode : EXIT_FAILURE;
  }
}

async function account(options: FlowsOptions, io: FlowsIo): Promise<void> {
  const file = options.file === "-" ? "standard input" : formatFileName(options.file);
  const accounts = new FlowAccounts(await Kernel.load(), options.maxFlows);
  try {
    const decoder = new Decoder();
    const reader = new CaptureReader((packet) => {
      accounts.add(decoder.decode(packet), decoder.key, packet.wireLength, packet.timeNs);
    });
    const startMs = performance.now();
    const failure = await readFile(reader, options.file, io).then(
      () => undefined,
      (error: unknown) => new CommandError(`${file} ${problemOf(error)}`, EXIT_FAILURE),
    );
    const elapsedMs = performance.now() - startMs;
    const totals = accounts.totals();
    if (totals.packets > 0n) {
      const report = {
        file,
        format: reader.format ?? "",
        linkTypes: reader.linkTypes.map(linkTypeName),
        ...totals,
        ...accounts.topFlows(options.top),
        maxFlows: options.maxFlows,
        dropped: accounts.dropped,
        elapsedMs,
      };
      io.stdout.write(options.json ? formatReportJson(report) : formatReport(report));
    }
    if (failure !== undefined) throw failure;
    if (totals.packets === 0n) throw new CommandError(`${file} is empty: it holds no packets`, EXIT_FAILURE);
  } finally {
    accounts.close();
  }
}

async function readFile(reader: CaptureReader, file: string, io: FlowsIo): Promise<void> {
  if (file === "-") return reader.read(io.stdin);
  const stats = await stat(file);
  if (stats.isDirectory()) throw new CaptureError("is a directory");
  // The end of a pipe cannot be foreseen, and whoever sends the report elsewhere is not watching.
  const bar = stats.isFile() && io.stdout.isTTY && io.stderr.isTTY ? new ProgressBar(io.stderr, stats.size) : undefined;
  try {
    await reader.read(createReadStream(file, { highWaterMark: CHUNK_SIZE }), (bytesRead) => bar?.update(bytesRead));
  } finally {
    bar?.clear();
  }
}

/** What is wrong with the capture, to stand behind its name. An error that is not about the capture is thrown on. */
function problemOf(error: unknown): string {
  if (error instanceof CaptureError) return error.message;
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (syscall !== "stat" && syscall !== "open" && syscall !== "read") throw error;
  if (code === "ENOENT") return "does not exist";
  if (code === "EACCES" || code === "EPERM") return "cannot be read: permission denied";
  return `cannot be read: ${code}`;
}
