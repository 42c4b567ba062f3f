// Byte keys and values of every size, from and to views at any offset. Keys of 16 bytes go to the core as four numbers
// (lookup_u128) where a map is plain enough, all others through memory: both ways answer alike.
import { coreOf, exportsOf } from "../../bindings/abi/internals.ts";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  array, BPF_F_NO_PREALLOC, BPF_F_RDONLY, BPF_F_WRONLY, BPF_F_ZERO_SEED, bytes, type HashMap, struct, u32, u64, u8,
} from "../../bindings/index.ts";
import { Errno } from "../../assembly/uapi/constants.ts";
import { checkLeaks } from "../harness/leak.ts";
import { isShared, newKernel } from "../harness/kernel.ts";
import { skip } from "../harness/skip.ts";

const kernel = newKernel({ cpus: 2, seed: 23 });
const test = suite("byte keys");
checkLeaks(test, kernel);

type ByteMap = HashMap<Uint8Array, Uint8Array>;
const TABLES = [["groups", 0], ["chains", BPF_F_NO_PREALLOC], ["the kernel's order", BPF_F_ZERO_SEED]] as const;

const create = (keySize: number, valueSize: number, maxEntries: number, flags = 0): ByteMap =>
  kernel.createMap({ type: "hash", key: bytes(keySize), value: bytes(valueSize), maxEntries, flags });

/** `size` bytes that say which they are, `offset` bytes into a buffer that goes on behind them. */
function block(size: number, number: number, offset = 0): Uint8Array {
  const view = new Uint8Array(new ArrayBuffer(offset + size + 8), offset, size);
  for (let i = 0; i < size; i++) view[i] = number * 89 + i * 7;
  return view;
}

const throwsCode = (code: string, fn: () => unknown): void =>
  assert.throws(fn, (error: unknown) => (error as { code?: string }).code === code);

for (const [name, flags] of TABLES) {
  for (const logged of [false, true]) {
    test(`keys and values of 1 to 64 bytes: ${name}${logged ? ", while calls are logged" : ""}`, () => {
      const stop = logged ? kernel.onCall(() => {}) : () => {};
      for (let keySize = 1; keySize <= 64; keySize++) {
        for (const valueSize of new Set([keySize, 65 - keySize, 16])) {
          const map = create(keySize, valueSize, 4, flags);
          const offset = (keySize + valueSize) & 7;
          for (const number of [1, 2, 3]) map.set(block(keySize, number, offset), block(valueSize, number + 5, 7 - offset));
          for (const number of [1, 2, 3]) {
            const key = block(keySize, number, 7 - offset);
            const room = valueSize + (number - 1) * 5;
            const out = new Uint8Array(new ArrayBuffer(room + 16), offset, room).fill(0xee);
            assert.ok(map.has(key));
            assert.equal(map.get(key), block(valueSize, number + 5));
            assert.ok(map.getInto(key, out));
            assert.equal([...out.subarray(0, valueSize)], [...block(valueSize, number + 5)]);
            assert.ok(out.subarray(valueSize).every((byte) => byte === 0xee), "bytes behind the value");
          }
          const absent = block(keySize, 4);
          const out = new Uint8Array(valueSize).fill(0xee);
          assert.not(map.has(absent));
          assert.is(map.get(absent), undefined);
          assert.not(map.getInto(absent, out));
          assert.ok(out.every((byte) => byte === 0xee), "an absent key leaves the view alone");
          assert.ok(map.delete(block(keySize, 2)));
          assert.not(map.getInto(block(keySize, 2), out));
          map.close();
        }
      }
      stop();
    });
  }

  test(`16-byte keys from and into views at any offset: ${name}`, () => {
    const map = create(16, 16, 1, flags);
    map.set(block(16, 3), block(16, 4));
    for (let from = 0; from < 8; from++) {
      for (let to = 0; to < 8; to++) {
        const out = new Uint8Array(new ArrayBuffer(64), to, 20);
        assert.ok(map.getInto(block(16, 3, from), out));
        assert.equal([...out], [...block(16, 4), 0, 0, 0, 0]);
        assert.equal(new Uint8Array(out.buffer).filter((_, i) => i < to || i >= to + 16), new Uint8Array(48));
      }
    }
    map.close();
  });

  test(`every bit of a 16-byte key counts: ${name}`, () => {
    const map = create(16, 1, 129, flags);
    const key = new Uint8Array(16);
    for (let bit = -1; bit < 128; bit++) {
      key.fill(0);
      if (bit >= 0) key[bit >> 3] = 1 << (bit & 7);
      assert.not(map.has(key), `bit ${bit}`);
      map.set(key, Uint8Array.of(bit));
    }
    for (let bit = -1; bit < 128; bit++) {
      key.fill(0);
      if (bit >= 0) key[bit >> 3] = 1 << (bit & 7);
      assert.equal(map.get(key), Uint8Array.of(bit));
    }
    map.close();
  });

  test(`full maps of any size find every 16-byte key: ${name}`, () => {
    for (const count of [1, 2, 3, 7, 8, 9, 100, 5000]) {
      const map = create(16, 4, count, flags);
      const words = new Uint32Array(4);
      const key = new Uint8Array(words.buffer);
      const out = new Uint8Array(4);
      for (let i = 0; i < count; i++) map.set(((words[i & 3] = i + 1), key), new Uint8Array(Uint32Array.of(i).buffer));
      words.fill(0);
      for (let i = 0; i < count; i++) {
        words[i & 3] = i + 1;
        assert.ok(map.getInto(key, out), `${i} of ${count}`);
        if ((i & 3) === 3) assert.is(new Uint32Array(out.buffer)[0], i);
      }
      words[0] = 0xffffffff;
      assert.not(map.has(key));
      map.close();
    }
  });
}

