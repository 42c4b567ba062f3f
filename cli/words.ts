// Words of the command line, by bpftool's rules: keywords may be shortened, numbers are what strtoul(3) reads.

/** Whether `word` is a beginning of `keyword`. The empty word is a beginning of every keyword. */
export function isPrefix(word: string, keyword: string): boolean {
  return keyword.startsWith(word);
}

/** The arguments of one command, read from left to right. */
export class Words {
  #words: readonly string[];
  #at = 0;
  constructor(words: readonly string[]) {
    this.#words = words;
  }
  /** How many words are left. */
  get left(): number {
    return this.#words.length - this.#at;
  }
  /** The next word without taking it; undefined at the end. */
  peek(): string | undefined {
    return this.#words[this.#at];
  }
  /** Whether a word like this is left. */
  has(word: string): boolean {
    return this.#words.includes(word, this.#at);
  }
  /** The word taken last; undefined before the first. */
  get last(): string | undefined {
    return this.#words[this.#at - 1];
  }
  /** Takes the next word. Only for callers that know there is one. */
  next(): string {
    return this.#words[this.#at++];
  }
}

const ULONG_MAX = (1n << 64n) - 1n;
const SHORT_DECIMAL = /^(?:0|[1-9][0-9]{0,8})$/;
const SPACE_AND_SIGN = /^[ \t\n\v\f\r]*([+-]?)/;

function digitsOf(text: string, base: number): { digits: string; base: number; prefix: number } {
  const hex = /^0[xX](?=[0-9a-fA-F])/.test(text);
  if (hex && (base === 0 || base === 16)) return { digits: /^[0-9a-fA-F]*/.exec(text.slice(2))![0], base: 16, prefix: 2 };
  const actual = base === 0 ? (text.startsWith("0") ? 8 : 10) : base;
  const pattern = actual === 16 ? /^[0-9a-fA-F]*/ : actual === 8 ? /^[0-7]*/ : /^[0-9]*/;
  return { digits: pattern.exec(text)![0], base: actual, prefix: 0 };
}

/**
 * The number that strtoul(3) reads, cut to `bits` bits (at most 32); undefined if a character is left over. Leading
 * blanks and a sign are allowed, too large numbers are the largest unsigned long, and "" is 0, as in C.
 */
export function parseUnsigned(text: string, base: 0 | 16, bits: number): number | undefined {
  if (base === 0 && SHORT_DECIMAL.test(text)) {
    const value = Number(text);
    return bits === 32 ? value : value % 2 ** bits;
  }
  if (text === "") return 0;
  const [lead, sign] = SPACE_AND_SIGN.exec(text)!;
  const { digits, base: actual, prefix } = digitsOf(text.slice(lead.length), base);
  if (digits === "" || lead.length + prefix + digits.length !== text.length) return undefined;
  const literal = actual === 16 ? `0x${digits}` : actual === 8 ? `0o${digits}` : digits;
  let value = BigInt(literal);
  if (value > ULONG_MAX) value = ULONG_MAX;
  else if (sign === "-") value = BigInt.asUintN(64, -value);
  return Number(BigInt.asUintN(bits, value));
}
