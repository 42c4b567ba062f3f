// The options before, between and after the words, by the rules of getopt_long(3): short ones may be joined, long ones
// shortened, and "--" ends them.
import { OPTIONS, type OptionRow } from "./table.ts";

/** What the options said. */
export interface Options {
  json: boolean;
  pretty: boolean;
  /** Show the pins of each map. */
  bpffs: boolean;
  nomount: boolean;
  version: boolean;
  help: boolean;
  /** Values of options that take one, by long name, and of ours that do not, as "". */
  values: Map<string, string>;
}

/** Options and the words left over; or the option nobody knows, as it is named in the message. */
export interface Parsed {
  options: Options;
  words: string[];
  unknown: string | undefined;
}

function longOption(name: string): OptionRow | undefined {
  const exact = OPTIONS.find((row) => row.long === name);
  if (exact) return exact;
  // bpftool's options win, so that an abbreviation means the same with our additions as without them.
  for (const added of [false, true]) {
    const matches = OPTIONS.filter((row) => row.added === added && row.long.startsWith(name));
    if (matches.length === 1) return matches[0];
    if (matches.length > 1) return undefined;
  }
  return undefined;
}

function apply(options: Options, row: OptionRow, value: string): void {
  if (row.value !== undefined || row.added) options.values.set(row.long, value);
  switch (row.long) {
    case "json":
      options.json = true;
      break;
    case "pretty":
      options.json = options.pretty = true;
      break;
    case "bpffs":
      options.bpffs = true;
      break;
    case "nomount":
      options.nomount = true;
      break;
    case "version":
      options.version = true;
      break;
    case "help":
      options.help = true;
      break;
  }
}

/** Splits the command line. Reading stops at --help, at --base-btf and at an unknown option, as bpftool's does. */
export function parseOptions(argv: readonly string[], program: string): Parsed {
  const options: Options = {
    json: false,
    pretty: false,
    bpffs: false,
    nomount: false,
    version: false,
    help: false,
    values: new Map(),
  };
  const words: string[] = [];
  const result = (unknown?: string): Parsed => ({ options, words, unknown });

  for (let at = 0; at < argv.length; at++) {
    const arg = argv[at];
    if (arg === "--") {
      words.push(...argv.slice(at + 1));
      break;
    }
    if (!arg.startsWith("-") || arg === "-") {
      words.push(arg);
      continue;
    }
    if (arg.startsWith("--")) {
      const equals = arg.indexOf("=");
      const row = longOption(equals < 0 ? arg.slice(2) : arg.slice(2, equals));
      if (row === undefined || (equals >= 0 && row.value === undefined)) return result(arg);
      if (row.value !== undefined && equals < 0 && at + 1 >= argv.length) return result(arg);
      apply(options, row, equals >= 0 ? arg.slice(equals + 1) : row.value === undefined ? "" : argv[++at]);
      if (row.stops) return result();
      continue;
    }
    for (let i = 1; i < arg.length; i++) {
      const row = OPTIONS.find((option) => option.short === arg[i]);
      const inside = i + 1 < arg.length;
      // getopt has not stepped over a cluster while it is inside, and bpftool names the argument before that point.
      if (row === undefined) return result(inside ? (argv[at - 1] ?? program) : arg);
      if (row.value === undefined) {
        apply(options, row, "");
      } else if (inside) {
        apply(options, row, arg.slice(i + 1));
        i = arg.length;
      } else if (at + 1 < argv.length) {
        apply(options, row, argv[++at]);
      } else {
        return result(arg);
      }
      if (row.stops) return result();
    }
  }
  return result();
}
