// LpmTrieMap: what every map with keys does, longest matches against a model, the codecs of prefixes.
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { BPF_EXIST, BPF_F_NO_PREALLOC, BPF_F_WRONLY, BPF_MAP_CREATE, BPF_MAP_TYPE_LPM_TRIE } from "../../bindings/index.ts";
import { bytes, ipPrefix, ipv4Prefix, ipv6Prefix, prefixBytes, u32, u64, u8 } from "../../bindings/index.ts";
import type { Codec, LpmTrieMap } from "../../bindings/index.ts";
import { checkLeaks } from "../harness/leak.ts";
import { newKernel } from "../harness/kernel.ts";
import { conformance, throwsCode } from "../suites/conformance.ts";
import { LpmModel, type Prefix, text } from "../suites/lpm_model.ts";

const kernel = newKernel();
const test = suite("map/lpm_trie");
checkLeaks(test, kernel);

const flags = BPF_F_NO_PREALLOC;

function newTrie<K>(key: Codec<K>, maxEntries = 1000): LpmTrieMap<K, number> {
  return kernel.createMap({ type: "lpm_trie", key, value: u32, maxEntries, flags, name: "routes" });
}

conformance(test, kernel, {
  type: "lpm_trie",
  make: (on, maxEntries) => on.createMap({ type: "lpm_trie", key: ipv4Prefix, value: u64, maxEntries, flags }),
  open: (on, id, mode) => on.openById(id, { type: "lpm_trie", key: ipv4Prefix, value: u64, flags: mode }),
  // Some nested, some beside each other.
  key: (i) => (i % 4 === 3 ? `10.${i >> 8}.${i & 255}.0/24` : `10.${i >> 8}.${i & 255}.${i % 4}/32`),
  value: (i) => BigInt(i),
  badKeys: { type: [1n, null, {}], range: ["", "10.0.0", "10.0.0.256", "10.0.0.0/33", "10.0.0.0/", "::/0", "10.0.0.0/08"] },
  badValues: { type: ["1", null], range: [-1n, 2n ** 64n] },
  growth: "room",
  full: "ENOSPC",
});

test("an address finds its longest prefix; get, has and delete are exact", () => {
  const map = newTrie(ipv4Prefix);
  map.set("0.0.0.0/0", 0).set("10.0.0.0/8", 1).set("10.1.0.0/16", 2).set("10.1.2.3", 3);
  for (const [address, value] of [["10.1.2.3", 3], ["10.1.2.4", 2], ["10.2.0.0", 1], ["11.0.0.0", 0]] as const) {
    const bytes = Uint8Array.from(address.split("."), Number);
    const number = bytes.reduce((sum, byte) => sum * 256 + byte, 0);
    for (const form of [address, bytes, number]) assert.is(map.lookup(form), value);
  }
  assert.equal(map.match("10.1.2.4"), { prefix: "10.1.0.0/16", value: 2 });
  assert.equal(map.match(0xffffffff), { prefix: "0.0.0.0/0", value: 0 });
  assert.equal(map.lookupMany(["10.1.2.3", 0x0a010204, new Uint8Array([10, 2, 0, 0])]), [3, 2, 1]);
  assert.is(map.get("10.1.0.0/16"), 2);
  assert.is(map.get("10.1.0.0/17"), undefined);
  assert.is(map.has("10.1.0.0/15"), false);
  assert.is(map.has("10.1.2.3/32"), true);
  assert.is(map.delete("10.1.0.0/17"), false);
  assert.is(map.delete("0.0.0.0/0"), true);
  assert.is(map.lookup("11.0.0.0"), undefined);
  assert.is(map.match("11.0.0.0"), undefined);
  const out = new Uint32Array(1);
  assert.is(map.lookupInto("11.0.0.0", out), false);
  assert.is(map.lookupInto("10.1.2.3", out), true);
  assert.is(out[0], 3);
  for (const address of [-1, 2 ** 32, 0.5, "10.0.0.0/8", "::1", new Uint8Array(3)]) {
    assert.throws(() => map.lookup(address), (error: unknown) => error instanceof RangeError, String(address));
  }
  for (const address of [null, undefined, 1n, {}]) {
    assert.throws(() => map.match(address as never), (error: unknown) => error instanceof TypeError);
  }
  assert.throws(() => map.lookupMany(new Uint8Array(4)), (error: unknown) => error instanceof TypeError);
  map.close();
  throwsCode("EBADF", () => map.lookup("10.1.2.3"));
  throwsCode("EBADF", () => map.match("10.1.2.3"));
  throwsCode("EBADF", () => map.lookupMany([]));
  throwsCode("EBADF", () => [...map.covering("10.1.2.3")]);
  throwsCode("EBADF", () => [...map.coveredBy("10.1.2.3")]);
});

