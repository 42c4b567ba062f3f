// What stands above the nodes of a large trie, the direct table and its blocks: tries that are as large and as dense as
// it takes, against a table of prefixes by length, while prefixes come and go.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { exportsOf } from "../../bindings/abi/internals.ts";
import { BPF_F_NO_PREALLOC, BPF_MAP_LOOKUP_ELEM, ipv4Prefix, prefixBytes, u32 } from "../../bindings/index.ts";
import type { Codec, LpmTrieMap } from "../../bindings/index.ts";
import { checkLeaks } from "../harness/leak.ts";
import { newKernel } from "../harness/kernel.ts";
import { Prng } from "../kernel/prng.ts";
import { inOrder, type Prefix, text } from "../suites/lpm_model.ts";

const kernel = newKernel();
const test = suite("map/lpm_table");
checkLeaks(test, kernel);
const exports = exportsOf(kernel);

const newTrie = <K>(key: Codec<K>, maxEntries: number): LpmTrieMap<K, number> =>
  kernel.createMap({ type: "lpm_trie", key, value: u32, maxEntries, flags: BPF_F_NO_PREALLOC });

function checkState(): void {
  const debug = exports as { check_invariants?(): number };
  assert.is(debug.check_invariants?.() ?? 0, 0, "number of the broken rule (assembly/debug)");
}

const mask = (length: number): number => (length === 0 ? 0 : (-1 << (32 - length)) >>> 0);

/** Prefixes in one Map for each length: a longest match asks all of them. */
class Lengths {
  readonly maps: Map<number, number>[] = Array.from({ length: 33 }, () => new Map<number, number>());

  get size(): number {
    return this.maps.reduce((sum, map) => sum + map.size, 0);
  }

  set({ address, length }: Prefix, value: number): void {
    this.maps[length].set((address & mask(length)) >>> 0, value);
  }

  delete({ address, length }: Prefix): boolean {
    return this.maps[length].delete((address & mask(length)) >>> 0);
  }

  match(address: number, longest = 32): number | undefined {
    for (let length = longest; length >= 0; length--) {
      const value = this.maps[length].get((address & mask(length)) >>> 0);
      if (value !== undefined) return value;
    }
    return undefined;
  }

  prefixes(): Prefix[] {
    return this.maps.flatMap((map, length) => Array.from(map.keys(), (address) => ({ address, length })));
  }
}

/** Addresses that crowd into few places of the tree, so that prefixes nest and lie beside each other at every level. */
function crowd(rng: Prng, places: number): () => number {
  const bases = Array.from({ length: places }, () => rng.u32());
  return () => (rng.pick(bases) ^ (rng.u32() >>> rng.between(6, 31))) >>> 0;
}

const attr = { map_fd: 0, key: new Uint8Array(8), value: new Uint8Array(4), flags: 0 };

/** LOOKUP_ELEM of a prefix, whose length is the longest that may match. */
function lookUpWithin(map: LpmTrieMap<string, number>, { address, length }: Prefix): number | undefined {
  const view = new DataView(attr.key.buffer);
  view.setUint32(0, length, true);
  view.setUint32(4, address, false);
  const ret = kernel.bpf(BPF_MAP_LOOKUP_ELEM, { ...attr, map_fd: map.fd });
  return ret === 0 ? new Uint32Array(attr.value.buffer)[0] : undefined;
}

// Rows: prefixes that the trie grows to, and places they crowd around: tables of none, 8, 12 and 16 bits.
for (const [size, places] of [[100, 2], [500, 2], [500, 40], [3000, 6], [6000, 900], [40_000, 30], [40_000, 9000]]) {
  test(`${size} prefixes around ${places} places come and go`, () => {
    const rng = new Prng(size * 7 + places, "lpm_table");
    const next = crowd(rng, places);
    const map = newTrie(ipv4Prefix, size * 2);
    const model = new Lengths();
    const prefix = (): Prefix => ({ address: next(), length: rng.chance(0.02) ? rng.below(33) : rng.between(9, 32) });
    const compare = (count: number): void => {
      checkState();
      for (let i = 0; i < count; i++) {
        const address = rng.chance(0.9) ? next() : rng.u32();
        const value = model.match(address);
        assert.is(map.lookup(address), value, text({ address, length: 32 }));
        assert.is(map.lookup(new Uint8Array([address >>> 24, address >>> 16, address >>> 8, address])), value);
        const length = rng.below(33);
        assert.is(lookUpWithin(map, { address, length }), model.match(address, length), text({ address, length }));
      }
    };
    let held: Prefix[] = [];
    for (let value = 0; model.size < size; value++) {
      const p = prefix();
      map.set(text(p), value);
      model.set(p, value);
      held.push(p);
      // Steps of the table's growth, and some between.
      if ([127, 128, 129, 2047, 2048, 2100, 32767, 32768, 32900].includes(model.size)) compare(300);
      if (rng.chance(0.2)) {
        const gone = rng.pick(held);
        assert.is(map.delete(text(gone)), model.delete(gone));
      }
    }
    compare(1000);
    assert.equal([...map.keys()].map(unmasked), model.prefixes().sort(inOrder).map(text));
    for (let value = 0; value < size / 4; value++) {
      const p = rng.chance(0.5) ? rng.pick(held) : prefix();
      map.set(text(p), value);
      model.set(p, value);
      held.push(p);
      const gone = rng.pick(held);
      assert.is(map.delete(text(gone)), model.delete(gone));
    }
    compare(1000);
    for (const round of [1, 2, 3, 4, 5, 6]) {
      const left: Prefix[] = [];
      for (const p of held) {
        if (round < 6 && rng.chance(0.3)) left.push(p);
        else assert.is(map.delete(text(p)), model.delete(p));
      }
      held = left;
      compare(300);
    }
    assert.equal([...map], []);
    map.close();
  });
}

