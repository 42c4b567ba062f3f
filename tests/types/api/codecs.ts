// What codecs read, and what they take.
import {
  array, bool, bytes, f32, f64, i16, i32, i64, i8, ipPrefix, ipv4, ipv4Prefix, ipv6, prefixBytes, struct, transform, u16, u16be, u32, u32be, u64, u64be,
  u8, utf8, type BytesPrefix, type Codec, type Input, type PrefixCodec, type TypeOf,
} from "bpf-maps"; // prettier-ignore
import { type Equal, expect } from "./equal.ts";

for (const codec of [u8, u16, u32, i8, i16, i32, f32, f64, u16be, u32be]) expect<Equal<typeof codec, Codec<number>>>();
for (const codec of [u64, i64, u64be]) expect<Equal<typeof codec, Codec<bigint>>>();
for (const codec of [ipv4, ipv6]) expect<Equal<typeof codec, Codec<string>>>();
for (const codec of [ipv4Prefix, ipPrefix]) expect<Equal<typeof codec, PrefixCodec<string>>>();
expect<Equal<typeof bool, Codec<boolean>>>();

const key = struct({ host: u32be, ports: array(u16be, 2), name: utf8(16), up: bool, raw: bytes(4) });
type Key = { host: number; ports: number[]; name: string; up: boolean; raw: Uint8Array };
expect<Equal<TypeOf<typeof key>, Key>>();
expect<Equal<typeof key, Codec<Key>>>();
const packed = struct({ id: u64, llc: u32 }, { packed: true });
expect<Equal<TypeOf<typeof packed>, { id: bigint; llc: number }>>();
const prefix = prefixBytes(4);
expect<Equal<typeof prefix, PrefixCodec<BytesPrefix>>>();

// 64-bit fields take numbers too, lists may be read-only, booleans are booleans.
expect<Equal<Input<bigint>, bigint | number>>();
expect<Equal<Input<boolean>, boolean>>();
expect<Equal<Input<string>, string>>();
expect<Equal<Input<Uint8Array>, Uint8Array>>();
expect<Equal<Input<number[]>, readonly number[]>>();
expect<Equal<Input<{ a: bigint; b: number[] }>, { readonly a: bigint | number; readonly b: readonly number[] }>>();

const time = transform(u64, { encode: (date: Date) => date.getTime(), decode: (ms) => new Date(Number(ms)) });
expect<Equal<typeof time, Codec<Date>>>();
expect<Equal<TypeOf<ReturnType<typeof utf8>>, string>>();

// @ts-expect-error: a size is a number
bytes("4");
// @ts-expect-error: one argument
bytes(4, 5);
// @ts-expect-error: one argument
utf8(4, "latin1");
// @ts-expect-error: a codec has no arguments
u32(4);
// @ts-expect-error: there is no such option
struct({ a: u8 }, { packd: true });
// @ts-expect-error: fields are codecs
struct({ a: "u8" });
// @ts-expect-error: the length is missing
array(u8);
// @ts-expect-error: a transformation has two directions
transform(u8, { encode: (n: number) => n });
// @ts-expect-error: what encode makes is not what the codec takes
transform(u8, { encode: (text: string) => text, decode: (n) => String(n) });