test("while calls are logged every lookup is a call of bpf()", () => {
  const map = create(16, 16, 1);
  map.set(block(16, 1), block(16, 2));
  const calls: string[] = [];
  const stop = kernel.onCall(({ command }) => calls.push(command));
  assert.ok(map.has(block(16, 1)));
  assert.ok(map.getInto(block(16, 1), new Uint8Array(16)));
  assert.not(map.has(block(16, 2)));
  stop();
  assert.ok(map.has(block(16, 1)));
  assert.equal(calls, Array(3).fill("BPF_MAP_LOOKUP_ELEM"));
  map.close();
});

test("what is no key, before and after the core was asked", () => {
  const map = create(16, 16, 2);
  const out = new Uint8Array(16);
  const gone = new Uint8Array(16);
  structuredClone(gone.buffer, { transfer: [gone.buffer] });
  const types = [null, undefined, 5, 5n, "0123456789abcdef", true, {}, { length: 16 }, { length: 16n }, Array(16).fill(0),
    new Uint16Array(8), new Uint8ClampedArray(16), new DataView(new ArrayBuffer(16)), new ArrayBuffer(16)];
  const lengths = [gone, new Uint8Array(0), new Uint8Array(15), new Uint8Array(17)];
  for (let round = 0; round < 2; round++) {
    for (const call of [(k: any) => map.get(k), (k: any) => map.has(k), (k: any) => map.getInto(k, out), (k: any) => map.set(k, out)]) {
      for (const key of types) assert.throws(() => call(key), (e: unknown) => e instanceof TypeError && /expected a Uint8Array of 16 bytes/.test(e.message));
      for (const key of lengths) assert.throws(() => call(key), (e: unknown) => e instanceof RangeError && /expected a Uint8Array of 16 bytes/.test(e.message));
    }
    map.set(block(16, 1), block(16, 2));
    assert.ok(map.getInto(block(16, 1), out));
  }
  map.close();
  assert.throws(() => map.getInto(block(16, 1), out), /closed/);
  assert.throws(() => map.getInto(null as never, out), /closed/);
  assert.throws(() => map.has(block(16, 1)), /closed/);
});

test("what getInto cannot read into", () => {
  const map = create(16, 16, 1);
  const key = block(16, 1);
  map.set(key, key);
  const gone = new Uint8Array(16);
  structuredClone(gone.buffer, { transfer: [gone.buffer] });
  for (const out of [null, undefined, 5, 5n, "a", true, Symbol("a")]) assert.throws(() => map.getInto(key, out as never), TypeError);
  for (const out of [gone, new Uint8Array(15), new DataView(new ArrayBuffer(15)), new Uint16Array(7)]) {
    assert.throws(() => map.getInto(key, out as never), /view of \d+ bytes: the value has 16/);
  }
  for (const out of [new DataView(new ArrayBuffer(17)), new Uint16Array(9), new Uint8ClampedArray(16), new BigUint64Array(2)]) {
    assert.ok(map.getInto(key, out as never));
    assert.equal([...new Uint8Array(out.buffer, 0, 16)], [...key]);
  }
  map.close();
});

test("objects with a length are read into as any others", () => {
  const map = kernel.createMap({ type: "hash", key: bytes(16), value: struct({ length: u64, rest: array(u8, 2) }), maxEntries: 1 });
  map.set(block(16, 1), { length: 7n, rest: [1, 2] });
  const out = { length: 0n, rest: [0, 0] };
  assert.ok(map.getInto(block(16, 1), out));
  assert.equal(out, { length: 7n, rest: [1, 2] });
  map.close();
});

