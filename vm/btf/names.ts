import type { BtfTypes } from "./types.ts";

/** KSYM_NAME_LEN: a name and its NUL fit into it. */
const NAME_BYTES = 512;

/** Letters of Latin-1, as the kernel's character table has them. */
function isLetter(code: number): boolean {
  return (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a) || (code >= 0xc0 && code <= 0xff && code !== 0xd7 && code !== 0xf7);
}

const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39;
const isPrintable = (code: number): boolean => (code >= 0x20 && code <= 0x7e) || code >= 0xa0;
const UNDERSCORE = 0x5f;
const DOT = 0x2e;

/** Whether the string at `offset` is an identifier: letters, `_`, `.`, and digits behind the first. */
export function isIdentifier(types: BtfTypes, offset: number): boolean {
  const name = types.string(offset);
  return name.length > 0 && name.length < NAME_BYTES && [...name].every((character, index) => {
    const code = character.charCodeAt(0);
    return isLetter(code) || code === UNDERSCORE || code === DOT || (index > 0 && isDigit(code));
  });
}

/** Whether the string at `offset` may name a section: printable characters. */
export function isSectionName(types: BtfTypes, offset: number): boolean {
  const name = types.string(offset);
  return name.length > 0 && name.length < NAME_BYTES && [...name].every((character) => isPrintable(character.charCodeAt(0)));
}
