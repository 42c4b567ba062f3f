import { BpfError, Kernel } from "../../bindings/index.ts";
import { FlowAccounts } from "./accounts.ts";
import { CaptureReader } from "./capture_reader.ts";
import { CommandError } from "./command_error.ts";
import { Decoder } from "./decode.ts";
import { printable } from "../printable.ts";
import { formatFileName } from "./format.ts";
import type { FlowsIo } from "./io.ts";
import { isSupportedLinkType, linkTypeName, unsupportedLinkType } from "./link_types.ts";
import { FLOWS_HELP, parseOptions, type FlowsOptions } from "./options.ts";
import { formatReport } from "./report.ts";
import { formatReportJson } from "./report_json.ts";
import { isInterruption, problemOf, readCapture } from "./source.ts";

/** Names of link types in an error line, of a capture that may have thousands. */
const LINK_TYPES_SHOWN = 4;
const EXIT_FAILURE = 1;
/** What a shell reports for a program that SIGINT ended. */
const EXIT_INTERRUPTED = 130;

/**
 * The command `flows`: accounts the packets of a capture in maps and prints the report on stdout. `argv` holds the
 * arguments behind the command's name; `defaultFile` is the capture when they name none.
 *
 * Resolves to the exit code: 0, 1 after an error line about the capture on stderr, 2 after one about the arguments, 130
 * after an interruption. A capture that breaks off is reported as far as it goes, then the error line follows.
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
    io.stderr.write(`flows: ${printable(error.message)}\n`);
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
    const failure = await readCapture(reader, options.file, io).then(
      () => undefined,
      (error: unknown) =>
        new CommandError(`${file} ${problemOf(error)}`, isInterruption(error) ? EXIT_INTERRUPTED : EXIT_FAILURE),
    );
    const elapsedMs = performance.now() - startMs;
    const totals = accounts.totals();
    const { linkTypes } = reader;
    if (linkTypes.length > 0 && !linkTypes.some(isSupportedLinkType)) {
      throw new CommandError(`${file} cannot be accounted: ${linkTypes.slice(0, LINK_TYPES_SHOWN).map(unsupportedLinkType).join(", ")}`, EXIT_FAILURE);
    }
    if (totals.packets > 0n) {
      const report = {
        file,
        format: reader.format ?? "",
        linkTypes: linkTypes.map(linkTypeName),
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
