// What every typed map with keys must do, whatever its type: one suite of properties, run by each type's own test file.
import fc from "fast-check";
import type { Test } from "uvu";
import * as assert from "uvu/assert";
import { BPF_F_RDONLY, BPF_F_WRONLY, BpfError } from "../../bindings/index.ts";
import type { Kernel, KeyedMap, MapTypeName } from "../../bindings/index.ts";
import { modelSuite } from "./model.ts";

/** A map with keys, and what only some of them have. */
export type AnyMap = KeyedMap<any, any, any> & {
  take?(key: unknown): unknown;
  drain?(): IterableIterator<[unknown, unknown]>;
};

/** What is different between types: how elements come, and whether they go. */
interface Growth {
  /** Entries of a map in which `count` elements stay. */
  room(count: number): number;
  /** Whether elements come and go; the others are all present from the start. */
  comeAndGo: boolean;
  /** What `delete` and `deleteMany` answer where elements do not go. */
  deleteCodes?: [one: string, many: string];
}

const GROWTH = {
  /** A full map refuses another element. */
  room: { room: (count) => count, comeAndGo: true },
  /** A full map makes room by forgetting elements. */
  evicts: { room: (count) => Math.max(1024, 16 * count), comeAndGo: true },
  /** All keys are present from the start, and stay. */
  indexed: { room: (count) => count, comeAndGo: false, deleteCodes: ["EINVAL", "ENOTSUPP"] },
} satisfies Record<string, Growth>;

/** How the suite makes and fills maps of one type. */
export interface Keyed {
  type: MapTypeName;
  make(kernel: Kernel, maxEntries: number): AnyMap;
  /** Opens the same map by id. */
  open(kernel: Kernel, id: number, flags: number): AnyMap;
  /** Key number i, from 0; as iteration gives it back. */
  key(i: number): unknown;
  /** Value number i, as get gives it back. */
  value(i: number): unknown;
  /** Keys of another JavaScript type, and of the right one but out of range. */
  badKeys: { type: unknown[]; range: unknown[] };
  badValues: { type: unknown[]; range: unknown[] };
  growth: keyof typeof GROWTH;
  /** What this one has that others of its type have not, for the tests' names. */
  variant?: string;
  /** The code of the error of a full map. */
  full?: string;
}

/** Text of a key or value, equal for equal ones. */
export const show = (value: unknown): string =>
  JSON.stringify(value, (_, part) => (typeof part === "bigint" ? `${part}n` : part instanceof Uint8Array ? [...part] : part));

export const throwsCode = (code: string, call: () => unknown): void =>
  assert.throws(call, (error: unknown) => error instanceof BpfError && error.code === code, `expected ${code}`);

const N = 40;
const numbers = Array.from({ length: N }, (_, i) => i);

