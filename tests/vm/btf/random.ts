// Random BTF: mostly right, with now and then a field that is wrong.
import * as kinds from "../../../vm/btf/kinds.ts";
import { BtfBuilder } from "./builder.ts";
import type { HeaderFields, Name } from "./builder.ts";

export type Random = () => number;

/** A small generator with a seed: xorshift32, numbers in [0, 1). */
export function seededRandom(seed: number): Random {
  let state = seed | 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 0x1_0000_0000;
  };
}

export const pick = <T>(random: Random, items: readonly T[]): T => items[Math.floor(random() * items.length)];
export const below = (random: Random, end: number): number => Math.floor(random() * end);

const NAMES: readonly Name[] = ["a", "b", "c", "val", "_x", "x.y", "long_name", "task", "bpf_thing"];
const ODD_NAMES: readonly Name[] = [null, "9a", "a-b", " ", "\u0001", "\u00e4", "\u00d7", 9999, ".", "?"];
const SIZES = [1, 2, 4, 8];

/** A blob of some types; `oddness` is how often a choice is an odd one. */
export function randomBtf(random: Random, oddness: number): Uint8Array {
  const btf = new BtfBuilder();
  const count = 1 + below(random, 12);
  const odd = (): boolean => random() < oddness;
  const name = (): Name => pick(random, odd() ? ODD_NAMES : NAMES);
  const maybeName = (): Name => (random() < 0.3 ? null : name());
  const type = (): number => (odd() ? pick(random, [0, count + 1, count + 90, 0xfffff, 0x100000]) : random() < 0.85 ? 1 + below(random, count) : 0);
  const earlier = (): number => (btf.count === 0 || random() < 0.15 ? type() : 1 + below(random, btf.count));
  const noName = (): Name => (odd() ? name() : null);
  const flag = (): number => (odd() ? 1 : 0);
  const vlen = (): number => (odd() ? 1 : 0);
  const member = (at: number): readonly [Name, number, number] =>
    [maybeName(), earlier(), odd() ? below(random, 400) : at * 32];
  const makers: readonly (() => void)[] = [
    () => {
      const size = odd() ? pick(random, [0, 3, 16, 32]) : pick(random, SIZES);
      const bits = odd() ? below(random, 140) : random() < 0.1 ? pick(random, [8, 16, 32]) : size * 8;
      btf.add(maybeName(), kinds.INT, vlen(), size, [((odd() ? below(random, 20) : pick(random, [0, 1, 2, 4])) << 24) | ((odd() ? below(random, 40) : 0) << 16) | bits], flag());
    },
    () => btf.add(noName(), kinds.PTR, vlen(), random() < 0.6 ? earlier() : type(), [], flag()),
    () => btf.add(noName(), kinds.ARRAY, vlen(), odd() ? 4 : 0, [earlier(), random() < 0.8 ? 1 : earlier(), odd() ? 0xffffffff : below(random, 5)], flag()),
    () => {
      const n = below(random, 4);
      btf.struct(maybeName(), odd() ? below(random, 20) : n * 4 + 4, Array.from({ length: n }, (_, at) => member(at)), random() < 0.8 ? kinds.STRUCT : kinds.UNION, flag());
    },
    () => {
      const n = 1 + below(random, 3);
      const words = Array.from({ length: n }, (_, at) => [maybeName(), earlier(), ((below(random, 40) << 24) | (odd() ? below(random, 80) : at * 32)) >>> 0] as const);
      btf.struct(maybeName(), n * 4 + 4, words, random() < 0.8 ? kinds.STRUCT : kinds.UNION, 1);
    },
    () => {
      btf.enumeration(maybeName(), odd() ? below(random, 17) : pick(random, SIZES), Array.from({ length: below(random, 3) }, () => [name(), below(random, 9) - 3] as const), below(random, 2));
    },
    () => btf.add(name(), kinds.FWD, vlen(), odd() ? 1 : 0, [], below(random, 2)),
    () => btf.add(name(), kinds.TYPEDEF, vlen(), earlier(), [], flag()),
    () => btf.add(noName(), pick(random, [kinds.VOLATILE, kinds.CONST, kinds.RESTRICT]), vlen(), random() < 0.7 ? earlier() : type(), [], flag()),
    () => btf.add(name(), kinds.FUNC, odd() ? below(random, 4) : below(random, 2), earlier(), [], flag()),
    () => {
      const n = below(random, 4);
      const params = Array.from({ length: n }, (_, at) => [random() < 0.2 ? null : name(), at === n - 1 && random() < 0.3 ? 0 : earlier()] as const);
      btf.add(noName(), kinds.FUNC_PROTO, n, random() < 0.3 ? 0 : earlier(), params.flatMap(([param, id]) => [btf.name(param), id]), flag());
    },
    () => btf.add(name(), kinds.VAR, vlen(), earlier(), [odd() ? below(random, 4) : below(random, 2)], flag()),
    () => {
      const n = below(random, 3);
      const rows = Array.from({ length: n }, (_, at) => [earlier(), odd() ? below(random, 20) : at * 8, odd() ? below(random, 20) : 8] as const);
      btf.add(name(), kinds.DATASEC, n, odd() ? below(random, 20) : n * 8 + 8, rows.flat(), flag());
    },
    () => btf.add(maybeName(), kinds.FLOAT, vlen(), odd() ? below(random, 20) : pick(random, [2, 4, 8, 12, 16]), [], flag()),
    () => btf.add(name(), kinds.DECL_TAG, vlen(), earlier(), [random() < 0.6 ? -1 : below(random, 4) - 2], flag()),
    () => btf.add(name(), kinds.TYPE_TAG, vlen(), earlier(), [], flag()),
    () => {
      btf.enum64(maybeName(), odd() ? below(random, 17) : pick(random, SIZES), Array.from({ length: below(random, 3) }, () => [name(), below(random, 9) - 3, pick(random, [0, -1, 5])] as const), below(random, 2));
    },
  ];
  if (random() < 0.9) btf.int();
  while (btf.count < count) pick(random, makers)();
  return mutateBytes(random, btf.bytes(odd() ? oddHeader(random, btf) : {}), odd());
}

function oddHeader(random: Random, btf: BtfBuilder): HeaderFields {
  const types = btf.words.length * 4;
  const strings = btf.strings.length;
  const near = (value: number): number => Math.max(0, value + pick(random, [-4, -1, 1, 4, 24, 4000]));
  return pick<HeaderFields>(random, [
    { magic: 0x9feb }, { version: below(random, 4) }, { flags: below(random, 4) }, { headerLength: near(24) }, { typesOffset: near(0) },
    { typesLength: near(types) }, { stringsOffset: near(types) }, { stringsLength: near(strings) }, { tail: new Uint8Array(1) },
    { padding: new Uint8Array(pick(random, [1, 4, 8])) }, { padding: new Uint8Array([0, 1]) },
    { typesOffset: strings, stringsOffset: 0 }, { typesLength: 0 }, { stringsLength: 0 },
  ]);
}

/** One byte changed, or the end cut off. */
export function mutateBytes(random: Random, bytes: Uint8Array, wanted: boolean): Uint8Array {
  if (!wanted) return bytes;
  if (random() < 0.2) return bytes.slice(0, below(random, bytes.length + 1));
  const out = bytes.slice();
  const at = below(random, out.length);
  out[at] = random() < 0.5 ? out[at] ^ (1 << below(random, 8)) : below(random, 256);
  return out;
}
