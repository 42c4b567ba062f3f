// Keys and values of four bytes go between JavaScript and the core as numbers (value_u32, update_u32) where a map is
// plain enough, and by memory where it is not: both ways answer alike, for every number and every kind of map.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { exportsOf } from "../../bindings/abi/internals.ts";
import { BPF_ANY, BPF_EXIST, BPF_F_NO_PREALLOC, BPF_F_RDONLY, BPF_F_WRONLY, BPF_F_ZERO_SEED, BPF_NOEXIST, u32 } from "../../bindings/index.ts";
import { checkLeaks } from "../harness/leak.ts";
import { newKernel } from "../harness/kernel.ts";
import { Engine, Errno } from "../../assembly/uapi/constants.ts";

const kernel = newKernel({ cpus: 2, seed: 17 });
const test = suite("words");
checkLeaks(test, kernel);

const NUMBERS = [0, 1, 0x7fffffff, 0x80000000, 0xffff0001, 0xfffffffe, 0xffffffff, Engine.UNCLEAR];
const throwsCode = (code: string, fn: () => unknown): void =>
  assert.throws(fn, (error: unknown) => (error as { code?: string }).code === code);

for (const [name, flags] of [["groups", 0], ["chains", BPF_F_NO_PREALLOC], ["the kernel's order", BPF_F_ZERO_SEED]] as const) {
  for (const logged of [false, true]) {
    test(`any number is a key and a value: ${name}${logged ? ", while calls are logged" : ""}`, () => {
      const map = kernel.createMap({ type: "hash", key: u32, value: u32, maxEntries: NUMBERS.length, flags });
      const stop = logged ? kernel.onCall(() => {}) : () => {};
      for (const key of NUMBERS) {
        assert.is(map.get(key), undefined);
        assert.is(map.has(key), false);
        for (const value of NUMBERS) assert.is(map.set(key, value).get(key), value);
        throwsCode("EEXIST", () => map.set(key, 5, { flags: BPF_NOEXIST }));
        assert.is(map.get(key), NUMBERS.at(-1));
        assert.is(map.set(key, key, { flags: BPF_EXIST }).get(key), key);
      }
      throwsCode("E2BIG", () => map.set(77, 1));
      throwsCode("ENOENT", () => map.set(77, 1, { flags: BPF_EXIST }));
      throwsCode("EINVAL", () => map.set(77, 1, { flags: 3 }));
      throwsCode("EINVAL", () => map.set(0, 1, { flags: 8 }));
      for (const key of NUMBERS) assert.ok(map.delete(key));
      for (const key of NUMBERS) assert.is(map.get(key), undefined);
      map.set(9, 8);
      map.freeze();
      throwsCode("EPERM", () => map.set(9, 7));
      assert.is(map.get(9), 8);
      stop();
      assert.is(map.get(9), 8);
      map.close();
      assert.throws(() => map.get(9), /closed/);
      assert.throws(() => map.set(9, 9), /closed/);
    });
  }
}

test("other types with such keys and values", () => {
  for (const type of ["lru_hash", "array"] as const) {
    const map = kernel.createMap({ type, key: u32, value: u32, maxEntries: 4 } as never) as unknown as Map<number, number> & { close(): void };
    assert.is(map.get(4), undefined);
    for (const value of NUMBERS) assert.is(map.set(3, value).get(3), value);
    map.close();
  }
});

test("the exports say no to what they are not for", () => {
  const { value_u32, last_error, update_u32 } = exportsOf(kernel);
  const unsupported = (fd: number): void => {
    assert.is(value_u32(fd, 1), Engine.UNCLEAR);
    assert.is(last_error(), -Errno.ENOTSUPP);
    assert.is(update_u32(fd, 1, 1, BPF_ANY), -Errno.ENOTSUPP);
  };
  const plain = kernel.createMap({ type: "hash", key: u32, value: u32, maxEntries: 4 });
  plain.set(1, 2);
  assert.is(value_u32(plain.fd, 1), 2);
  assert.is(value_u32(plain.fd, 2), Engine.UNCLEAR);
  assert.is(last_error(), -Errno.ENOENT);
  plain.set(3, Engine.UNCLEAR);
  assert.is(value_u32(plain.fd, 3), Engine.UNCLEAR);
  assert.is(last_error(), 0);
  assert.is(update_u32(plain.fd, 1, 9, 3), -Errno.ENOTSUPP, "flags that the command has an errno for");
  const id = plain.info().id;
  for (const fd of [0, 2, 99, -1, 2 ** 31]) unsupported(fd);
  for (const flags of [BPF_F_RDONLY, BPF_F_WRONLY]) {
    const half = kernel.openById(id, { type: "hash", key: u32, value: u32, flags });
    unsupported(half.fd);
    half.close();
  }
  const percpu = kernel.createMap({ type: "percpu_hash", key: u32, value: u32, maxEntries: 4 });
  unsupported(percpu.fd);
  percpu.close();
  plain.close();
});

test.run();
