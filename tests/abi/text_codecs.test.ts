// The stand-ins for TextEncoder and TextDecoder against the host's own.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import fc from "fast-check";
import { PlainTextDecoder, PlainTextEncoder, TextDecoder as Decoder, TextEncoder as Encoder } from "../../bindings/abi/text_codecs.ts";

const test = suite("text codecs");

const anyText = fc.oneof(
  fc.string({ unit: "binary" }),
  // Halves of surrogate pairs, too.
  fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)),
);

// First bytes, continuations and their borders come together often enough to make every kind of broken sequence.
const border = fc.constantFrom(0, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc2, 0xdf, 0xe0, 0xed, 0xef, 0xbb, 0xf0, 0xf4, 0xf5, 0xff);
const anyBytes = fc.array(fc.oneof(border, fc.integer({ min: 0, max: 255 })), { maxLength: 24 }).map((bytes) => Uint8Array.from(bytes));

test("the host's own are taken where it has them", () => {
  assert.is(Encoder as unknown, TextEncoder);
  assert.is(Decoder as unknown, TextDecoder);
});

test("encodes as the standard says", () => {
  fc.assert(fc.property(anyText, (text) => assert.equal(new PlainTextEncoder().encode(text), new TextEncoder().encode(text))), { numRuns: 2000 });
});

test("decodes as the standard says, broken sequences included", () => {
  fc.assert(
    fc.property(anyBytes, fc.boolean(), (bytes, ignoreBOM) => {
      assert.is(new PlainTextDecoder("utf-8", { ignoreBOM }).decode(bytes), new TextDecoder("utf-8", { ignoreBOM }).decode(bytes));
    }),
    { numRuns: 5000 },
  );
});

test("a byte order mark is kept when asked for, and dropped otherwise", () => {
  const marked = Uint8Array.of(0xef, 0xbb, 0xbf, 0x41);
  assert.is(new PlainTextDecoder().decode(marked), "A");
  assert.is(new PlainTextDecoder("utf-8", { ignoreBOM: true }).decode(marked), "\ufeffA");
});

test("Latin-1 is one character a byte", () => {
  assert.is(new PlainTextDecoder("latin1").decode(Uint8Array.of(0x41, 0xe9)), "Aé");
});

test.run();
