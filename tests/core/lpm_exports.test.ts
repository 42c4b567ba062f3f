// The searches of a trie that are the engine's own: what they find, and how they refuse. Addresses in memory, as any
// host of the core would call them, and addresses as numbers.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { coreOf, exportsOf } from "../../bindings/abi/internals.ts";
import { BPF_F_NO_PREALLOC, BPF_F_RDONLY, BPF_F_WRONLY, errnoName } from "../../bindings/index.ts";
import { f64, i32, ipv4Prefix, ipv6Prefix, prefixBytes, u32, u64 } from "../../bindings/index.ts";
import { Errno } from "../../assembly/uapi/constants.ts";
import { newKernel } from "../harness/kernel.ts";

const kernel = newKernel();
const test = suite("map/lpm_exports");
const exports = exportsOf(kernel);

const map = kernel.createMap({ type: "lpm_trie", key: ipv4Prefix, value: u32, maxEntries: 16, flags: BPF_F_NO_PREALLOC });
map.setMany([["10.0.0.0/8", 1], ["10.1.0.0/16", 2], ["192.168.0.0/16", 3], ["0.0.0.0/0", 4]]);
const [key, outKey, value] = [kernel.alloc(8), kernel.alloc(8), kernel.alloc(4)];

function match(prefix: string): [answer: string, prefix?: string, value?: number] {
  ipv4Prefix.write(coreOf(kernel).fresh(), key, prefix);
  const ret = exports.lpm_match(map.fd, key, outKey, value);
  const views = coreOf(kernel).fresh();
  return ret === 0 ? ["0", ipv4Prefix.read(views, outKey), views.u32[value >>> 2]] : [errnoName(ret)];
}

function next(prefix: string): string {
  ipv4Prefix.write(coreOf(kernel).fresh(), key, prefix);
  const ret = exports.lpm_next(map.fd, key, outKey);
  return ret === 0 ? ipv4Prefix.read(coreOf(kernel).fresh(), outKey) : errnoName(ret);
}

test("lpm_match tells the prefix too", () => {
  assert.equal(match("10.1.2.3"), ["0", "10.1.0.0/16", 2]);
  assert.equal(match("10.1.2.3/12"), ["0", "10.0.0.0/8", 1]);
  assert.equal(match("11.0.0.0/8"), ["0", "0.0.0.0/0", 4]);
  map.delete("0.0.0.0/0");
  assert.equal(match("11.0.0.0/8"), ["ENOENT"]);
  map.set("0.0.0.0/0", 4);
});

test("lpm_next goes on from any place in the order", () => {
  const order = ["10.1.0.0/16", "10.0.0.0/8", "192.168.0.0/16", "0.0.0.0/0"];
  assert.equal([...map.keys()], order);
  for (let i = 0; i < 4; i++) assert.is(next(order[i]), order[i + 1] ?? "ENOENT");
  for (const [from, to] of [
    ["0.0.0.0/32", "10.1.0.0/16"],
    ["9.255.255.255/32", "10.1.0.0/16"],
    ["10.1.0.0/32", "10.1.0.0/16"],
    ["10.1.255.255/32", "10.1.0.0/16"],
    ["10.0.0.0/15", "10.0.0.0/8"],
    ["10.2.0.0/16", "10.0.0.0/8"],
    ["10.0.0.0/7", "192.168.0.0/16"],
    ["128.0.0.0/1", "0.0.0.0/0"],
    ["255.0.0.0/8", "0.0.0.0/0"],
    ["192.169.0.0/16", "0.0.0.0/0"],
  ]) assert.is(next(from), to, from); // prettier-ignore
});

test("both refuse as LOOKUP_ELEM does", () => {
  const hash = kernel.createMap({ type: "hash", key: u32, value: u32, maxEntries: 1 });
  const writer = kernel.openById(map.info().id, { type: "lpm_trie", key: ipv4Prefix, value: u32, flags: BPF_F_WRONLY });
  ipv4Prefix.write(coreOf(kernel).fresh(), key, "10.1.2.3");
  const rows: [fd: number, key: number, outKey: number, value: number, match: string, next: string][] = [
    [999, key, outKey, value, "EBADF", "EBADF"],
    [0, key, outKey, value, "EINVAL", "EINVAL"],
    [hash.fd, key, outKey, value, "ENOTSUPP", "ENOTSUPP"],
    [writer.fd, key, outKey, value, "EPERM", "EPERM"],
    [map.fd, 0, outKey, value, "EFAULT", "EFAULT"],
    [map.fd, key, 0, value, "EFAULT", "EFAULT"],
    [map.fd, 16, outKey, value, "EFAULT", "EFAULT"],
    [map.fd, key, 0xfffffff8, value, "EFAULT", "EFAULT"],
    [map.fd, key, outKey, 0, "EFAULT", "0"],
  ];
  rows.forEach(([fd, keyPtr, outKeyPtr, valuePtr, forMatch, forNext], i) => {
    const code = (ret: number): string => (ret === 0 ? "0" : errnoName(ret));
    assert.is(code(exports.lpm_match(fd, keyPtr, outKeyPtr, valuePtr)), forMatch, `row ${i}`);
    assert.is(code(exports.lpm_next(fd, keyPtr, outKeyPtr)), forNext, `row ${i}`);
  });
  coreOf(kernel).fresh().u32[key >>> 2] = 33;
  assert.is(errnoName(exports.lpm_match(map.fd, key, outKey, value)), "ENOENT");
  assert.is(errnoName(exports.lpm_next(map.fd, key, outKey)), "EINVAL");
  hash.close();
  writer.close();
});

