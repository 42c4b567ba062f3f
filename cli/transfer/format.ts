// What import and export agree on: formats and columns.
import { type Column, columnOf, defaultColumnName } from "./column.ts";
import { Fail } from "./fail.ts";
import type { MapInfo } from "./map.ts";
import type { Session } from "./session.ts";

export type Format = "csv" | "jsonl";

/** The format that --format names, or the one the file's name tells. */
export function formatOf(session: Session, path: string): Format {
  const named = session.options.values.get("format");
  if (named === undefined) return /\.(jsonl|ndjson|json)$/i.test(path) ? "jsonl" : "csv";
  if (named !== "csv" && named !== "jsonl") throw new Fail(`unknown format: ${named}`);
  return named;
}

/** How keys and values are written; keyless maps have no key column. */
export interface Columns {
  key: Column | undefined;
  value: Column;
}

/** The columns that --key and --value name, or those that suit the map. */
export function columnsOf(session: Session, info: MapInfo): Columns {
  if (info.valueSize === 0) throw new Fail("the map has no elements that files could hold");
  const { values } = session.options;
  const named = (part: "key" | "value"): string => values.get(part) ?? defaultColumnName(info, part);
  return {
    key: info.keySize > 0 ? columnOf(named("key"), info.keySize) : undefined,
    value: columnOf(named("value"), info.valueSize),
  };
}
