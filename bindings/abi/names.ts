// Names that do not exist: options and fields that are refused, since one that is ignored is one that was meant to do something.
import { describe, quote } from "./words.ts";

/** Whether one change (a letter more, less, another, or two exchanged) makes one word of the other; "_" and capitals aside. */
function isNear(one: string, other: string): boolean {
  const [a, b] = [one, other].map((word) => word.replaceAll("_", "").toLowerCase());
  const shorter = Math.min(a.length, b.length);
  let head = 0;
  while (head < shorter && a[head] === b[head]) head++;
  let tail = 0;
  while (tail < shorter - head && a.at(-1 - tail) === b.at(-1 - tail)) tail++;
  const [from, to] = [a, b].map((word) => word.slice(head, word.length - tail));
  return (from.length <= 1 && to.length <= 1) || (from.length === 2 && to === `${from[1]}${from[0]}`);
}

/** `: did you mean "value"?`, or nothing if no known name is near. */
export function suggestion(name: string, known: Iterable<string>): string {
  // Two letters are near to too much.
  if (name.length < 3 || name.length > 64) return "";
  for (const candidate of known) if (isNear(name, candidate)) return `: did you mean ${quote(candidate)}?`;
  return "";
}

/** Refuses an option that there is not. `purpose` begins the message: "Cannot create map". */
export function checkOptionNames(purpose: string, options: object, known: readonly string[]): void {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`${purpose}: the options must be an object: current value is ${describe(options)}`);
  }
  for (const name in options) {
    if (known.includes(name)) continue;
    throw new TypeError(`${purpose}: there is no option ${quote(name)}, only ${known.join(", ")}${suggestion(name, known)}`);
  }
}
