// The raw and the exact surface: what goes into the core, what comes back, and what is refused before anything happens.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  BPF_F_NO_PREALLOC,
  BPF_MAP_CREATE,
  BPF_MAP_DELETE_ELEM,
  BPF_MAP_GET_FD_BY_ID,
  BPF_MAP_GET_NEXT_ID,
  BPF_MAP_GET_NEXT_KEY,
  BPF_MAP_LOOKUP_BATCH,
  BPF_MAP_LOOKUP_ELEM,
  BPF_MAP_TYPE_ARRAY,
  BPF_MAP_TYPE_HASH,
  BPF_MAP_TYPE_LPM_TRIE,
  BPF_MAP_TYPE_PERCPU_HASH,
  BPF_MAP_TYPE_QUEUE,
  BPF_MAP_UPDATE_BATCH,
  BPF_MAP_UPDATE_ELEM,
  BPF_OBJ_GET,
  BPF_OBJ_GET_INFO_BY_FD,
  BPF_OBJ_PIN,
} from "../../bindings/index.ts";
import type { BpfAttr } from "../../bindings/index.ts";
import { Errno } from "../../assembly/uapi/constants.ts";
import { newKernel } from "../harness/kernel.ts";
import { checkLeaks } from "../harness/leak.ts";

const kernel = newKernel();
const test = suite("raw and exact surface");
checkLeaks(test, kernel);

const HASH: BpfAttr = { map_type: BPF_MAP_TYPE_HASH, key_size: 4, value_size: 8, max_entries: 8 };

function withMap(body: (fd: number) => void, attr: BpfAttr = HASH): void {
  const fd = kernel.bpf(BPF_MAP_CREATE, attr);
  assert.ok(fd >= 3, `create answered ${fd}`);
  try {
    body(fd);
  } finally {
    assert.is(kernel.close(fd), 0);
  }
}

const u32Bytes = (value: number): Uint8Array => new Uint8Array(new Uint32Array([value]).buffer);

test("create, update, lookup, next, delete, close", () => {
  withMap((fd) => {
    const key = u32Bytes(7);
    const value = new Uint8Array(8).fill(9);
    const next_key = new Uint8Array(4);
    assert.is(kernel.bpf(BPF_MAP_LOOKUP_ELEM, { map_fd: fd, key, value }), -Errno.ENOENT);
    assert.is(kernel.bpf(BPF_MAP_UPDATE_ELEM, { map_fd: fd, key, value, flags: 0 }), 0);
    value.fill(0);
    assert.is(kernel.bpf(BPF_MAP_LOOKUP_ELEM, { map_fd: fd, key, value }), 0);
    assert.equal(value, new Uint8Array(8).fill(9));
    assert.is(kernel.bpf(BPF_MAP_GET_NEXT_KEY, { map_fd: fd, key: null, next_key }), 0);
    assert.equal(next_key, key);
    assert.is(kernel.bpf(BPF_MAP_DELETE_ELEM, { map_fd: fd, key }), 0);
    assert.is(kernel.bpf(BPF_MAP_DELETE_ELEM, { map_fd: fd, key }), -Errno.ENOENT);
  });
});

const VIEWS: [name: string, make: (buffer: ArrayBuffer) => ArrayBufferView][] = [
  ["Uint8Array", (buffer) => new Uint8Array(buffer)],
  ["Uint32Array", (buffer) => new Uint32Array(buffer)],
  ["BigUint64Array", (buffer) => new BigUint64Array(buffer)],
  ["Float64Array", (buffer) => new Float64Array(buffer)],
  ["DataView", (buffer) => new DataView(buffer)],
  ["Uint8ClampedArray", (buffer) => new Uint8ClampedArray(buffer)],
];
for (const [name, make] of VIEWS) {
  test(`pointers may be a ${name}`, () => {
    withMap((fd) => {
      const inBuffer = new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]).buffer;
      const outBuffer = new ArrayBuffer(8);
      const key = u32Bytes(1);
      assert.is(kernel.bpf(BPF_MAP_UPDATE_ELEM, { map_fd: fd, key, value: make(inBuffer) }), 0);
      assert.is(kernel.bpf(BPF_MAP_LOOKUP_ELEM, { map_fd: fd, key, value: make(outBuffer) }), 0);
      assert.equal(new Uint8Array(outBuffer), new Uint8Array(inBuffer));
    });
  });
}