const flags = BPF_F_NO_PREALLOC;
const VALUES = [0, 1, 2, 0x5d5cf12b, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff];

/** What lpm_value_u32 says: a value, or the errno that last_error tells behind the one value that means no value. */
function valueOf(fd: number, address: number): number {
  const value = exports.lpm_value_u32(fd, address) >>> 0;
  const error = exports.last_error();
  return value === 0x5d5cf12b && error !== 0 ? error : value;
}

test("lpm_value_u32 answers with any value, for any address", () => {
  const trie = kernel.createMap({ type: "lpm_trie", key: ipv4Prefix, value: u32, maxEntries: 16, flags });
  for (const logged of [false, true]) {
    const stop = logged ? kernel.onCall(() => {}) : () => {};
    for (const number of VALUES) {
      const address = [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join(".");
      assert.is(trie.lookup(number), undefined);
      assert.is(valueOf(trie.fd, number), -Errno.ENOENT);
      for (const stored of VALUES) {
        trie.set(address, stored);
        assert.is(trie.lookup(number), stored);
        assert.is(trie.lookup(address), stored);
        assert.is(valueOf(trie.fd, number), stored);
      }
      trie.delete(address);
    }
    stop();
  }
  for (const wrong of [-1, 2 ** 32, 0.5, NaN]) {
    assert.throws(() => trie.lookup(wrong), (error: unknown) => error instanceof RangeError);
  }
  trie.close();
  assert.throws(() => trie.lookup(1), /closed/);
});

test("lpm_value_u32 says no to what it is not for, and lookup finds another way", () => {
  const unsupported = (fd: number): void => assert.is(valueOf(fd, 0x0a010203), -Errno.ENOTSUPP, String(fd));
  for (const fd of [0, 2, 99, -1, 2 ** 31]) unsupported(fd);
  const { id } = map.info();
  assert.is(valueOf(map.fd, 0x0a010203), 2);
  const reader = kernel.openById(id, { type: "lpm_trie", key: ipv4Prefix, value: u32, flags: BPF_F_RDONLY });
  unsupported(reader.fd);
  assert.is(reader.lookup(0x0a010203), 2);
  assert.is(reader.lookup("10.1.2.3"), 2);
  reader.close();
  const writer = kernel.openById(id, { type: "lpm_trie", key: ipv4Prefix, value: u32, flags: BPF_F_WRONLY });
  unsupported(writer.fd);
  assert.throws(() => writer.lookup(0x0a010203), (error: unknown) => (error as { code?: string }).code === "EPERM");
  writer.close();
  const hash = kernel.createMap({ type: "hash", key: u32, value: u32, maxEntries: 1 });
  unsupported(hash.fd);
  hash.close();
  for (const [key, value, stored, wordy] of [
    [ipv4Prefix, i32, -5, true],
    [ipv4Prefix, u64, 5n, false],
    [ipv4Prefix, f64, 0.5, false],
    [ipv6Prefix, u32, 7, false],
    [prefixBytes(3), u32, 7, false],
    [prefixBytes(4), u32, 7, true],
  ] as const) {
    const trie = kernel.createMap({ type: "lpm_trie", key, value, maxEntries: 4, flags } as never) as any;
    const data = new Uint8Array(key.size - 4).fill(1);
    const bytes = Uint8Array.from([8 * data.length, 0, 0, 0, ...data]);
    const opened = kernel.openById(trie.info().id, { type: "lpm_trie", value } as never) as any;
    assert.is(trie.lookup(data), undefined);
    opened.set(bytes, stored);
    assert.is(trie.lookup(data), stored);
    assert.is(opened.lookup(data), stored);
    if (key === ipv4Prefix) assert.is(trie.lookup(0x01010101), stored);
    else assert.throws(() => trie.lookup(0x01010101), (error: unknown) => error instanceof TypeError);
    if (!wordy) unsupported(trie.fd);
    else assert.is(valueOf(trie.fd, 0x01010101), (stored as number) >>> 0);
    opened.close();
    trie.close();
  }
});

test.after(() => {
  for (const ptr of [key, outKey, value]) kernel.free(ptr);
  map.close();
});

test.run();
