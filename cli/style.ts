// What stands out on a terminal, and how: SGR sequences of ECMA-48.

/** What a piece of output is. */
export type Style = "head" | "label" | "key" | "error" | "hint";

const PARAMETERS: { readonly [style in Style]: string } = {
  head: "1",
  label: "2",
  key: "36",
  error: "31;1",
  hint: "33",
};

/** The text in the colours of a style, but for the line break at its end. It has to be printable already. */
export function paint(text: string, style: Style): string {
  const end = text.endsWith("\n") ? "\n" : "";
  const line = end === "" ? text : text.slice(0, -1);
  return line === "" ? text : `\x1b[${PARAMETERS[style]}m${line}\x1b[m${end}`;
}

/** Whether the environment allows colours: NO_COLOR (https://no-color.org) and a terminal without any forbid them. */
export function coloursWanted(env: { readonly [name: string]: string | undefined } = process.env): boolean {
  return !env.NO_COLOR && env.TERM !== "dumb";
}