test("a view longer than needed keeps its rest, and a view into a buffer is used at its place", () => {
  withMap((fd) => {
    const key = u32Bytes(1);
    const value = new Uint8Array(24).fill(5);
    kernel.bpf(BPF_MAP_UPDATE_ELEM, { map_fd: fd, key, value: new Uint8Array(8).fill(3) });
    assert.is(kernel.bpf(BPF_MAP_LOOKUP_ELEM, { map_fd: fd, key, value: value.subarray(8) }), 0);
    assert.equal(value, new Uint8Array(24).fill(5).fill(3, 8, 16));
  });
});

test("pointers may be addresses, as numbers and as bigints, and views of the kernel's own memory", () => {
  withMap((fd) => {
    const block = kernel.alloc(32);
    const view = (offset: number, size: number) => new Uint8Array(kernel.memory.buffer, block + offset, size);
    view(0, 4).set(u32Bytes(3));
    view(8, 8).fill(0xab);
    assert.is(kernel.bpf(BPF_MAP_UPDATE_ELEM, { map_fd: fd, key: block, value: BigInt(block + 8) }), 0);
    assert.is(kernel.bpf(BPF_MAP_LOOKUP_ELEM, { map_fd: fd, key: view(0, 4), value: view(16, 8) }), 0);
    assert.equal(view(16, 8), new Uint8Array(8).fill(0xab));
    assert.is(kernel.bpf(BPF_MAP_LOOKUP_ELEM, { map_fd: fd, key: block, value: 8 }), -Errno.EFAULT);
    assert.is(kernel.bpf(BPF_MAP_LOOKUP_ELEM, { map_fd: fd, key: 2n ** 63n, value: block }), -Errno.EFAULT);
    kernel.free(block);
  });
});

// Lookups with Uint8Arrays take a way of their own through the bindings; with any other view they take the general one.
const LOOKUPS: [name: string, create: BpfAttr, key: Uint8Array, value: Uint8Array][] = [
  ["hash of 4-byte keys", HASH, u32Bytes(7), new Uint8Array(8).fill(9)],
  ["hash of 16-byte keys", { ...HASH, key_size: 16, value_size: 16 }, new Uint8Array(16).fill(1), new Uint8Array(16).fill(2)],
  ["hash of odd sizes", { ...HASH, key_size: 5, value_size: 3 }, new Uint8Array(5).fill(1), new Uint8Array(3).fill(2)],
  ["hash of large keys", { ...HASH, key_size: 100, value_size: 200 }, new Uint8Array(100).fill(1), new Uint8Array(200).fill(2)],
  ["per-CPU hash", { ...HASH, map_type: BPF_MAP_TYPE_PERCPU_HASH }, u32Bytes(7), new Uint8Array(8).fill(9)],
  ["array", { ...HASH, map_type: BPF_MAP_TYPE_ARRAY }, u32Bytes(7), new Uint8Array(8).fill(9)],
  ["queue", { ...HASH, map_type: BPF_MAP_TYPE_QUEUE, key_size: 0 }, new Uint8Array(0), new Uint8Array(8).fill(9)],
  [
    "LPM trie",
    { ...HASH, map_type: BPF_MAP_TYPE_LPM_TRIE, key_size: 8, map_flags: BPF_F_NO_PREALLOC },
    new Uint8Array([8, 0, 0, 0, 10, 0, 0, 0]),
    new Uint8Array(8).fill(9),
  ],
];
for (const [name, create, key, value] of LOOKUPS) {
  test(`LOOKUP of a ${name} answers views of every kind alike`, () => {
    withMap((fd) => {
      const longer = new Uint8Array(key.length + 3);
      longer.set(key);
      const absent = key.slice().fill(0xee, 4).fill(200, 0, 1);
      for (const filled of [false, true]) {
        if (filled) assert.is(kernel.bpf(BPF_MAP_UPDATE_ELEM, { map_fd: fd, key: key.length === 0 ? null : key, value }), 0);
        for (const one of [key, longer, absent]) {
          for (const extra of [{}, { flags: 0 }, { flags: 99 }]) {
            const [bytes, view] = [new Uint8Array(value.length + 2), new DataView(new ArrayBuffer(value.length + 2))];
            const answer = kernel.bpf(BPF_MAP_LOOKUP_ELEM, { map_fd: fd, key: one, value: bytes, ...extra });
            assert.is(answer, kernel.bpf(BPF_MAP_LOOKUP_ELEM, { map_fd: fd, key: one, value: view, ...extra }));
            assert.equal(bytes, new Uint8Array(view.buffer));
            if (filled && one !== absent && key.length > 0 && extra.flags !== 99) assert.is(answer, 0);
          }
        }
      }
      assert.is(kernel.bpf(BPF_MAP_LOOKUP_ELEM, { map_fd: 999, key, value: new Uint8Array(value.length) }), -Errno.EBADF);
      assert.throws(() => kernel.bpf(BPF_MAP_LOOKUP_ELEM, { map_fd: fd, key, value, next_key: key } as BpfAttr), /no such field/);
    }, create);
  });
}

