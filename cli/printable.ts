// Text from outside, made fit for a terminal.

/**
 * Control characters of ASCII and Latin-1, line and paragraph separators, and what changes the direction of text: all that
 * moves the cursor, colours, or shows other words than there are.
 */
export const UNPRINTABLE = /[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

function escape(char: string): string {
  const code = char.charCodeAt(0);
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`;
}

/** The text with every character that a terminal would act on as \xNN or \uNNNN. Every error text goes through it. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, escape);
}

/** The same for text of several lines: line breaks and tabs stay. */
export function printableLines(text: string): string {
  return text.replace(UNPRINTABLE, (char) => (char === "\n" || char === "\t" ? char : escape(char)));
}