const V4 = new Uint8Array([10, 1, 2, 4]);
const V6 = new Uint8Array([0x20, 1, 0x0d, 0xb8, ...new Uint8Array(11), 1]);
const key = (prefixlen: number, data: Uint8Array): Uint8Array => new Uint8Array([prefixlen, 0, 0, 0, ...data]);
const WRONG = { type: TypeError, range: RangeError } as const;

// What is asked of a trie, the answer of get, and that of set and delete: whether they take it.
const QUERIES: [codec: Codec<any>, stored: [unknown, number][], rows: [query: unknown, get: number | undefined | keyof typeof WRONG, sets: boolean][]][] = [
  [ipv4Prefix, [["10.0.0.0/8", 1], ["10.1.0.0/16", 2], ["10.1.2.3/32", 3]], [
    ["10.1.2.4", 2, true], [0x0a010204, 2, false], [V4, 2, false], ["10.1.2.3", 3, true], ["11.0.0.0", undefined, true],
    ["10.1.2.4/32", undefined, true], ["10.1.0.0/16", 2, true], ["10.1.0.0/17", undefined, true],
    [-1, "range", false], ["::1", "range", false], [key(8, V4), "range", false], [null, "type", false],
  ]],
  [ipv6Prefix, [["2001:db8::/32", 1]], [
    ["2001:db8::1", 1, true], [V6, 1, false], ["2001:db8::1/128", undefined, true], ["2001:db8::/32", 1, true],
    [1, "type", false], [V4, "range", false], ["10.1.2.3", "range", false],
  ]],
  [ipPrefix, [["10.0.0.0/8", 1], ["2001:db8::/32", 2]], [
    ["10.9.9.9", 1, true], [0x0a010204, 1, false], [V4, 1, false], ["2001:db8::1", 2, true], [V6, 2, false],
    ["10.9.9.9/32", undefined, true], ["2001:db8::1/128", undefined, true], ["10.0.0.0/8", 1, true], [key(8, V4), "range", false],
  ]],
  [prefixBytes(4), [[{ prefixlen: 8, data: V4 }, 1]], [
    [V4, 1, false], [{ prefixlen: 8, data: V4 }, 1, true], [{ prefixlen: 32, data: V4 }, undefined, true], [V6, "type", false], [1, "type", false],
  ]],
  [bytes(8), [[key(8, V4), 1]], [
    [V4, 1, false], [key(8, V4), 1, true], [key(32, V4), undefined, true], [V6, "range", false], [1, "type", false],
  ]],
];

