// The text of struct types and of their values, cut into fields: "struct{a: u32, b: ipv4}" and "{a: 1, b: 10.0.0.1}".
// Values are read from JSON too, which is of the same form with names and text in quotes.
import { Fail } from "./fail.ts";
import { quoted } from "./transfer/quote.ts";

/** A field's name, and the text of its type or value. */
export interface NamedText {
  name: string;
  text: string;
}

/** Deeper than any struct is nested; what reads them calls itself. */
export const STRUCT_DEPTH_MAX = 16;

const OPEN = "{";
const CLOSE = "}";

function refuse(text: string, problem: string): never {
  throw new Fail(`can't parse ${quoted(text)}: ${problem}`);
}

/** Where the quoted string that begins at `at` ends. */
function endOfString(text: string, at: number): number {
  for (let i = at + 1; i < text.length; i++) {
    if (text[i] === "\\") i++;
    else if (text[i] === '"') return i + 1;
  }
  return refuse(text, "a quote is not closed");
}

/** Where the text up to one of `ends` ends that begins at `at`; what braces and quotes enclose has no ends. */
function endOf(text: string, at: number, ends: string): number {
  let depth = 0;
  for (let i = at; i < text.length; i++) {
    const char = text[i];
    if (depth === 0 && ends.includes(char)) return i;
    if (char === '"') i = endOfString(text, i) - 1;
    else if (char === OPEN) depth++;
    else if (char === CLOSE) depth--;
  }
  return text.length;
}

/** Text without its quotes, if it has any. */
function plain(text: string): string {
  const trimmed = text.trim();
  if (!trimmed.startsWith('"')) return trimmed;
  try {
    return JSON.parse(trimmed) as string;
  } catch {
    return refuse(trimmed, "it is no string of JSON");
  }
}

/** The fields of "{NAME: TEXT, ...}". Throws Fail for what has another form. */
export function fieldsOf(text: string): NamedText[] {
  const whole = text.trim();
  if (!whole.startsWith(OPEN)) refuse(text, "expected {NAME: VALUE, ...}");
  const fields: NamedText[] = [];
  for (let at = 1; ; ) {
    const colon = endOf(whole, at, ":,}");
    if (whole[colon] === CLOSE && fields.length === 0 && whole.slice(at, colon).trim() === "") {
      at = colon;
    } else {
      const name = plain(whole.slice(at, colon));
      if (whole[colon] !== ":" || name === "") refuse(text, `expected NAME: VALUE behind ${quoted(whole.slice(0, at))}`);
      if (fields.some((field) => field.name === name)) refuse(text, `the field ${quoted(name)} is there twice`);
      at = endOf(whole, colon + 1, ",}");
      fields.push({ name, text: plain(whole.slice(colon + 1, at)) });
    }
    if (at >= whole.length) refuse(text, "a } is missing");
    if (whole[at++] === ",") continue;
    if (at < whole.length) refuse(text, `there is ${quoted(whole.slice(at))} behind its end`);
    return fields;
  }
}
