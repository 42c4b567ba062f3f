// The two searches of a trie that are the engine's own: what they find, and how they refuse. Addresses in memory, as any
// host of the core would call them.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { BPF_F_NO_PREALLOC, BPF_F_WRONLY, errnoName, ipv4Prefix, u32 } from "../../bindings/index.ts";
import { newKernel } from "../harness/kernel.ts";

const kernel = newKernel();
const test = suite("map/lpm_exports");
const { exports } = kernel.core;

const map = kernel.createMap({ type: "lpm_trie", key: ipv4Prefix, value: u32, maxEntries: 16, flags: BPF_F_NO_PREALLOC });
map.setMany([["10.0.0.0/8", 1], ["10.1.0.0/16", 2], ["192.168.0.0/16", 3], ["0.0.0.0/0", 4]]);
const [key, outKey, value] = [kernel.alloc(8), kernel.alloc(8), kernel.alloc(4)];

function match(prefix: string): [answer: string, prefix?: string, value?: number] {
  ipv4Prefix.write(kernel.core.fresh(), key, prefix);
  const ret = exports.lpm_match(map.fd, key, outKey, value);
  const views = kernel.core.fresh();
  return ret === 0 ? ["0", ipv4Prefix.read(views, outKey), views.u32[value >>> 2]] : [errnoName(ret)];
}

function next(prefix: string): string {
  ipv4Prefix.write(kernel.core.fresh(), key, prefix);
  const ret = exports.lpm_next(map.fd, key, outKey);
  return ret === 0 ? ipv4Prefix.read(kernel.core.fresh(), outKey) : errnoName(ret);
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
  ipv4Prefix.write(kernel.core.fresh(), key, "10.1.2.3");
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
  kernel.core.fresh().u32[key >>> 2] = 33;
  assert.is(errnoName(exports.lpm_match(map.fd, key, outKey, value)), "ENOENT");
  assert.is(errnoName(exports.lpm_next(map.fd, key, outKey)), "EINVAL");
  hash.close();
  writer.close();
});

test.after(() => {
  for (const ptr of [key, outKey, value]) kernel.free(ptr);
  map.close();
});

test.run();