for (const [codec, stored, rows] of QUERIES) {
  for (const [query, answer, sets] of rows) {
    test(`${codec.name}: get of ${query instanceof Uint8Array ? `${query.length} bytes` : JSON.stringify(query)} is ${answer}`, () => {
      const map = kernel.createMap({ type: "lpm_trie", key: codec, value: u32, maxEntries: 9 });
      assert.is(map.flags, BPF_F_NO_PREALLOC);
      map.setMany(stored);
      const out = new Uint32Array(1);
      const found = new Uint8Array(2);
      const asks = [() => map.get(query), () => map.has(query), () => map.getInto(query, out), () => map.getMany([stored[0][0], query])];
      if (answer === "type" || answer === "range") {
        for (const ask of asks) assert.throws(ask, (error: unknown) => error instanceof WRONG[answer]);
      } else {
        const there = answer !== undefined;
        assert.equal(asks.map((ask) => ask()), [answer, there, there, [stored[0][1], answer]]);
        assert.is(out[0], answer ?? 0);
        const two = new Uint32Array(2);
        assert.is(map.getManyInto([stored[0][0], query], two, found), there ? 2 : 1);
        assert.equal([...two, ...found], [stored[0][1], answer ?? 0, 1, there ? 1 : 0]);
      }
      if (sets) {
        assert.is(map.set(query, 77).get(query), 77);
        assert.is(map.delete(query), true);
      } else {
        const count = map.count();
        for (const change of [() => map.set(query, 1), () => map.delete(query), () => map.take(query)]) assert.throws(change, Error);
        assert.is(map.count(), count);
      }
      map.close();
    });
  }
}

test("bits behind a prefix do not count, and read as they were last written", () => {
  const map = newTrie(ipv4Prefix);
  map.set("10.9.9.9/8", 1);
  assert.is(map.get("10.0.0.0/8"), 1);
  assert.equal([...map.keys()], ["10.9.9.9/8"]);
  map.set("10.1.1.1/8", 2, { flags: BPF_EXIST });
  assert.equal([...map], [["10.1.1.1/8", 2]]);
  assert.equal(map.match("10.200.0.1"), { prefix: "10.1.1.1/8", value: 2 });
  assert.is(map.delete("10.77.0.0/8"), true);
  map.close();
});

test("IPv6", () => {
  const map = newTrie(ipv6Prefix);
  map.setMany([["2001:db8::/32", 1], ["2001:db8:0:1::/64", 2], ["2001:0db8:0000:0001:0000:0000:0000:0001", 3], ["::ffff:10.0.0.0/104", 4]]);
  assert.is(map.lookup("2001:db8:0:1::1"), 3);
  assert.is(map.lookup("2001:db8:0:1::2"), 2);
  assert.is(map.lookup("2001:db8:ffff::"), 1);
  assert.is(map.lookup("::ffff:10.1.2.3"), 4);
  assert.is(map.lookup("2002::"), undefined);
  const bytes = new Uint8Array(16);
  bytes.set([0x20, 0x01, 0x0d, 0xb8]);
  assert.equal(map.match(bytes), { prefix: "2001:db8::/32", value: 1 });
  assert.equal([...map.keys()], ["::ffff:10.0.0.0/104", "2001:db8:0:1::1/128", "2001:db8:0:1::/64", "2001:db8::/32"]);
  assert.equal([...map.covering("2001:db8:0:1::1")].map(([prefix]) => prefix), ["2001:db8:0:1::1/128", "2001:db8:0:1::/64", "2001:db8::/32"]);
  for (const address of [1, "10.0.0.1", "2001:db8::/32", new Uint8Array(4)]) {
    assert.throws(() => map.lookup(address), /Cannot encode ipv6Prefix/);
  }
  map.close();
});