const SHARED = "views of shared memory";
if (typeof SharedArrayBuffer === "undefined") skip(test, SHARED, "this runtime has no SharedArrayBuffer");
else test(SHARED, () => {
  const map = kernel.createMap({ type: "hash", key: bytes(16), value: bytes(16), maxEntries: 8 });
  const shared = new Uint8Array(new SharedArrayBuffer(40), 3, 16);
  shared.set(block(16, 5));
  map.set(shared, block(16, 6));
  const out = new Uint8Array(new SharedArrayBuffer(40), 5, 17);
  assert.ok(map.getInto(shared, out));
  assert.equal([...out.subarray(0, 16)], [...block(16, 6)]);
  map.close();
});

test("views of the kernel's own memory, which grows between two lookups", () => {
  const own = newKernel({ seed: 3 });
  const map = own.createMap({ type: "hash", key: bytes(16), value: bytes(16), maxEntries: 8 });
  map.set(block(16, 5), block(16, 6));
  const out = new Uint8Array(17);
  const ptr = own.alloc(64);
  const key = new Uint8Array(own.memory.buffer, ptr, 16);
  key.set(block(16, 5));
  assert.ok(map.getInto(key, new Uint8Array(own.memory.buffer, ptr + 17, 16)));
  assert.equal([...new Uint8Array(own.memory.buffer, ptr + 17, 16)], [...block(16, 6)]);
  const large = own.createMap({ type: "array", value: bytes(4096), maxEntries: 1024 });
  assert.is(key.length, isShared() ? 16 : 0, "memory has grown");
  if (!isShared()) assert.throws(() => map.getInto(key, out), RangeError);
  assert.ok(map.getInto(block(16, 5), out));
  assert.equal([...out.subarray(0, 16)], [...block(16, 6)]);
  own.free(ptr);
  large.close();
  map.close();
});

test("other types, and fds that may not read or not write", () => {
  for (const type of ["lru_hash", "percpu_hash"] as const) {
    const map = kernel.createMap({ type, key: bytes(16), value: u32, maxEntries: 4 } as never) as unknown as Map<Uint8Array, unknown> & { close(): void };
    assert.not(map.has(block(16, 1)));
    map.set(block(16, 1), type === "lru_hash" ? 9 : [8, 9]);
    assert.ok(map.has(block(16, 1)));
    assert.equal(map.get(block(16, 1)), type === "lru_hash" ? 9 : [8, 9]);
    map.close();
  }
  const map = create(16, 16, 1);
  map.set(block(16, 1), block(16, 2));
  const spec = { type: "hash", key: bytes(16), value: bytes(16) } as const;
  const reader = kernel.openById(map.info().id, { ...spec, flags: BPF_F_RDONLY });
  assert.equal(reader.get(block(16, 1)), block(16, 2));
  assert.ok(reader.has(block(16, 1)));
  const writer = kernel.openById(map.info().id, { ...spec, flags: BPF_F_WRONLY });
  throwsCode("EPERM", () => writer.has(block(16, 1)));
  throwsCode("EPERM", () => writer.getInto(block(16, 1), new Uint8Array(16)));
  for (const each of [reader, writer, map]) each.close();
});

test("the export says no to what it is not for", () => {
  const { lookup_elem, lookup_u128 } = exportsOf(kernel);
  const map = create(16, 4, 2);
  const key = block(16, 1);
  map.set(key, block(4, 2));
  const words = new Int32Array(key.buffer, 0, 4);
  const at = (fd: number): number => lookup_u128(fd, words[0], words[1], words[2], words[3]);
  const ptr = kernel.alloc(16);
  coreOf(kernel).copyIn(ptr, key, key.length);
  assert.is(at(map.fd), lookup_elem(map.fd, ptr));
  assert.is(lookup_u128(map.fd, words[0], words[1], words[3], words[2]), -Errno.ENOENT);
  for (const fd of [0, 2, 99, -1, 2 ** 31]) assert.is(at(fd), -Errno.ENOTSUPP);
  const inner = { type: "array", value: u32, maxEntries: 1 } as const;
  const others = [
    create(16, 4, 2, BPF_F_NO_PREALLOC),
    create(16, 4, 2, BPF_F_ZERO_SEED),
    create(15, 4, 2),
    kernel.createMap({ type: "hash", key: u32, value: u32, maxEntries: 1 }),
    kernel.createMap({ type: "lru_hash", key: bytes(16), value: u32, maxEntries: 1 }),
    kernel.createMap({ type: "array", value: bytes(16), maxEntries: 1 }),
    kernel.createMap({ type: "hash_of_maps", key: bytes(16), inner, maxEntries: 1 } as never) as unknown as ByteMap,
    kernel.openById(map.info().id, { type: "hash", key: bytes(16), value: u32, flags: BPF_F_RDONLY }),
    kernel.openById(map.info().id, { type: "hash", key: bytes(16), value: u32, flags: BPF_F_WRONLY }),
  ];
  for (const other of others) {
    assert.is(at(other.fd), -Errno.ENOTSUPP);
    other.close();
  }
  kernel.free(ptr);
  map.close();
});

test.run();