test("large buffers", () => {
  withMap(
    (fd) => {
      const value = new Uint8Array(100_000).map((_, i) => i);
      const out = new Uint8Array(100_000);
      assert.is(kernel.bpf(BPF_MAP_UPDATE_ELEM, { map_fd: fd, key: u32Bytes(0), value }), 0);
      assert.is(kernel.bpf(BPF_MAP_LOOKUP_ELEM, { map_fd: fd, key: u32Bytes(0), value: out }), 0);
      assert.equal(out, value);
    },
    { map_type: BPF_MAP_TYPE_ARRAY, key_size: 4, value_size: 100_000, max_entries: 1 },
  );
});

test("out fields come back into the object", () => {
  withMap((fd) => {
    const keys = new Uint32Array([1, 2, 3]);
    const update: BpfAttr = { map_fd: fd, keys, values: new BigUint64Array(3), count: 3 };
    assert.is(kernel.bpf(BPF_MAP_UPDATE_BATCH, update), 0);
    const batch = { in_batch: null, out_batch: new Uint32Array(1), keys: new Uint32Array(8), values: new BigUint64Array(8) };
    const lookup: BpfAttr = { map_fd: fd, ...batch, count: 0xffffffff };
    assert.is(kernel.bpf(BPF_MAP_LOOKUP_BATCH, lookup), -Errno.ENOENT);
    assert.is(lookup.count, 3);
    assert.equal([...batch.keys.subarray(0, 3)].sort(), [1, 2, 3]);
    const ids: BpfAttr = { start_id: 0 };
    assert.is(kernel.bpf(BPF_MAP_GET_NEXT_ID, ids), 0);
    const info = new Uint32Array(4);
    const describe: BpfAttr = { bpf_fd: fd, info, info_len: 16 };
    assert.is(kernel.bpf(BPF_OBJ_GET_INFO_BY_FD, describe), 0);
    assert.equal([describe.info_len, info[0], info[1], info[2], info[3]], [16, BPF_MAP_TYPE_HASH, ids.next_id, 4, 8]);
    const last: BpfAttr = { start_id: ids.next_id };
    assert.is(kernel.bpf(BPF_MAP_GET_NEXT_ID, last), -Errno.ENOENT);
    assert.not.ok("next_id" in last, "a field that the core did not write is not made up");
  });
});

test("a batch writes its lists as far as count says, and nothing when it is refused", () => {
  for (const type of [BPF_MAP_TYPE_HASH, BPF_MAP_TYPE_ARRAY]) {
    withMap((fd) => {
      const keys = new Uint32Array([0, 1, 2]);
      assert.is(kernel.bpf(BPF_MAP_UPDATE_BATCH, { map_fd: fd, keys, values: new BigUint64Array([5n, 6n, 7n]), count: 3 }), 0);
      // No two of three keys need to be in one bucket.
      const present = type === BPF_MAP_TYPE_ARRAY ? 8 : 3;
      const lists = () => ({
        keys: new Uint32Array(10).fill(0xa5a5a5a5),
        values: new BigUint64Array(10).fill(99n),
        out_batch: new Uint32Array([77]),
      });
      const whole = { map_fd: fd, in_batch: null, ...lists(), count: 10 };
      assert.is(kernel.bpf(BPF_MAP_LOOKUP_BATCH, whole), -Errno.ENOENT);
      assert.is(whole.count, present);
      const values = new Map([...whole.keys.subarray(0, present)].map((key, i) => [key, whole.values[i]]));
      for (let key = 0; key < present; key++) assert.is(values.get(key), key < 3 ? BigInt(key) + 5n : 0n);
      assert.ok(whole.keys.subarray(present).every((key) => key === 0xa5a5a5a5));
      assert.ok(whole.values.subarray(present).every((value) => value === 99n));

      const refused = { map_fd: fd, ...lists(), count: 10, elem_flags: 1 };
      assert.is(kernel.bpf(BPF_MAP_LOOKUP_BATCH, refused), -Errno.EINVAL);
      assert.equal(refused, { map_fd: fd, ...lists(), count: 10, elem_flags: 1 });

      // Linux finds out last that it cannot say where to go on: the elements are there. What count says depends on the type.
      const { keys: late, values: lateValues } = lists();
      const attr = { map_fd: fd, out_batch: null, keys: late, values: lateValues, count: 10 };
      assert.is(kernel.bpf(BPF_MAP_LOOKUP_BATCH, attr), -Errno.EFAULT);
      assert.is(attr.count, type === BPF_MAP_TYPE_ARRAY ? 8 : 0);
      assert.equal(late, whole.keys);
      assert.equal(lateValues, whole.values);
    }, { ...HASH, map_type: type });
  }
});