test("prefixes of any data, of odd sizes too", () => {
  for (const size of [1, 3, 5, 256]) {
    const map = newTrie(prefixBytes(size));
    const data = new Uint8Array(size).fill(0xa5);
    for (let prefixlen = 0; prefixlen <= size * 8; prefixlen += 5) map.set({ prefixlen, data }, prefixlen);
    const most = size * 8 - ((size * 8) % 5);
    assert.is(map.lookup(data), most);
    const other = data.slice();
    other[size - 1] ^= 0xff;
    assert.is(map.lookup(other), (size - 1) * 8 - (((size - 1) * 8) % 5));
    assert.equal(map.match(other)!.prefix.data, data);
    assert.is(map.count(), most / 5 + 1);
    assert.equal([...map.keys()].map(({ prefixlen }) => prefixlen), Array.from({ length: most / 5 + 1 }, (_, i) => most - i * 5));
    assert.is(map.get({ prefixlen: 5, data }), 5);
    assert.is(map.get({ prefixlen: 6, data }), undefined);
    assert.equal(map.getMany([{ prefixlen: 5, data }, { prefixlen: 6, data }, { prefixlen: 0, data: other }]), [5, undefined, 0]);
    assert.is([...map.coveredBy({ prefixlen: 1, data })].length, most / 5);
    for (const prefixlen of [-1, 0.5, size * 8 + 1]) {
      assert.throws(() => map.set({ prefixlen, data }, 1), (error: unknown) => error instanceof RangeError);
    }
    assert.throws(() => map.set({ prefixlen: 1, data: new Uint8Array(size + 1) }, 1), (error: unknown) => error instanceof RangeError);
    for (const key of [null, "a", { prefixlen: 1 }, { prefixlen: "1", data }]) {
      assert.throws(() => map.set(key as never, 1), (error: unknown) => error instanceof TypeError);
    }
    map.close();
  }
});

test("keys that were opened as bytes", () => {
  const map = newTrie(ipv4Prefix);
  map.set("10.0.0.0/8", 1);
  const opened = kernel.openById(map.info().id, { type: "lpm_trie", value: u32 });
  assert.equal([...opened], [[new Uint8Array([8, 0, 0, 0, 10, 0, 0, 0]), 1]]);
  assert.is(opened.get(new Uint8Array([8, 0, 0, 0, 10, 1, 1, 1])), 1);
  assert.is(opened.get(new Uint8Array([9, 0, 0, 0, 10, 1, 1, 1])), undefined);
  assert.is(opened.lookup(new Uint8Array([10, 1, 1, 1])), 1);
  assert.throws(() => opened.lookup("10.1.1.1"), (error: unknown) => error instanceof TypeError);
  assert.is(opened.get(new Uint8Array([33, 0, 0, 0, 10, 1, 1, 1])), undefined, "no prefix is longer than the data");
  assert.throws(() => opened.set(new Uint8Array([33, 0, 0, 0, 10, 1, 1, 1]), 1), /prefixlen must be at most 32/);
  opened.close();
  map.close();
});

test("creation and capacity say what is wrong", () => {
  assert.is(kernel.bpf(BPF_MAP_CREATE, { map_type: BPF_MAP_TYPE_LPM_TRIE, key_size: 8, value_size: 4, max_entries: 1 }), -22);
  const map = newTrie(ipv4Prefix, 2);
  const full = /^Cannot update map "routes": it holds maxEntries \(2\) prefixes; 2 elements before it are done$/;
  assert.throws(() => map.setMany([["10.0.0.0/8", 1], ["11.0.0.0/8", 1], ["12.0.0.0/8", 1]]), full);
  const { id } = map.info();
  const writer = kernel.openById(id, { type: "lpm_trie", key: ipv4Prefix, value: u32, flags: BPF_F_WRONLY });
  throwsCode("EPERM", () => writer.lookup("10.0.0.1"));
  throwsCode("EPERM", () => writer.match("10.0.0.1"));
  throwsCode("EPERM", () => [...writer.covering("10.0.0.1")]);
  writer.close();
  map.close();
});

// Few different bits, so that prefixes nest, share nodes and meet again.
const address = fc.array(fc.constantFrom(0, 1, 0x80, 0xff), { minLength: 4, maxLength: 4 }).map(([a, b, c, d]) => ((a << 24) | (b << 16) | (c << 8) | d) >>> 0);
const prefix: fc.Arbitrary<Prefix> = fc.record({ address, length: fc.oneof(fc.nat(32), fc.constantFrom(0, 8, 16, 24, 32)) });
const OPS = ["set", "set", "set", "delete", "get", "match", "covering", "coveredBy", "entries"] as const;

