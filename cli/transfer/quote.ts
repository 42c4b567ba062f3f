// How messages about files quote what they are about.
import { printable } from "../printable.ts";

const QUOTED_MAX = 40;

/** The text in quotes, shortened, with what cannot be seen escaped. */
export function quoted(text: string): string {
  const short = text.length <= QUOTED_MAX ? text : `${text.slice(0, QUOTED_MAX)}…`;
  return printable(JSON.stringify(short));
}

/** "1 element", "2 elements". */
export function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}