test("paths are strings or bytes", () => {
  withMap((fd) => {
    assert.is(kernel.bpf(BPF_OBJ_PIN, { pathname: "/sys/fs/bpf/raw", bpf_fd: fd }), 0);
    const opened = kernel.bpf(BPF_OBJ_GET, { pathname: new TextEncoder().encode("/sys/fs/bpf/raw") });
    assert.ok(opened > fd);
    kernel.close(opened);
    kernel.bpffs.unlink("/sys/fs/bpf/raw");
    assert.is(kernel.bpf(BPF_OBJ_GET, { pathname: "/sys/fs/bpf/raw" }), -Errno.ENOENT);
  });
});

test("fields take the whole range of their type", () => {
  assert.is(kernel.bpf(BPF_MAP_LOOKUP_ELEM, { map_fd: -1, key: null, value: null }), -Errno.EBADF);
  assert.is(kernel.bpf(BPF_MAP_LOOKUP_ELEM, { map_fd: 0xffffffff }), -Errno.EBADF);
  assert.is(kernel.bpf(BPF_MAP_LOOKUP_ELEM, { flags: 2n ** 63n }), -Errno.EINVAL);
  assert.is(kernel.bpf(BPF_MAP_LOOKUP_ELEM, { flags: Number.MAX_SAFE_INTEGER }), -Errno.EINVAL);
  assert.is(kernel.bpf(BPF_MAP_LOOKUP_ELEM, { flags: 2 ** 32 }), -Errno.EINVAL);
  assert.is(kernel.bpf(BPF_MAP_CREATE, {}), -Errno.EINVAL);
  assert.is(kernel.bpf(1000, {}), -Errno.EINVAL);
  assert.is(kernel.bpf(-1, {}), -Errno.EINVAL);
});

test("short views are refused in every command that has a buffer, and nothing happens", () => {
  withMap((fd) => {
    const key = u32Bytes(1);
    const value = new Uint8Array(8);
    const refused: [number, BpfAttr][] = [
      [BPF_MAP_LOOKUP_ELEM, { map_fd: fd, key: new Uint8Array(3), value }],
      [BPF_MAP_LOOKUP_ELEM, { map_fd: fd, key, value: new Uint8Array(7) }],
      [BPF_MAP_UPDATE_ELEM, { map_fd: fd, key, value: new Uint8Array(7) }],
      [BPF_MAP_DELETE_ELEM, { map_fd: fd, key: new Uint8Array(0) }],
      [BPF_MAP_GET_NEXT_KEY, { map_fd: fd, key: null, next_key: new Uint8Array(2) }],
      [BPF_MAP_UPDATE_BATCH, { map_fd: fd, keys: new Uint32Array(1), values: new BigUint64Array(2), count: 2 }],
      [BPF_MAP_LOOKUP_BATCH, { map_fd: fd, out_batch: new Uint32Array(1), keys: new Uint32Array(7), values: new BigUint64Array(8), count: 9 }],
      [BPF_MAP_LOOKUP_BATCH, { map_fd: fd, out_batch: new Uint8Array(3), keys: new Uint32Array(8), values: new BigUint64Array(8), count: 9 }],
      [BPF_OBJ_GET_INFO_BY_FD, { bpf_fd: fd, info: new Uint8Array(8), info_len: 16 }],
    ];
    for (const [cmd, attr] of refused) {
      assert.throws(() => kernel.bpf(cmd, attr), (error: unknown) => error instanceof RangeError, `command ${cmd}`);
    }
    assert.is(kernel.bpf(BPF_MAP_GET_NEXT_KEY, { map_fd: fd, key: null, next_key: key }), -Errno.ENOENT);
  });
});

