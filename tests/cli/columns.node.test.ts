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
    ["ipv4", 4],
    ["ipv6", 16],
    ["struct{a: u8, b: u32}", 8],
    ["packed{a: u8, b: u64, c: utf8:3}", 12],
    ["struct{a: struct{x: u8, y: u16be}, b: hex:2}", 6],
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
        if (column.isJson(text)) assert.type(JSON.parse(text), column.fields === undefined ? "number" : "object");
      }),
      { numRuns: 300 },
    );
  }
});

test("a struct lies as C lays it out", () => {
  for (const [name, text, hex] of [
    ["struct{a: u8, b: u32, c: u16}", "{a: 1, b: 2, c: 3}", "010000000200000003000000"],
    ["packed{a: u8, b: u32, c: u16}", "{a: 1, b: 2, c: 3}", "01020000000300"],
    ["struct { a : u8 , b : u64 }", '{"b":18446744073709551615,"a":"7"}', "0700000000000000ffffffffffffffff"],
    ["struct{src: ipv4, port: u16be}", "{src: 10.0.0.1, port: 53}", "0a00000100350000"],
    ["struct{p: u8, net: cidr:8}", "{net: 10.0.0.0/8, p: 1}", "01000000080000000a000000"],
    ["struct{a: ip:16, b: u8}", "{a: ::1, b: 1}", "0000000000000000000000000000000101000000"],
    ["struct{in: struct{x: u8, y: u16}, z: u8}", "{in: {x: 1, y: 2}, z: 3}", "010002000300"],
    ["packed{in: struct{x: u8, y: u16}, z: u8}", "{in: {x: 1, y: 2}, z: 3}", "0100020003"],
    ["struct{t: utf8:8}", '{t: "a, } \\"b"}', "612c207d20226200"],
    ['struct{"a b": u8}', '{"a b": 9}', "09"],
  ] as const) {
    const column = columnOf(name, hex.length / 2);
    const bytes = new Uint8Array(hex.length / 2).fill(0xee);
    column.parse(text, bytes, 0);
    assert.is(Buffer.from(bytes).toString("hex"), hex, name);
    const again = new Uint8Array(bytes.length);
    column.parse(column.print(bytes, 0), again, 0);
    assert.equal(again, bytes);
  }
});

test("a struct's text that does not fit is refused with the reason", () => {
  const column = columnOf("struct{a: u8, b: u32}", 8);
  const bytes = new Uint8Array(8);
  for (const [text, problem] of [
    ["1", /can't parse "1": expected \{NAME: VALUE, \.\.\.\}/],
    ["{}", /the field "a" is missing/],
    ["{a: 1}", /the field "b" is missing in "\{a: 1\}"/],
    ["{a: 1, b: 2, c: 3}", /there is no field "c": there are a, b/],
    ["{a: 1, a: 2, b: 3}", /the field "a" is there twice/],
    ["{a: 1, b: 2", /a \} is missing/],
    ["{a: 1, b: 2} x", /there is " x" behind its end/],
    ["{a: 1, b: 2,}", /expected NAME: VALUE behind/],
    ["{a: 256, b: 2}", /^a: can't parse "256" as u8: it takes 0 to 255/],
    ['{a: 1, b: "2}', /a quote is not closed/],
    ['{a: 1, b: "\\x"}', /it is no string of JSON/],
    ["{a: {x: 1}, b: 2}", /a: can't parse "\{x: 1\}" as u8/],
    [`{a: ${"{".repeat(100_000)}`, /a \} is missing/],
  ] as const) {
    assert.throws(() => column.parse(text, bytes, 0), problem, text.slice(0, 40));
  }
  assert.throws(() => column.print(Uint8Array.of(1, 0, 9, 0, 0, 0, 0, 0), 0), /byte 2 of a struct is padding and not zero/);
});

test("types of structs that are none are refused with the reason", () => {
  for (const [name, problem] of [
    ["struct{}", /at least one field/],
    ["struct{a}", /expected NAME: VALUE/],
    ["struct{a: nope}", /unknown codec: nope/],
    ["struct{a: ip}", /codec "ip" needs its size in bytes as a field: ip:4/],
    ["struct{a: utf8}", /codec "utf8" needs its size in bytes as a field: utf8:N/],
    ["struct{a: hex:-1}", /needs its size/],
    ["struct{a: u8, a: u8}", /there twice/],
    ["struct{a: u8}}", /there is "\}" behind its end/],
    ["struct{a: u64}", /codec "struct\{a: u64\}" has 8 bytes, the map's 4/],
    [`${"struct{a:".repeat(9999)}u8${"}".repeat(9999)}`, /nested in 16 others at most/],
    ["constructor", /unknown codec: constructor/],
    ["__proto__", /unknown codec: __proto__/],
    ["struct{a: toString}", /unknown codec: toString/],
  ] as const) {
    assert.throws(() => columnOf(name, 4), problem);
  }
});

test("a number of millions of digits is refused at once, and leading zeros count for nothing", () => {
  const bytes = new Uint8Array(8);
  const started = performance.now();
  for (const digits of ["1".repeat(1 << 23), `-${"9".repeat(1 << 23)}`, `0x${"f".repeat(1 << 23)}`]) {
    assert.throws(() => columnOf("u64", 8).parse(digits, bytes, 0), /it takes 0 to 18446744073709551615/);
    assert.throws(() => columnOf("i64", 8).parse(digits, bytes, 0), /it takes -9223372036854775808 to 9223372036854775807/);
  }
  columnOf("u64", 8).parse(`${"0".repeat(1 << 23)}18446744073709551615`, bytes, 0);
  assert.equal([...bytes], Array(8).fill(255));
  columnOf("i64", 8).parse(`-0x${"0".repeat(99)}8000000000000000`, bytes, 0);
  assert.equal([...bytes], [0, 0, 0, 0, 0, 0, 0, 0x80]);
  // Reading the value of the longest of them alone took seconds.
  assert.ok(performance.now() - started < 2000);
});

test("a column of another size than the map's is refused", () => {
  for (const [name, size] of [["u32", 8], ["utf8:3", 4], ["ip", 5], ["cidr", 9], ["nope", 4]] as const) {
    assert.throws(() => columnOf(name, size), /codec/);
  }
});

test.run();
