import { text, u32 } from "./case.ts";
import type { CaseMap, HelperCase } from "./case.ts";

// Strings, formats and checksums.

/** A read-only array with a text. */
const constant = (value: string): CaseMap => {
  const bytes = text(value, Math.ceil((value.length + 1) / 8) * 8);
  return { type: 2, valueSize: bytes.length, maxEntries: 1, flags: 0x80, elements: [[u32(0), bytes]], frozen: true };
};

function snprintf(name: string, format: string, args: readonly (number | string)[], r0: number, out: string, size = 64): HelperCase {
  const places = args.map((arg, index) => `r1 = ${arg} ll; *(u64 *)(r10 - ${8 * (args.length - index)}) = r1; `).join("");
  const data = args.length ? `r4 = r10; r4 += -${8 * args.length}; r5 = ${8 * args.length}; ` : "r4 = 0; r5 = 0; ";
  return {
    name: `snprintf: ${name}`, maps: { f: constant(format) }, r0, out,
    text: `${places}r1 = map_value {out} 0; r2 = ${size}; r3 = map_value {f} 0; ${data}call 165; exit`,
  };
}

/** strtol (105) or strtoul (106); the number is left in `out`. */
function number(helper: number, value: string, flags: number, r0: number, low: number, size = value.length): HelperCase {
  return {
    name: `${helper === 105 ? "strtol" : "strtoul"} base ${flags}: ${JSON.stringify(value)}`, r0, out: u32(low),
    maps: { s: { type: 2, valueSize: 96, maxEntries: 1, elements: [[u32(0), text(value, 96)]] } },
    text: `*(u64 *)(r10 - 8) = 99; r1 = map_value {s} 0; r2 = ${size}; r3 = ${flags}; r4 = r10; r4 += -8; call ${helper}; r1 = *(u64 *)(r10 - 8); r2 = map_value {out} 0; *(u64 *)(r2 + 0) = r1; exit`,
  };
}

function strncmp(a: string, size: number, b: string, r0: number): HelperCase {
  return {
    name: `strncmp of ${JSON.stringify(a)} and ${JSON.stringify(b)}, ${size} bytes`, r0,
    maps: { a: { type: 2, valueSize: 16, maxEntries: 1, elements: [[u32(0), text(a, 16)]] }, b: constant(b) },
    text: `r1 = map_value {a} 0; r2 = ${size}; r3 = map_value {b} 0; call 182; exit`,
  };
}

function csum(fromSize: number, toSize: number, seed: number, r0: number): HelperCase {
  const bytes = Uint8Array.from({ length: 64 }, (_, index) => (index * 37 + 201) & 255);
  const map: CaseMap = { type: 2, valueSize: 64, maxEntries: 1, elements: [[u32(0), bytes]] };
  const from = fromSize ? "r1 = map_value {a} 0" : "r1 = 0";
  const to = toSize ? "r3 = map_value {a} 20" : "r3 = 0";
  return {
    name: `csum_diff of ${fromSize} and ${toSize} bytes, seed ${seed}`, r0, maps: { a: map },
    text: `${from}; r2 = ${fromSize}; ${to}; r4 = ${toSize}; w5 = ${seed}; call 28; exit`,
  };
}

function printk(format: string, args: readonly number[], r0: number, size = format.length + 1): HelperCase {
  const registers = args.map((arg, index) => `r${3 + index} = ${arg}; `).join("");
  return {
    name: `trace_printk: ${JSON.stringify(format)} in ${size} bytes`, r0, maps: { f: constant(format) },
    text: `r1 = map_value {f} 0; r2 = ${size}; ${registers}call 6; exit`,
  };
}

const MINUS = "-1";