test("the sizes that views are checked against follow the fd, not its number", () => {
  const wide = { ...HASH, value_size: 64 };
  withMap((fd) => {
    kernel.bpf(BPF_MAP_UPDATE_ELEM, { map_fd: fd, key: u32Bytes(1), value: new Uint8Array(8) });
    const copy = kernel.dup(fd);
    assert.throws(() => kernel.bpf(BPF_MAP_UPDATE_ELEM, { map_fd: copy, key: u32Bytes(1), value: new Uint8Array(7) }));
    kernel.close(copy);
    const other = kernel.bpf(BPF_MAP_CREATE, wide);
    assert.is(other, copy, "the number is used again");
    assert.throws(() => kernel.bpf(BPF_MAP_UPDATE_ELEM, { map_fd: other, key: u32Bytes(1), value: new Uint8Array(8) }));
    kernel.close(other);
    const ids: BpfAttr = { start_id: 0 };
    kernel.bpf(BPF_MAP_GET_NEXT_ID, ids);
    const opened = kernel.bpf(BPF_MAP_GET_FD_BY_ID, { map_id: ids.next_id });
    assert.throws(() => kernel.bpf(BPF_MAP_UPDATE_ELEM, { map_fd: opened, key: u32Bytes(1), value: new Uint8Array(7) }));
    kernel.close(opened);
  });
});

const WRONG: [name: string, error: typeof TypeError | typeof RangeError, call: () => unknown][] = [
  ["an unknown field", TypeError, () => kernel.bpf(BPF_MAP_CREATE, { map_typ: 1 } as BpfAttr)],
  ["a field of another command", TypeError, () => kernel.bpf(BPF_MAP_CREATE, { map_fd: 1 } as BpfAttr)],
  ["any field of a command without fields", TypeError, () => kernel.bpf(1000, { map_fd: 1 })],
  ["a string for a u32", TypeError, () => kernel.bpf(BPF_MAP_CREATE, { key_size: "4" as never })],
  ["a bigint for a u32", TypeError, () => kernel.bpf(BPF_MAP_CREATE, { key_size: 4n as never })],
  ["NaN for a u32", RangeError, () => kernel.bpf(BPF_MAP_CREATE, { key_size: NaN })],
  ["-1 for a u32", RangeError, () => kernel.bpf(BPF_MAP_CREATE, { key_size: -1 })],
  ["2^32 for a u32", RangeError, () => kernel.bpf(BPF_MAP_CREATE, { key_size: 2 ** 32 })],
  ["2^53 for a u64", RangeError, () => kernel.bpf(BPF_MAP_LOOKUP_ELEM, { flags: 2 ** 53 })],
  ["2^64 for a u64", RangeError, () => kernel.bpf(BPF_MAP_LOOKUP_ELEM, { flags: 2n ** 64n })],
  ["a string for a pointer", TypeError, () => kernel.bpf(BPF_MAP_LOOKUP_ELEM, { map_fd: 3, key: "k" as never })],
  ["an array for a pointer", TypeError, () => kernel.bpf(BPF_MAP_LOOKUP_ELEM, { map_fd: 3, key: [1] as never })],
  ["an ArrayBuffer for a pointer", TypeError, () => kernel.bpf(BPF_MAP_LOOKUP_ELEM, { key: new ArrayBuffer(4) as never })],
  ["a negative address", RangeError, () => kernel.bpf(BPF_MAP_LOOKUP_ELEM, { key: -8 })],
  ["a name of 17 bytes", RangeError, () => kernel.bpf(BPF_MAP_CREATE, { map_name: "x".repeat(17) })],
  ["a number for a name", TypeError, () => kernel.bpf(BPF_MAP_CREATE, { map_name: 5 as never })],
  ["a string as attr", TypeError, () => kernel.bpf(BPF_MAP_CREATE, "x" as never)],
  ["null as attr", TypeError, () => kernel.bpf(BPF_MAP_CREATE, null as never)],
  ["another view as attr", TypeError, () => kernel.bpf(BPF_MAP_CREATE, new Uint32Array(4) as never)],
  ["a string as command", TypeError, () => kernel.bpf("0" as never, {} as never)],
  ["half a command", RangeError, () => kernel.bpf(0.5, {})],
  ["a negative size", RangeError, () => kernel.bpf(BPF_MAP_CREATE, {}, -1)],
  ["bytes shorter than size", RangeError, () => kernel.bpf(BPF_MAP_CREATE, new Uint8Array(8), 9)],
  ["a string as fd", TypeError, () => kernel.close("3" as never)],
  ["a size of -1", RangeError, () => kernel.alloc(-1)],
];
for (const [name, error, call] of WRONG) {
  test(`${name} is a ${error.name}`, () => assert.throws(call, (thrown: unknown) => thrown instanceof error));
}