/** A prefix as it is read, with zeros behind its bits. */
function unmasked(prefix: string): string {
  const [dotted, length] = prefix.split("/");
  const address = dotted.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  return text({ address: (address & mask(Number(length))) >>> 0, length: Number(length) });
}

test("short prefixes come and go above a dense trie", () => {
  const rng = new Prng(5, "short");
  const next = crowd(rng, 20);
  const map = newTrie(ipv4Prefix, 50_000);
  const model = new Lengths();
  const add = (p: Prefix, value: number): void => {
    map.set(text(p), value);
    model.set(p, value);
  };
  for (let i = 0; model.size < 36_000; i++) add({ address: next(), length: rng.between(15, 28) }, i);
  for (let i = 0; i < 60; i++) {
    const length = rng.pick([0, 1, 3, 7, 8, 9, 12, 13, 15, 16, 17, 20, 21, 22]);
    const p = { address: rng.chance(0.7) ? next() : rng.u32(), length };
    if (rng.chance(0.6)) add(p, 1_000_000 + i);
    else assert.is(map.delete(text(p)), model.delete(p));
    if (i % 10 === 0) checkState();
    for (let j = 0; j < 100; j++) {
      const address = rng.chance(0.5) ? next() : rng.u32();
      assert.is(map.lookup(address), model.match(address));
    }
  }
  map.close();
});

test("keys of other sizes have a table, and no blocks", () => {
  for (const size of [1, 2, 3, 5, 16]) {
    const rng = new Prng(size, "sizes");
    const map = newTrie(prefixBytes(size), 4000);
    const model = new Map<string, number>();
    const bitsOf = (data: Uint8Array): string => Array.from(data, (byte) => byte.toString(2).padStart(8, "0")).join("");
    const byte = (_: unknown, i: number): number => rng.below(i === 0 && size > 1 ? 3 : 256);
    const some = (): Uint8Array => Uint8Array.from({ length: size }, byte);
    const compare = (): void => {
      checkState();
      for (let i = 0; i < 200; i++) {
        const data = some();
        const bits = bitsOf(data);
        let value: number | undefined;
        for (let length = bits.length; length >= 0 && value === undefined; length--) {
          value = model.get(bits.slice(0, length));
        }
        assert.is(map.lookup(data), value);
      }
    };
    for (let i = 0; i < 4000; i++) {
      const data = some();
      const prefixlen = rng.between(0, size * 8);
      if (rng.chance(0.7)) {
        map.set({ prefixlen, data }, i);
        model.set(bitsOf(data).slice(0, prefixlen), i);
      } else assert.is(map.delete({ prefixlen, data }), model.delete(bitsOf(data).slice(0, prefixlen)));
      if (i % 1000 === 999) compare();
    }
    map.close();
  }
});

test("without memory for a block or a table the trie answers all the same", () => {
  const rng = new Prng(9, "memory");
  const next = crowd(rng, 3);
  const map = newTrie(ipv4Prefix, 10_000);
  const model = new Lengths();
  let refused = 0;
  for (let i = 0; i < 2500; i++) {
    const p = { address: next(), length: rng.between(8, 32) };
    // 0, 1 and 2 are the record and the nodes, which an update cannot do without.
    exports.fail_next(0, i % 6);
    try {
      map.set(text(p), i);
      model.set(p, i);
    } catch (error) {
      assert.is((error as { code?: string }).code, "ENOMEM");
      refused++;
    }
    exports.fail_next(0, 0xffffffff);
    assert.is(map.lookup(p.address), model.match(p.address));
  }
  assert.ok(refused > 100);
  checkState();
  for (let i = 0; i < 2000; i++) {
    const address = next();
    assert.is(map.lookup(address), model.match(address));
  }
  map.close();
});

test.run();