test("random sequences answer as a table that looks at everything does", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom(...OPS), prefix, fc.nat(1000)), { maxLength: 150 }), (sequence) => {
      const map = newTrie(ipv4Prefix);
      const model = new LpmModel();
      const shown = (entries: Iterable<[Prefix, number]>) => Array.from(entries, ([p, value]) => [text(p), value]);
      for (const [op, p, value] of sequence) {
        const key = text(p);
        if (op === "set") {
          map.set(key, value);
          model.set(p, value);
        } else if (op === "delete") assert.is(map.delete(key), model.delete(p));
        else if (op === "get") assert.is(map.get(key), model.get(p));
        else if (op === "entries") assert.equal([...map.entries({ batch: 1 + (value % 9) })], shown(model.entries()));
        else if (op === "match") {
          const found = model.match(p.address);
          assert.equal(map.match(p.address), found && { prefix: text(found[0]), value: found[1] });
          assert.is(map.lookup(p.address), found?.[1]);
        } else assert.equal([...map[op](key)], shown(model[op](p)), `${op} ${key}`);
      }
      assert.is(map.count(), model.size);
      assert.equal([...map], shown(model.entries()));
      map.close();
    }),
    { numRuns: 150 },
  );
});

test("walks go on in order while prefixes go and come", () => {
  const change = fc.tuple(fc.boolean(), prefix);
  fc.assert(
    fc.property(fc.array(prefix, { maxLength: 60 }), fc.array(fc.array(change, { maxLength: 3 }), { maxLength: 40 }), prefix, (start, changes, under) => {
      const map = newTrie(ipv4Prefix);
      const model = new LpmModel();
      map.setMany(start.map((p) => [text(p), 1]));
      for (const p of start) model.set(p, 1);
      const always = new Set(model.coveredBy(under).map(([p]) => `${map.match(p.address)!.value}${text(p)}`).map((key) => key.slice(1)));
      const seen: string[] = [];
      let step = 0;
      for (const [key] of map.coveredBy(text(under), { batch: 4 })) {
        assert.ok(map.has(key), "what is delivered is there");
        seen.push(key);
        for (const [add, p] of changes[step++ % Math.max(1, changes.length)] ?? []) {
          if (add) map.set(text(p), 2);
          else map.delete(text(p));
          always.delete(text(p));
          // The same prefix with other bits behind it is the same element.
          for (const key of always) if (!map.has(key)) always.delete(key);
        }
      }
      assert.is(new Set(seen).size, seen.length, "no prefix came twice");
      for (const key of always) assert.ok(seen.some((other) => other === key || sameBits(other, key)), `${key} was there all the time`);
      map.close();
    }),
    { numRuns: 150 },
  );
});

/** Whether two prefixes are one element. */
function sameBits(a: string, b: string): boolean {
  const map = newTrie(ipv4Prefix, 1);
  map.set(a, 1);
  const same = map.has(b);
  map.close();
  return same;
}

test("half a million prefixes are loaded at once", () => {
  const count = 500_000;
  const big = kernel.createMap({ type: "lpm_trie", key: ipv4Prefix, value: u8, maxEntries: count, flags });
  const keys = new Uint8Array(count * 8);
  const words = new Uint32Array(keys.buffer);
  for (let i = 0; i < count; i++) {
    words[2 * i] = 24;
    keys[8 * i + 4] = 1 + (i >> 16);
    keys[8 * i + 5] = i >> 8;
    keys[8 * i + 6] = i;
  }
  big.setMany(keys, new Uint8Array(count).fill(7));
  assert.is(big.lookup((1 << 24) | (5 << 16) | (6 << 8) | 9), 7);
  assert.is(big.lookup(0), undefined);
  assert.equal(big.match("1.5.6.9"), { prefix: "1.5.6.0/24", value: 7 });
  assert.is(big.count(), count);
  big.close();
});

test.run();
