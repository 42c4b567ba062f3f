import { parseArgs } from "node:util";
import { CommandError } from "./command_error.ts";

export interface FlowsOptions {
  /** The capture; "-" is standard input. */
  file: string;
  top: number;
  maxFlows: number;
  json: boolean;
}

const TOP_DEFAULT = 10;
const MAX_FLOWS_DEFAULT = 1_048_576;
/** What Linux allows as max_entries of a hash map. */
const MAX_FLOWS_LIMIT = 2 ** 27;
const TOP_LIMIT = 1_000_000;

export const FLOWS_HELP = `Usage: bpf-maps flows [OPTIONS] CAPTURE

Accounts the traffic of a packet capture (pcap or pcapng, "-" for standard input) in BPF maps:
a hash map keyed by the 5-tuple and an array map with a counter per protocol. Prints the top
flows by bytes, the counters and the totals. Bytes are those of whole frames on the wire.
The first fragment of a datagram counts with its ports, later ones as a flow "fragments"
without ports. Tunnels (GRE, VXLAN, IP in IP) count as their outer flow. Interrupted (Ctrl-C),
it prints what it has counted so far.

Options:
  --top N          how many flows to print (default ${TOP_DEFAULT})
  --max-flows N    max_entries of the flow map (default ${MAX_FLOWS_DEFAULT}); the packets of
                   further flows are counted as dropped
  -j, --json       print one JSON object instead of tables
  -h, --help       print this text

Exit codes: 0 done, 1 the capture cannot be read (to its end), 2 wrong options, 130 interrupted.
`;

const EXIT_USAGE = 2;

/** The options of the command, or "help". Throws CommandError. */
export function parseOptions(argv: readonly string[], defaultFile?: string): FlowsOptions | "help" {
  const { values, positionals } = parse(argv);
  if (values.help) return "help";
  const file = positionals[0] ?? defaultFile ?? usage("which capture? Usage: flows [OPTIONS] CAPTURE (see --help)");
  if (positionals.length > 1) usage(`one capture at a time: ${positionals.length} were given`);
  return {
    file,
    top: integer("--top", values.top, TOP_DEFAULT, 0, TOP_LIMIT),
    maxFlows: integer("--max-flows", values["max-flows"], MAX_FLOWS_DEFAULT, 1, MAX_FLOWS_LIMIT),
    json: values.json ?? false,
  };
}

function parse(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        top: { type: "string" },
        "max-flows": { type: "string" },
        json: { type: "boolean", short: "j" },
        help: { type: "boolean", short: "h" },
      },
    });
  } catch (error) {
    // parseArgs explains on further lines how to pass arguments that begin with a dash.
    return usage((error as Error).message.split("\n")[0].split(". ")[0]);
  }
}

function integer(option: string, text: string | undefined, absent: number, min: number, max: number): number {
  if (text === undefined) return absent;
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  if (value >= min && value <= max) return value;
  return usage(`${option} takes an integer from ${min} to ${max}: current value is ${JSON.stringify(text)}`);
}

function usage(message: string): never {
  throw new CommandError(message, EXIT_USAGE);
}
