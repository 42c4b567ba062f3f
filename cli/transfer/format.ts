// What import and export agree on: formats and columns.
import { type Column, columnOf, defaultColumnName } from "../column.ts";
import { Fail } from "../fail.ts";
import type { MapInfo } from "../map.ts";
import type { Session } from "../session.ts";
import { quoted } from "./quote.ts";

export type Format = "csv" | "jsonl" | "json";
const FORMATS: readonly string[] = ["csv", "jsonl", "json"];

/** The format that --format names, or the one the file's name tells. */
export function formatOf(session: Session, path: string): Format {
  const named = session.options.values.get("format");
  if (named !== undefined) {
    if (!FORMATS.includes(named)) throw new Fail(`unknown format: ${quoted(named)} (there are ${FORMATS.join(", ")})`);
    return named as Format;
  }
  return /\.json$/i.test(path) ? "json" : /\.(jsonl|ndjson)$/i.test(path) ? "jsonl" : "csv";
}

/** How keys and values are written; keyless maps have no key column. */
export interface Columns {
  key: Column | undefined;
  value: Column;
  /** Whether the keys are IP addresses or prefixes, so that lists of addresses can be read. */
  addresses: boolean;
  /** Whether the values are integers. */
  integers: boolean;
}

const INTEGER_NAME = /^[ui](?:8|16|32|64)(?:be)?$/;

/** The columns that --key and --value name, or those that suit the map. */
export function columnsOf(session: Session, info: MapInfo): Columns {
  if (info.valueSize === 0) throw new Fail("the map has no elements that files could hold");
  const { values } = session.options;
  const named = (part: "key" | "value"): string => values.get(part) ?? defaultColumnName(info, part);
  const key = named("key").split(":")[0];
  return {
    key: info.keySize > 0 ? columnOf(named("key"), info.keySize) : undefined,
    value: columnOf(named("value"), info.valueSize),
    addresses: info.keySize > 0 && (["cidr", "ip", "ipv4", "ipv6"].includes(key)),
    integers: INTEGER_NAME.test(named("value")),
  };
}