/** The bytes of MAP_CREATE for a small hash. */
function createBytes(length = 72): Uint8Array {
  const attr = new Uint8Array(length);
  new Uint32Array(attr.buffer, 0, 4).set([BPF_MAP_TYPE_HASH, 4, 8, 8]);
  return attr;
}

test("exact surface, bytes: create and element commands with addresses", () => {
  const fd = kernel.bpf(BPF_MAP_CREATE, createBytes(), 72);
  assert.ok(fd >= 3);
  const block = kernel.alloc(16);
  const elem = new Uint8Array(32);
  const words = new Uint32Array(elem.buffer);
  words[0] = fd;
  words[2] = block;
  words[4] = block + 8;
  assert.is(kernel.bpf(BPF_MAP_UPDATE_ELEM, elem), 0);
  new Uint8Array(kernel.memory.buffer, block + 8, 8).fill(1);
  assert.is(kernel.bpf(BPF_MAP_LOOKUP_ELEM, elem, 32), 0);
  assert.equal(new Uint8Array(kernel.memory.buffer, block + 8, 8), new Uint8Array(8));
  kernel.free(block);
  kernel.close(fd);
});

test("exact surface, bytes: sizes beyond the union, and outputs past the size that was given", () => {
  assert.is(kernel.bpf(BPF_MAP_CREATE, createBytes(4097), 4097), -Errno.E2BIG);
  assert.is(kernel.bpf(1000, new Uint8Array(5000)), -Errno.E2BIG);
  const long = createBytes(4096);
  long[4095] = 1;
  assert.is(kernel.bpf(BPF_MAP_CREATE, long), -Errno.E2BIG);
  const fd = kernel.bpf(BPF_MAP_CREATE, long, 4095);
  assert.ok(fd >= 3, "a zero tail is fine");
  const next = new Uint8Array(8);
  assert.is(kernel.bpf(BPF_MAP_GET_NEXT_ID, next, 4), 0);
  assert.ok(new Uint32Array(next.buffer)[1] > 0, "next_id lies past size 4 and was written");
  assert.is(kernel.bpf(BPF_MAP_GET_NEXT_ID, new Uint8Array(4), 4), 0);
  assert.is(kernel.bpf(BPF_MAP_GET_NEXT_ID, new Uint8Array(0)), 0);
  kernel.close(fd);
});

test("exact surface, address: the core's own signature", () => {
  const block = kernel.alloc(168);
  new Uint32Array(kernel.memory.buffer, block, 4).set([BPF_MAP_TYPE_HASH, 4, 8, 8]);
  const fd = kernel.bpf(BPF_MAP_CREATE, block, 16);
  assert.ok(fd >= 3);
  assert.is(kernel.close(fd), 0);
  assert.is(kernel.bpf(BPF_MAP_CREATE, 0, 16), -Errno.EFAULT);
  assert.is(kernel.bpf(BPF_MAP_CREATE, 0, 0), -Errno.EINVAL);
  kernel.free(block);
});

test("fds: lowest free first, dup, and errors as numbers", () => {
  const first = kernel.bpf(BPF_MAP_CREATE, HASH);
  const second = kernel.dup(first);
  assert.is(second, first + 1);
  assert.is(kernel.close(first), 0);
  assert.is(kernel.close(first), -Errno.EBADF);
  assert.is(kernel.dup(first), -Errno.EBADF);
  assert.is(kernel.bpf(BPF_MAP_UPDATE_ELEM, { map_fd: second, key: u32Bytes(1), value: new Uint8Array(8) }), 0);
  assert.is(kernel.dup(second), first);
  kernel.close(first);
  kernel.close(second);
});

test.run();
