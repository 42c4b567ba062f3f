// TextEncoder and TextDecoder for hosts that have none, such as jsdom under jest. The bundles put these names in the place of
// the globals (esbuild's `inject`), so that the sources say `new TextEncoder()` as everywhere else.

/** Encodes UTF-8; a surrogate without its other half becomes U+FFFD, as the standard says. */
export class PlainTextEncoder {
  encode(text: string): Uint8Array<ArrayBuffer> {
    const bytes: number[] = [];
    for (const character of text) {
      const point = character.codePointAt(0)!;
      pushUtf8(bytes, point >= 0xd800 && point <= 0xdfff ? REPLACEMENT : point);
    }
    return Uint8Array.from(bytes);
  }
}

/** Decodes UTF-8, or Latin-1 when it is asked for. It knows `ignoreBOM`, and no other option. */
export class PlainTextDecoder {
  readonly #isLatin1: boolean;
  readonly #keepsMark: boolean;

  constructor(label = "utf-8", { ignoreBOM = false }: { ignoreBOM?: boolean } = {}) {
    this.#isLatin1 = label === "latin1";
    this.#keepsMark = ignoreBOM;
  }

  decode(bytes: Uint8Array): string {
    if (this.#isLatin1) return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
    const points = utf8Points(bytes);
    if (!this.#keepsMark && points[0] === BYTE_ORDER_MARK) points.shift();
    return points.map((point) => String.fromCodePoint(point)).join("");
  }
}

const REPLACEMENT = 0xfffd;
const BYTE_ORDER_MARK = 0xfeff;

function pushUtf8(bytes: number[], point: number): void {
  if (point < 0x80) bytes.push(point);
  else if (point < 0x800) bytes.push(0xc0 | (point >> 6), continuation(point));
  else if (point < 0x10000) bytes.push(0xe0 | (point >> 12), continuation(point >> 6), continuation(point));
  else bytes.push(0xf0 | (point >> 18), continuation(point >> 12), continuation(point >> 6), continuation(point));
}

const continuation = (bits: number): number => 0x80 | (bits & 0x3f);

/** How many bytes follow a first byte, and the range of the next one: narrower where a longer form or a surrogate would begin. */
function sequenceAfter(first: number): { rest: number; low: number; high: number } | undefined {
  if (first >= 0xc2 && first <= 0xdf) return { rest: 1, low: 0x80, high: 0xbf };
  if (first >= 0xe0 && first <= 0xef) return { rest: 2, low: first === 0xe0 ? 0xa0 : 0x80, high: first === 0xed ? 0x9f : 0xbf };
  if (first >= 0xf0 && first <= 0xf4) return { rest: 3, low: first === 0xf0 ? 0x90 : 0x80, high: first === 0xf4 ? 0x8f : 0xbf };
  return undefined;
}

/** The code points of UTF-8 bytes, with one U+FFFD for each longest start of a sequence that breaks off. */
function utf8Points(bytes: Uint8Array): number[] {
  const points: number[] = [];
  for (let i = 0; i < bytes.length; ) {
    const first = bytes[i++];
    const sequence = sequenceAfter(first);
    if (sequence === undefined) {
      points.push(first < 0x80 ? first : REPLACEMENT);
      continue;
    }
    let { rest, low, high } = sequence;
    let point = first & (0x3f >> rest);
    for (; rest > 0 && bytes[i] >= low && bytes[i] <= high; rest--) {
      point = (point << 6) | (bytes[i++] & 0x3f);
      low = 0x80;
      high = 0xbf;
    }
    points.push(rest === 0 ? point : REPLACEMENT);
  }
  return points;
}

const host = globalThis as unknown as { TextEncoder?: typeof PlainTextEncoder; TextDecoder?: typeof PlainTextDecoder };
const Encoder = host.TextEncoder ?? PlainTextEncoder;
const Decoder = host.TextDecoder ?? PlainTextDecoder;

export { Decoder as TextDecoder, Encoder as TextEncoder };
