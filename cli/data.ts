// DATA of the command line: bytes, in decimal, octal or hex as strtoul(3) reads them, or all in hex after "hex".
import { Fail } from "./fail.ts";
import { isPrefix, parseUnsigned, type Words } from "./words.ts";

/** Takes exactly `size` bytes; `what` names them in messages. */
export function takeBytes(words: Words, size: number, what: string): Uint8Array {
  const first = words.peek();
  const base = first !== undefined && isPrefix(first, "hex") ? 16 : 0;
  if (base === 16) words.next();
  const bytes = new Uint8Array(size);
  let count = 0;
  while (count < size && words.left > 0) {
    const word = words.next();
    const byte = parseUnsigned(word, base, 8);
    if (byte === undefined) throw new Fail(`error parsing byte: ${word}`);
    bytes[count++] = byte;
  }
  if (count < size) throw new Fail(`${what} expected ${size} bytes got ${count}`);
  return bytes;
}
