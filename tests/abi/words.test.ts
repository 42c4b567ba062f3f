// How messages quote: nothing that cannot be seen, nothing endless, and no code of the caller's on the way.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { article, describe, plural, quote } from "../../bindings/abi/words.ts";

const test = suite("words");

const QUOTED: [text: string, quoted: string][] = [
  ["eth0", '"eth0"'],
  ['a"b\\c', '"a\\"b\\\\c"'],
  ["a\n\t\u0000\u001b[31m", '"a\\n\\t\\u0000\\u001b[31m"'],
  ["\u007f\u0085\u00a0", '"\\u007f\\u0085\\u00a0"'],
  ["\u202eevil\u2066", '"\\u202eevil\\u2066"'],
  ["\u200b\ufeff\u2028", '"\\u200b\\ufeff\\u2028"'],
  ["\ud800", '"\\ud800"'],
  ["é→😀", '"é→😀"'],
  ["\u{e0001}", '"\\u{e0001}"'],
  ["x".repeat(60), `"${"x".repeat(60)}"`],
  ["x".repeat(61), `"${"x".repeat(60)}…" (61 characters)`],
  ["x".repeat(59) + "😀y", `"${"x".repeat(59)}…" (62 characters)`],
];
for (const [text, quoted] of QUOTED) test(`${quoted}`, () => assert.is(quote(text), quoted));

const DESCRIBED: [value: unknown, words: string][] = [
  ["x", 'the string "x"'],
  [-0, "-0"],
  [NaN, "NaN"],
  [5n, "5n"],
  [null, "null"],
  [undefined, "undefined"],
  [true, "true"],
  [Symbol("x"), "a symbol"],
  [() => 1, "a function"],
  [{}, "an object"],
  [[], "an array of 0 elements"],
  [[1], "an array of 1 element"],
  [new Uint8Array(1), "a Uint8Array of 1 byte"],
  [new Int16Array(2), "an Int16Array of 4 bytes"],
  [new DataView(new ArrayBuffer(3)), "a DataView of 3 bytes"],
  [new Date(), "an object"],
];
for (const [value, words] of DESCRIBED) test(`${words} is described`, () => assert.is(describe(value), words));

test("a number of thousands of digits is not shown whole", () => {
  assert.ok(describe(10n ** 5000n).length < 120);
});

test("nothing of the caller's runs, and nothing is believed", () => {
  const trap = new Proxy({}, { get: () => { throw new Error("asked"); }, getPrototypeOf: () => { throw new Error("asked"); } });
  assert.is(describe(trap), "an object");
  const { proxy, revoke } = Proxy.revocable([], {});
  revoke();
  assert.is(describe(proxy), "an object");
  const liar = Object.defineProperty(new Uint8Array(3), "byteLength", { value: 99 });
  assert.is(describe(liar), "a Uint8Array of 3 bytes");
});

test("numbers and nouns agree", () => {
  assert.equal([plural(0, "byte"), plural(1, "byte"), plural(2n, "byte")], ["0 bytes", "1 byte", "2 bytes"]);
  assert.equal(["object", "array", "u32", "unsigned", "map", "user_ringbuf"].map(article), ["an object", "an array", "a u32", "an unsigned", "a map", "a user_ringbuf"]);
});

test.run();
