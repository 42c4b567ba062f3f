// Keys that an attacker, or a program with regular ids, would use: in a map with a random seed they spread over the buckets
// as random keys do. Which bucket holds how many is read with LOOKUP_BATCH, whose cursor is a bucket.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Kernel } from "../../bindings/index.ts";
import { newKernel } from "../harness/kernel.ts";
import { Cmd, MapFlag } from "../kernel/abi.ts";
import { bucketSizes, crowding } from "./buckets.ts";

const KEYS_MAX = 256;

type Family = (key: Uint8Array, index: number) => void;

/** Writes the low bytes of `number` at the start of the key, as a little endian integer of its size does. */
function littleEndian(key: Uint8Array, number: bigint): void {
  let rest = number;
  for (let at = 0; at < key.length; at++, rest >>= 8n) key[at] = Number(rest & 0xffn);
}

function reversed(number: number, bits: number): number {
  let result = 0;
  for (let bit = 0; bit < bits; bit++) if (number & (1 << bit)) result |= 1 << (bits - 1 - bit);
  return result;
}

function families(key_size: number): [name: string, family: Family][] {
  const bits = 8 * key_size;
  const indexBits = Math.min(bits, 8);
  const topShift = BigInt(bits - indexBits);
  const low = bits > indexBits ? 1n : 0n;
  const list: [string, Family][] = [
    ["0, 1, 2, ...", (key, index) => littleEndian(key, BigInt(index))],
    ["equal but for the top bits", (key, index) => littleEndian(key, (BigInt(index) << topShift) | low)],
    ["bit-reversed", (key, index) => littleEndian(key, BigInt(reversed(index, indexBits)) << topShift)],
  ];
  for (let shift = 1; shift + indexBits <= bits; shift += shift < 24 ? 3 : 29) {
    list.push([`multiples of 2^${shift}`, (key, index) => littleEndian(key, BigInt(index) << BigInt(shift))]);
  }
  if (key_size >= 2) {
    list.push(["equal words but one", (key, index) => key.fill(0x55).fill(index, 0, 1)]);
  }
  return list;
}

const test = suite("collisions");

for (let key_size = 1; key_size <= 40; key_size++) {
  test(`regular keys of ${key_size} bytes are spread like random ones`, () => {
    const kernel = newKernel({ seed: 2024 + key_size });
    const count = Math.min(KEYS_MAX, 2 ** (8 * key_size));
    for (const [name, family] of families(key_size)) {
      // Every map draws a seed of its own.
      const attr = { map_type: 1, key_size, value_size: 8, max_entries: count };
      const map_fd = kernel.bpf(Cmd.MAP_CREATE, attr);
      const key = new Uint8Array(key_size);
      const value = new Uint8Array(8);
      for (let index = 0; index < count; index++) {
        family(key, index);
        assert.is(kernel.bpf(Cmd.MAP_UPDATE_ELEM, { map_fd, key, value, flags: 1 }), 0, `${name}: key ${index} is new`);
      }
      const sizes = bucketSizes(kernel, map_fd, key_size, count);
      assert.is(sizes.reduce((sum, size) => sum + size, 0), count, "every key was met");
      // The number of pairs has a relative spread of sqrt(2 / count) for random buckets; six of them is "never".
      const limit = 1 + 6 * Math.sqrt(2 / count);
      const measured = crowding(sizes, count);
      assert.ok(measured < limit, `${name}: ${measured.toFixed(2)} times the collisions of random keys`);
      assert.ok(Math.max(...sizes) <= 9, `${name}: ${Math.max(...sizes)} keys in one bucket`);
      kernel.close(map_fd);
    }
  });
}

test("the measure sees a bad spread", () => {
  const kernel = newKernel({ seed: 1 });
  const attr = { map_type: 1, key_size: 4, value_size: 8, max_entries: 512, map_flags: MapFlag.ZERO_SEED };
  const map_fd = kernel.bpf(Cmd.MAP_CREATE, attr);
  const probe = kernel.bpf(Cmd.MAP_CREATE, attr);
  // Under ZERO_SEED everybody knows the buckets: of many keys, those whose own bucket is among the first 64.
  const value = new Uint8Array(8);
  let count = 0;
  for (let index = 0; count < 256; index++) {
    const key = Uint32Array.of(index);
    kernel.bpf(Cmd.MAP_UPDATE_ELEM, { map_fd: probe, key, value });
    const [out_batch, keys] = [new Uint32Array(1), new Uint32Array(1)];
    const batch = { map_fd: probe, in_batch: Uint32Array.of(64), out_batch, keys, values: value, count: 1 };
    kernel.bpf(Cmd.MAP_LOOKUP_BATCH, batch);
    kernel.bpf(Cmd.MAP_DELETE_ELEM, { map_fd: probe, key });
    if (batch.count === 1) continue;
    assert.is(kernel.bpf(Cmd.MAP_UPDATE_ELEM, { map_fd, key, value }), 0);
    count++;
  }
  assert.ok(crowding(bucketSizes(kernel, map_fd, 4, 512), 512) > 4);
});

test("two maps with the same keys have different orders, and other kernels have others", () => {
  const order = (kernel: Kernel): string => {
    const map_fd = kernel.bpf(Cmd.MAP_CREATE, { map_type: 1, key_size: 4, value_size: 8, max_entries: 64 });
    const value = new Uint8Array(8);
    for (let key = 0; key < 64; key++) kernel.bpf(Cmd.MAP_UPDATE_ELEM, { map_fd, key: Uint32Array.of(key), value });
    const keys = new Uint32Array(64);
    const [out_batch, values] = [new Uint32Array(1), new Uint8Array(512)];
    kernel.bpf(Cmd.MAP_LOOKUP_BATCH, { map_fd, in_batch: null, out_batch, keys, values, count: 64 });
    return keys.join(" ");
  };
  const kernel = newKernel();
  const orders = new Set([order(kernel), order(kernel), order(newKernel()), order(newKernel())]);
  assert.is(orders.size, 4);
});

test.run();
