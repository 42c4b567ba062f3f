// How messages say what they were given: quoted, short, and without running code of the caller's. Used on the way to a
// `throw` only.
import { byteLengthOf, typedArrayName } from "./realms.ts";

/** Characters of a string that a message shows. */
const SHOWN_MAX = 60;

// What a reader of the message would not see, or would see as something else: controls, separators, marks that turn or
// join text, and halves of surrogate pairs.
const UNSEEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}\u00a0]/gu;

const escaped = (char: string): string => {
  const code = char.codePointAt(0) as number;
  return code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, "0")}`;
};

/** A string in double quotes: what cannot be seen is written as an escape, and a long one is cut short. */
export function quote(text: string): string {
  let shown = text.slice(0, SHOWN_MAX);
  // Not between the halves of a surrogate pair.
  if (text.length > SHOWN_MAX && /[\ud800-\udbff]$/.test(shown)) shown = shown.slice(0, -1);
  const quoted = JSON.stringify(shown).replace(UNSEEN, escaped);
  return text.length > SHOWN_MAX ? `${quoted.slice(0, -1)}…" (${text.length} characters)` : quoted;
}

/** "1 byte", "2 bytes". */
export function plural(count: number | bigint, unit: string): string {
  return `${count} ${unit}${Number(count) === 1 ? "" : "s"}`;
}

/** "a map", "an object"; "a u32", since that is spoken with a consonant. */
export function article(noun: string): string {
  return `${/^(?:[aeio]|un[^i])/i.test(noun) ? "an" : "a"} ${noun}`;
}

/** What a value is: `the string "x"`, `-3`, "5n", "a Uint8Array of 3 bytes", "an array of 2 elements", "an object". */
export function describe(value: unknown): string {
  switch (typeof value) {
    case "string":
      return `the string ${quote(value)}`;
    case "bigint":
      return `${quote(String(value)).slice(1, -1)}n`;
    case "number":
      return Object.is(value, -0) ? "-0" : String(value);
    case "symbol":
      return "a symbol";
    case "function":
      return "a function";
    case "object":
      return value === null ? "null" : describeObject(value);
    default:
      return String(value);
  }
}

function describeObject(value: object): string {
  if (ArrayBuffer.isView(value)) {
    return `${article(typedArrayName(value) ?? "DataView")} of ${plural(byteLengthOf(value), "byte")}`;
  }
  if (isArray(value)) return `an array of ${plural(value.length, "element")}`;
  return "an object";
}

/** Array.isArray, which throws for a Proxy that was revoked; one that was not answers for its `length` in the caller's code. */
function isArray(value: object): value is unknown[] {
  try {
    return Array.isArray(value) && typeof value.length === "number";
  } catch {
    return false;
  }
}