export const TEXT_CASES: readonly HelperCase[] = [
  snprintf("signed", "%d|%i|%ld|%lld", [5, MINUS, MINUS, 7], 10, "5|-1|-1|7\0"),
  snprintf("32 bits of 64", "%d %u %x", ["0x100000002", "0x1ffffffff", "0x123456789"], 22, "2 4294967295 23456789\0"),
  snprintf("width", "%5d|%-5d|%05d", [42, 42, 42], 18, "   42|42   |00042\0"),
  snprintf("width of negatives", "%5d|%-5d|%05d", ["-42", "-42", "-42"], 18, "  -42|-42  |-0042\0"),
  snprintf("signs", "%+d|% d|% +d|%+d", [7, 7, 3, "-3"], 12, "+7| 7|+3|-3\0"),
  snprintf("signs and width", "%+5d|%-+5d|%+05d", [3, 3, 3], 18, "   +3|+3   |+0003\0"),
  snprintf("left and zero", "%-05d|%0-5d|", [3, 5], 13, "3    |5    |\0"),
  snprintf("signs of unsigned", "%+u|% x", [3, 3], 4, "3|3\0"),
  snprintf("hexadecimal", "%x|%X|%lx|%020llx|%-8llx|", [255, 255, "0x10000000000", "0x1234", "0x1234"], 49, "ff|FF|10000000000|00000000000000001234|1234    |\0"),
  snprintf("64 bits", "%llu|%lld", [MINUS, MINUS], 24, "18446744073709551615|-1\0"),
  snprintf("the smallest numbers", "%lld|%d", ["0x8000000000000000", "0x80000000"], 33, "-9223372036854775808|-2147483648\0"),
  snprintf("characters", "%c%c|%3c|%-3c|", [65, 66, 67, 68], 12, "AB|  C|D  |\0"),
  snprintf("percent", "100%%|%d%%", [3], 8, "100%|3%\0"),
  snprintf("pointers", "%px|%20px|%-20px|", ["0x1234", "0x1234", "0x1234"], 60, "0000000000001234|                1234|1234                |\0"),
  snprintf("letters behind a pointer", "%pxabc %d", ["0x1234", 7], 19, "0000000000001234 7\0"),
  snprintf("NULL", "%p|%pK", [0, 0], 34, "0000000000000000|0000000000000000\0"),
  snprintf("symbols", "%pB|%ps|%pS", ["0x1234", "0x1234", "0x1234"], 21, "0x1234|0x1234|0x1234\0"),
  snprintf("an unreadable string", "<%s|%5s>", ["0x1234", 0], 9, "<|     >\0"),
  snprintf("unreadable addresses", "%pi4|%pI4|%pi6", [0, 0, 0], 57, "000.000.000.000|0.0.0.0|00000000000000000000000000000000\0"),
  snprintf("cut", "hello %d", [5], 8, "hel\0\0\0\0", 4),
  snprintf("no room", "hello %d", [5], 8, "\0\0\0\0", 0),
  snprintf("one byte", "hello", [], 6, "\0\0\0", 1),
  snprintf("wider than the buffer", "%100d|", [1], 102, " ".repeat(63) + "\0"),
  snprintf("left, wider than the buffer", "%-100d|", [1], 102, "1" + " ".repeat(62) + "\0"),
  snprintf("nothing", "", [], 1, "\0"),

  number(105, "123", 10, 3, 123), number(105, "-123", 10, 4, -123), number(105, "  42x", 0, 4, 42), number(105, "\t\n 7", 10, 4, 7),
  number(105, "0x1f", 0, 4, 31), number(105, "0x1F", 16, 4, 31), number(105, "1f", 16, 2, 31), number(105, "017", 0, 3, 15), number(105, "017", 8, 3, 15),
  number(105, "017", 10, 3, 17), number(105, "089", 0, 1, 0), number(105, "0x", 0, 1, 0), number(105, "0x", 16, -22, 0), number(105, "-0x10", 0, 5, -16),
  number(105, "+5", 10, -22, 0), number(105, " ", 10, -22, 0), number(105, "-", 10, -22, 0), number(105, "abc", 10, -22, 0), number(105, "5", 7, -22, 0),
  number(105, "- 5", 10, -22, 0), number(105, "9223372036854775807", 10, 19, -1), number(105, "9223372036854775808", 10, -34, 0),
  number(105, "-9223372036854775808", 10, 20, 0), number(105, "-9223372036854775809", 10, -34, 0), number(105, "123456", 10, 3, 123, 3),
  number(105, "1".padStart(70, "0"), 10, 63, 0), number(105, "0x" + "f".repeat(20), 16, -34, 0),
  number(106, "123", 10, 3, 123), number(106, "-5", 10, -22, 0), number(106, "18446744073709551615", 10, 20, -1), number(106, "18446744073709551616", 10, -34, 0),
  number(106, "0XfF", 0, 4, 255), number(106, "99999999999999999999999999", 10, -34, 0), number(106, "5", 32, -22, 0),

  strncmp("abc", 4, "abc", 0), strncmp("abc", 4, "abd", -1), strncmp("abd", 4, "abc", 1), strncmp("abc", 4, "ab", 1), strncmp("ab", 4, "abc", -1),
  strncmp("abcd", 3, "abcx", 0), strncmp("", 8, "", 0), strncmp("\xff", 2, "a", 1),

  csum(0, 4, 0, 61348), csum(4, 0, 0, 55586), csum(8, 8, 0, 37007), csum(7, 5, 1, 17925), csum(1, 3, 65535, 53979), csum(0, 2, 0x12345678, 15194), csum(0, 0, 5, 5),
  csum(0, 0, 0x1ffff, 1), csum(20, 30, 0xffffffff, 23971),

  printk("hi", [], 2), printk("%d-%d-%d", [1, 2, 3], 5), printk("%d", [1], -22, 2), printk("%q", [1], -22), printk("%5d|", [1], 6), printk("a\x01", [], -22),
  printk("%d%d%d%d", [1, 2, 3], -22), printk("100%%", [], 4), printk("%", [1], -22), printk("a\x80", [], 2), printk("a\x7f", [], -22), printk("\xe9\n", [], 2),
];
