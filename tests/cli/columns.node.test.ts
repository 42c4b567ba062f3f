// Columns of imported and exported files, without a kernel.
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { columnOf } from "../../cli/column.ts";
import { Fail } from "../../cli/fail.ts";

const test = suite("cli: columns");

for (const [name, size, text] of [
  ["u8", 1, "255"],
  ["u16", 2, "65535"],
  ["u32", 4, "4294967295"],
  ["u64", 8, "18446744073709551615"],
  ["i8", 1, "-128"],
  ["i64", 8, "-9223372036854775808"],
  ["u16be", 2, "258"],
  ["u64be", 8, "9007199254740993"],
  ["f64", 8, "0.5"],
  ["f64", 8, "-0"],
  ["f64", 8, "NaN"],
  ["f64", 8, "NaN(0xfff8000000000001)"],
  ["f64", 8, "-Infinity"],
  ["f64", 8, "5e-324"],
  ["f32", 4, "0.1"],
  ["f32", 4, "16777216"],
  ["f32", 4, "3.4028235e+38"],
  ["f32", 4, "1e-45"],
  ["f32", 4, "-0"],
  ["f32", 4, "NaN(0xffc00000)"],
  ["hex", 3, "00ff10"],
  ["utf8:4", 4, "häé".slice(0, 2)],
  ["utf8", 2, "DE"],
  ["utf8", 4, "\na"],
  ["utf8", 4, ""],
  ["utf8", 4, "hex:61006200"],
  ["utf8", 3, "hex:ff0000"],
  ["utf8", 6, "hex:6865783a3132"],
  ["utf8", 4, "hex:efbbbf61"],
  ["ip", 4, "10.0.0.1"],
  ["cidr", 20, "2001:db8::/32"],
] as const) {
  test(`the column ${name} gives back ${text}`, () => {
    const column = columnOf(name, size);
    const bytes = new Uint8Array(size + 2).fill(0xee);
    column.parse(text, bytes, 1);
    assert.is(column.print(bytes, 1), text);
    assert.is(bytes[0], 0xee);
    assert.is(bytes[size + 1], 0xee);
  });
}

for (const [name, size, text] of [
  ["u8", 1, "256"],
  ["u8", 1, "-1"],
  ["u8", 1, ""],
  ["u8", 1, "1.5"],
  ["i8", 1, "128"],
  ["i16", 2, "1e3"],
  ["f64", 8, "x"],
  ["f64", 8, ""],
  ["f64", 8, "0x10"],
  ["f64", 8, "-1e400"],
  ["f64", 8, "NaN(0x1)"],
  ["f32", 4, "3.5e38"],
  ["utf8", 4, "\ud800"],
  ["utf8", 4, "hex:00"],
  ["hex", 2, "0"],
  ["hex", 2, "zz00"],
  ["utf8:2", 2, "DEU"],
  ["ip", 4, "::1"],
  ["cidr", 8, "1.2.3.4/33"],
] as const) {
  test(`the column ${name} refuses ${JSON.stringify(text)}`, () => {
    assert.throws(() => columnOf(name, size).parse(text, new Uint8Array(size), 0), /can't parse/);
  });
}

test("network order is the other way round", () => {
  const bytes = new Uint8Array(4);
  columnOf("u16be", 2).parse("258", bytes, 0);
  columnOf("u16", 2).parse("258", bytes, 2);
  assert.equal([...bytes], [1, 2, 2, 1]);
});

test("every byte pattern of every column comes back, or is refused", () => {
  const columns: [name: string, size: number][] = [
    ...["u8", "i8"].map((name): [string, number] => [name, 1]),
    ...["u16", "i16", "u16be"].map((name): [string, number] => [name, 2]),
    ...["u32", "i32", "u32be", "f32", "ip"].map((name): [string, number] => [name, 4]),
    ...["u64", "i64", "u64be", "f64", "cidr"].map((name): [string, number] => [name, 8]),
    ["ip", 16],
    ["cidr", 20],
    ["hex", 5],
    ["utf8", 5],
  ];
  const byte = fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constantFrom(0, 0xff, 0x7f, 0x80, 0x68, 0x65, 0x78, 0x3a));
  for (const [name, size] of columns) {
    const column = columnOf(name, size);
    fc.assert(
      fc.property(fc.array(byte, { minLength: size, maxLength: size }), (values) => {
        const bytes = Uint8Array.from(values);
        let text: string;
        try {
          text = column.print(bytes, 0);
        } catch (error) {
          if (!(error instanceof Fail)) throw error;
          return;
        }
        const back = new Uint8Array(size).fill(0xee);
        column.parse(text, back, 0);
        assert.equal(back, bytes, text);
        if (column.isJsonNumber(text)) assert.is(JSON.stringify(text), `"${text}"`);
      }),
      { numRuns: 300 },
    );
  }
});

test("a column of another size than the map's is refused", () => {
  for (const [name, size] of [["u32", 8], ["utf8:3", 4], ["ip", 5], ["cidr", 9], ["nope", 4]] as const) {
    assert.throws(() => columnOf(name, size), /codec/);
  }
});

test.run();