/** Adds the properties to a suite. Every map that is made is closed again. */
export function conformance(test: Test, kernel: Kernel, of: Keyed): void {
  const { room, comeAndGo, deleteCodes }: Growth = GROWTH[of.growth];
  const sorted = (entries: Iterable<unknown>): string[] => Array.from(entries, show).sort();
  const filled = (count = N): string[] => sorted(numbers.slice(0, count).map((i) => [of.key(i), of.value(i)]));

  /** Runs with a map of 40 elements. */
  const withFull = (body: (map: AnyMap) => void): void => {
    const map = of.make(kernel, room(N));
    try {
      for (const i of numbers) map.set(of.key(i), of.value(i));
      body(map);
    } finally {
      map.close();
    }
  };

  modelSuite(test, kernel, of);

  test(`${of.type}: keys, values, entries, forEach and batches of any size agree`, () => {
    withFull((map) => {
      assert.equal(sorted(map), filled());
      const entries = [...map.entries()];
      assert.equal([...map.keys()], entries.map(([key]) => key));
      assert.equal([...map.values()], entries.map(([, value]) => value));
      const seen: unknown[] = [];
      map.forEach((value, key) => seen.push([key, value]));
      assert.equal(seen, entries);
      for (const batch of [1, 3, N, 5000]) {
        assert.equal([...map.entries({ batch })], entries, `batch ${batch}`);
        assert.equal([...map.values({ batch })], [...map.values()]);
        assert.equal([...map.keys({ batch })], [...map.keys()]);
      }
      assert.is(map.count(), N);
      for (const batch of [0, -1, 0.5, NaN]) assert.throws(() => map.entries({ batch }), (error: unknown) => error instanceof RangeError);
      assert.throws(() => map.entries({ batch: "1" as never }), (error: unknown) => error instanceof TypeError);
    });
  });

  test(`${of.type}: an iteration meets the values of then, and no element twice`, () => {
    withFull((map) => {
      const seen = new Set<string>();
      for (const [key, value] of map) {
        assert.not.ok(seen.has(show(key)), `${show(key)} came twice`);
        const expected = seen.size === 0 ? undefined : of.value(1000);
        if (expected !== undefined) assert.is(show(value), show(expected));
        seen.add(show(key));
        for (const i of numbers) map.set(of.key(i), of.value(1000));
      }
      assert.is(seen.size, N);
    });
  });

  if (deleteCodes !== undefined) {
    const [one, many] = deleteCodes;
    test(`${of.type}: no element goes, and clear zeroes all of them`, () => {
      withFull((map) => {
        for (const key of [of.key(0), of.key(N)]) throwsCode(one, () => map.delete(key));
        throwsCode(many, () => map.deleteMany([of.key(0), of.key(1)]));
        assert.is(map.take, undefined);
        assert.is(map.drain, undefined);
        assert.equal(sorted(map), filled());
        map.clear();
        assert.is(map.count(), N);
        const zero = new Uint8Array(map.valueCodec.size).fill(1);
        for (const i of numbers) {
          assert.is(map.getInto(of.key(i), zero), true);
          assert.ok(zero.every((byte) => byte === 0), `element ${i}`);
        }
      });
    });
  }

  if (comeAndGo) {
    test(`${of.type}: an iteration during which elements go and come ends, and leaves out what has gone`, () => {
      withFull((map) => {
        const seen: string[] = [];
        for (const [key] of map.entries({ batch: 7 })) {
          seen.push(show(key));
          map.delete(key);
          if (seen.length % 3 === 0) for (const i of numbers) map.delete(of.key(i));
          if (seen.length < N) map.set(of.key(500 + seen.length), of.value(0));
          if (seen.length > 3 * N) break;
        }
        assert.is(new Set(seen).size, seen.length, "no element came twice");
        assert.ok(seen.length <= 2 * N, `${seen.length} elements of ${N} came`);
      });
    });

    test(`${of.type}: take, drain and clear`, () => {
      withFull((map) => {
        assert.is(show(map.take!(of.key(5))), show(of.value(5)));
        assert.is(map.take!(of.key(5)), undefined);
        assert.is(map.has(of.key(5)), false);
        map.set(of.key(5), of.value(5));
        let left = N;
        for (const [key] of map.drain!()) {
          assert.is(map.has(key), false, "what is delivered is deleted");
          assert.is(map.count(), --left);
          if (left === 30) break;
        }
        assert.is(map.count(), 30, "what a loop has not come to is still there");
        const rest = [...map.drain!()];
        assert.is(rest.length, 30);
        assert.is(map.count(), 0);
        assert.equal([...map.drain!()], []);
        for (const i of numbers) map.set(of.key(i), of.value(i));
        assert.equal(sorted(map.drain!()), filled());
        map.set(of.key(0), of.value(0));
        map.clear();
        assert.is(map.count(), 0);
      });
    });

    test(`${of.type}: a drain during which elements are added ends`, () => {
      withFull((map) => {
        let count = 0;
        for (const [key, value] of map.drain!()) {
          map.set(key, value);
          if (++count > 4 * N) break;
        }
        assert.ok(count >= N && count <= 2 * N, `${count} elements of ${N} came`);
      });
    });
  }

  test(`${of.type}: getMany, setMany and deleteMany do what loops do`, () => {
    const picks = fc.array(fc.nat(2 * N - 1), { maxLength: 3 * N });
    fc.assert(
      fc.property(picks, fc.boolean(), (picked, asEntries) => {
        withFull((map) => {
          const keys = picked.map((i) => of.key(i));
          assert.is(show(map.getMany(keys)), show(keys.map((key) => map.get(key))));
          const inside = picked.filter((i) => i < N);
          const values = inside.map((i) => of.value(i + 7));
          const insideKeys = inside.map((i) => of.key(i));
          if (asEntries) map.setMany(insideKeys.map((key, at) => [key, values[at]] as const));
          else assert.is(map.setMany(insideKeys, values), map);
          assert.is(show(insideKeys.map((key) => map.get(key))), show(values));
          if (!comeAndGo) return;
          assert.is(map.deleteMany(keys), new Set(inside).size);
          assert.is(map.count(), N - new Set(inside).size);
        });
      }),
      { numRuns: 40 },
    );
  });

  test(`${of.type}: getManyInto fills what is present, and says where`, () => {
    withFull((map) => {
      const size = map.valueCodec.size;
      const keys = [of.key(3), of.key(N + 5), of.key(0)];
      const out = new Uint8Array(3 * size + 4).fill(0xee);
      const found = new Uint8Array(4).fill(9);
      assert.is(map.getManyInto(keys, out, found), 2);
      assert.equal([...found], [1, 0, 1, 9]);
      const one = new Uint8Array(size);
      assert.is(map.getInto(of.key(3), one), true);
      assert.equal(out.slice(0, size), one);
      assert.equal(out.slice(size, 2 * size), new Uint8Array(size).fill(0xee), "an absent key's place is left alone");
      map.getInto(of.key(0), one);
      assert.equal(out.slice(2 * size, 3 * size), one);
      assert.equal([...out.slice(3 * size)], [0xee, 0xee, 0xee, 0xee]);
      assert.is(map.getManyInto([], new Uint8Array(0)), 0);
      assert.throws(() => map.getManyInto(keys, new Uint8Array(3 * size - 1)), (error: unknown) => error instanceof RangeError);
      assert.throws(() => map.getManyInto(keys, out, new Uint8Array(2)), (error: unknown) => error instanceof RangeError);
      assert.throws(() => map.getManyInto(keys, {} as never), (error: unknown) => error instanceof TypeError);
    });
  });

  test(`${of.type}: more elements than one command takes`, () => {
    const count = 3000;
    const map = of.make(kernel, room(count));
    const keys = Array.from({ length: count }, (_, i) => of.key(i));
    const values = keys.map((_, i) => of.value(i % 200));
    map.setMany(keys, values);
    assert.is(map.count(), count);
    assert.is(show(map.getMany(keys)), show(values));
    assert.is(sorted(map).length, count);
    if (comeAndGo) assert.is(map.deleteMany([...keys, of.key(count), ...keys]), count);
    map.close();
  });

  test(`${of.type}: what is no key or value is refused before anything changes`, () => {
    withFull((map) => {
      const before = sorted(map);
      const refuses = (Type: Function, call: () => unknown): void =>
        assert.throws(call, (error: unknown) => error instanceof Type, `expected ${Type.name}`);
      for (const [Type, keys, values] of [
        [TypeError, of.badKeys.type, of.badValues.type],
        [RangeError, of.badKeys.range, of.badValues.range],
      ] as const) {
        for (const key of keys) {
          for (const call of ["get", "has", "delete", "take"] as const) if (map[call]) refuses(Type, () => map[call]!(key));
          for (const call of ["set", "add", "replace"] as const) refuses(Type, () => map[call](key, of.value(1)));
          refuses(Type, () => map.getMany([of.key(0), key]));
          refuses(Type, () => map.deleteMany([of.key(0), key]));
          refuses(Type, () => map.setMany([[of.key(0), of.value(9)], [key, of.value(9)]]));
        }
        for (const value of values) {
          refuses(Type, () => map.set(of.key(0), value));
          refuses(Type, () => map.setMany([of.key(0), of.key(1)], [of.value(9), value]));
        }
      }
      refuses(RangeError, () => map.setMany([of.key(0)], []));
      for (const list of [null, 5, "ab"]) refuses(TypeError, () => map.getMany(list as never));
      for (const list of [null, 5, "ab", [1], [[of.key(0)]]]) refuses(TypeError, () => map.setMany(list as never));
      assert.equal(sorted(map), before);
    });
  });

  test(`${of.type}: a list may be a generator that uses the map`, () => {
    withFull((map) => {
      const keys = function* (): Generator<unknown> {
        for (const i of numbers) {
          assert.is(show(map.get(of.key(i))), show(of.value(i)));
          yield of.key(N - 1 - i);
        }
      };
      assert.is(show(map.getMany(keys())), show(numbers.map((i) => of.value(N - 1 - i))));
    });
  });

  test(`${of.type}: other fds of the map, and what each may do`, () => {
    withFull((map) => {
      const copy = map.dup();
      assert.equal(sorted(copy), filled());
      const { id } = map.info();
      const reader = of.open(kernel, id, BPF_F_RDONLY);
      assert.equal(sorted(reader), filled());
      assert.is(show(reader.getMany([of.key(1)])), show([of.value(1)]));
      throwsCode("EPERM", () => reader.set(of.key(0), of.value(0)));
      throwsCode("EPERM", () => reader.setMany([of.key(0)], [of.value(0)]));
      if (comeAndGo) {
        throwsCode("EPERM", () => reader.deleteMany([of.key(0)]));
        throwsCode("EPERM", () => [...reader.drain!()]);
        throwsCode("EPERM", () => reader.take!(of.key(0)));
      }
      const writer = of.open(kernel, id, BPF_F_WRONLY);
      writer.setMany([of.key(0)], [of.value(99)]);
      throwsCode("EPERM", () => writer.get(of.key(0)));
      throwsCode("EPERM", () => writer.has(of.key(0)));
      throwsCode("EPERM", () => writer.getMany([of.key(0)]));
      throwsCode("EPERM", () => [...writer.values()]);
      assert.is(show(copy.get(of.key(0))), show(of.value(99)));
      map.freeze();
      for (const other of [map, copy, writer]) throwsCode("EPERM", () => other.setMany([of.key(0)], [of.value(0)]));
      if (comeAndGo) throwsCode("EPERM", () => [...map.drain!()]);
      assert.is(map.count(), N);
      for (const other of [copy, reader, writer]) other.close();
    });
  });

  test(`${of.type}: after close every method throws the same`, () => {
    const map = of.make(kernel, N);
    map.set(of.key(0), of.value(0));
    const walk = map.values();
    walk.next();
    map.close();
    map.close();
    const key = of.key(0);
    const calls: (() => unknown)[] = [
      () => map.get(key), () => map.has(key), () => map.set(key, of.value(0)), () => map.add(key, of.value(0)),
      () => map.replace(key, of.value(0)), () => map.delete(key), () => map.getInto(key, new Uint8Array(64)),
      () => map.getMany([key]), () => map.getManyInto([key], new Uint8Array(64)), () => map.setMany([]), () => map.deleteMany([]),
      () => [...map.keys()], () => [...map.values()], () => [...map], () => map.count(), () => map.clear(), () => map.fd,
      () => map.info(), () => map.dup(), () => map.freeze(), () => walk.next(),
    ]; // prettier-ignore
    if (map.take) calls.push(() => map.take!(key), () => map.drain!());
    calls.forEach((call, i) => {
      assert.throws(call, (error: unknown) => error instanceof BpfError && error.code === "EBADF", `call ${i}: ${call}`);
    });
  });
}
