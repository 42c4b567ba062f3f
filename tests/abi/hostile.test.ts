// Attr objects with code of the caller in them: each field is read once, before anything happens; what cannot be written back
// is refused before the command; and no scratch stays behind.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import * as api from "../../bindings/index.ts";
import { type BpfAttr, type Kernel, u32, u64 } from "../../bindings/index.ts";
import { newKernel } from "../harness/kernel.ts";

const test = suite("abi/hostile");

const HASH = { map_type: api.BPF_MAP_TYPE_HASH, key_size: 4, value_size: 8, max_entries: 64 };
const WIDE = { map_type: api.BPF_MAP_TYPE_HASH, key_size: 4, value_size: 30_000, max_entries: 4 };
const one = (): Uint8Array => new Uint8Array([1, 0, 0, 0]);

/** An attr whose fields count how often they are read. */
function counted(fields: BpfAttr): { attr: BpfAttr; reads: Map<string, number> } {
  const reads = new Map<string, number>();
  const attr = {};
  for (const [name, value] of Object.entries(fields)) {
    let current: unknown = value;
    Object.defineProperty(attr, name, {
      enumerable: true,
      get: () => (reads.set(name, (reads.get(name) ?? 0) + 1), current),
      set: (next) => (current = next),
    });
  }
  return { attr, reads };
}

/** [command, attr]: each takes the usual way and, with a null or an unusual field, the general one. */
const CALLS: [cmd: number, fields: (fd: number) => BpfAttr][] = [
  [api.BPF_MAP_UPDATE_ELEM, (fd) => ({ map_fd: fd, key: one(), value: new Uint8Array(8), flags: 0 })],
  [api.BPF_MAP_UPDATE_ELEM, (fd) => ({ map_fd: fd, key: one(), value: new Uint8Array(8), flags: 0n })],
  [api.BPF_MAP_LOOKUP_ELEM, (fd) => ({ map_fd: fd, key: one(), value: new Uint8Array(8), flags: 0 })],
  [api.BPF_MAP_LOOKUP_ELEM, (fd) => ({ map_fd: fd, key: null, value: new Uint8Array(8), flags: 0n })],
  [api.BPF_MAP_GET_NEXT_KEY, (fd) => ({ map_fd: fd, key: null, next_key: new Uint8Array(4) })],
  [api.BPF_MAP_DELETE_ELEM, (fd) => ({ map_fd: fd, key: one() })],
  [api.BPF_MAP_LOOKUP_BATCH, (fd) => ({ map_fd: fd, in_batch: null, out_batch: new Uint8Array(4), keys: new Uint8Array(256), values: new Uint8Array(512), count: 64 })],
  [api.BPF_MAP_UPDATE_BATCH, (fd) => ({ map_fd: fd, keys: new Uint8Array(8), values: new Uint8Array(16), count: 2 })],
  [api.BPF_OBJ_GET_INFO_BY_FD, (fd) => ({ bpf_fd: fd, info_len: 80, info: new Uint8Array(80) })],
  [api.BPF_MAP_GET_NEXT_ID, () => ({ start_id: 0, next_id: 0 })],
  [api.BPF_MAP_CREATE, () => ({ ...HASH, map_name: "name" })],
]; // prettier-ignore

test("each field of an attr is read once", () => {
  const kernel = newKernel();
  const fd = kernel.bpf(api.BPF_MAP_CREATE, HASH);
  for (const [cmd, fields] of CALLS) {
    const { attr, reads } = counted(fields(fd));
    const expected = kernel.bpf(cmd, fields(fd));
    if (cmd === api.BPF_MAP_DELETE_ELEM) kernel.bpf(api.BPF_MAP_UPDATE_ELEM, { map_fd: fd, key: one(), value: new Uint8Array(8) });
    const answer = kernel.bpf(cmd, attr);
    if (cmd !== api.BPF_MAP_CREATE && cmd !== api.BPF_MAP_DELETE_ELEM) assert.is(answer, expected);
    for (const [name, count] of reads) assert.is(count, 1, `${api.commandName(cmd)}: ${name} was read ${count} times`);
  }
});

test("a map_fd that answers two fds is one of them", () => {
  const kernel = newKernel();
  const small = kernel.bpf(api.BPF_MAP_CREATE, HASH);
  const wide = kernel.bpf(api.BPF_MAP_CREATE, WIDE);
  const witness = kernel.createMap({ type: "hash", key: u32, value: u64, maxEntries: 100 });
  for (let i = 0; i < 100; i++) witness.set(i, BigInt(i));
  kernel.bpf(api.BPF_MAP_UPDATE_ELEM, { map_fd: wide, key: one(), value: new Uint8Array(30_000).fill(0xdd) });
  for (const cmd of [api.BPF_MAP_LOOKUP_ELEM, api.BPF_MAP_LOOKUP_AND_DELETE_ELEM, api.BPF_MAP_UPDATE_ELEM]) {
    for (const fds of [[small, wide], [wide, small]]) {
      let reads = 0;
      const attr: BpfAttr = {
        get map_fd() {
          return fds[Math.min(reads++, 1)];
        },
        key: one(),
        value: new Uint8Array(8),
      };
      try {
        kernel.bpf(cmd, attr);
      } catch (error) {
        assert.instance(error, RangeError);
      }
      assert.is(reads, 1);
    }
  }
  for (let i = 0; i < 100; i++) assert.is(witness.get(i), BigInt(i));
});

type Act = [name: string, act: (kernel: Kernel, fd: number) => void];
const ACTS: Act[] = [
  ["makes memory grow", (kernel) => void kernel.memory.grow(1)],
  ["closes the map", (kernel, fd) => void kernel.close(fd)],
  ["runs commands on it", (kernel, fd) => {
    const [key, value] = [new Uint8Array([99, 0, 0, 0]), new Uint8Array(8).fill(99)];
    kernel.bpf(api.BPF_MAP_UPDATE_ELEM, { map_fd: fd, key, value, flags: 0n });
    kernel.bpf(api.BPF_MAP_LOOKUP_ELEM, { map_fd: fd, key, value: new Uint8Array(8) });
    kernel.bpf(api.BPF_MAP_GET_NEXT_KEY, { map_fd: fd, key: null, next_key: new Uint8Array(4) });
  }],
]; // prettier-ignore

for (const [what, act] of ACTS) {
  test(`an attr whose last field ${what}`, () => {
    for (const flags of [0, 0n]) {
      const kernel = newKernel();
      const fd = kernel.bpf(api.BPF_MAP_CREATE, HASH);
      const attr: BpfAttr = {
        map_fd: fd,
        key: one(),
        value: new Uint8Array(8).fill(5),
        get flags() {
          act(kernel, fd);
          return flags;
        },
      };
      const ret = kernel.bpf(api.BPF_MAP_UPDATE_ELEM, attr);
      if (what === "closes the map") {
        assert.is(api.errnoName(ret), "EBADF");
        continue;
      }
      assert.is(ret, 0);
      const value = new Uint8Array(8);
      assert.is(kernel.bpf(api.BPF_MAP_LOOKUP_ELEM, { map_fd: fd, key: one(), value }), 0);
      assert.equal(value, new Uint8Array(8).fill(5));
    }
  });
}

test("views that lie about their size, and Proxies of views", () => {
  const kernel = newKernel();
  const fd = kernel.bpf(api.BPF_MAP_CREATE, HASH);
  const { userBytes } = kernel.stats();
  for (const lie of [8, 1 << 20]) {
    const value = new Uint8Array(lie === 8 ? 100_000 : 4);
    for (const name of ["length", "byteLength"]) Object.defineProperty(value, name, { value: lie });
    try {
      kernel.bpf(api.BPF_MAP_UPDATE_ELEM, { map_fd: fd, key: one(), value, flags: 0n });
      kernel.bpf(api.BPF_MAP_LOOKUP_ELEM, { map_fd: fd, key: one(), value, flags: 0n });
    } catch (error) {
      assert.ok(error instanceof RangeError || error instanceof TypeError);
    }
  }
  const proxy = new Proxy(new Uint8Array(8), { get: (target, name) => (name === "length" || name === "byteLength" ? 8 : Reflect.get(target, name, target)) });
  assert.throws(() => kernel.bpf(api.BPF_MAP_UPDATE_ELEM, { map_fd: fd, key: one(), value: proxy }), TypeError);
  assert.throws(() => kernel.bpf(api.BPF_MAP_LOOKUP_ELEM, { map_fd: fd, key: one(), value: proxy }), TypeError);
  assert.is(kernel.stats().userBytes, userBytes);
});

const FROZEN: [name: string, cmd: number, fields: (fd: number) => BpfAttr][] = [
  ["a lookup and delete of 600", api.BPF_MAP_LOOKUP_AND_DELETE_BATCH, (fd) => ({ map_fd: fd, in_batch: null, out_batch: new Uint8Array(4), keys: new Uint8Array(2400), values: new Uint8Array(4800), count: 600 })],
  ["an info", api.BPF_OBJ_GET_INFO_BY_FD, (fd) => ({ bpf_fd: fd, info_len: 108, info: new Uint8Array(8000) })],
  ["the next id", api.BPF_MAP_GET_NEXT_ID, () => ({ start_id: 0, next_id: 0 })],
]; // prettier-ignore

for (const [name, cmd, fields] of FROZEN) {
  test(`${name} into an object that cannot be written is refused before anything happens`, () => {
    const kernel = newKernel();
    const map = kernel.createMap({ type: "hash", key: u32, value: u64, maxEntries: 1000 });
    for (let i = 0; i < 1000; i++) map.set(i, 1n);
    const { userBytes } = kernel.stats();
    const getter = Object.defineProperty({ ...fields(map.fd) }, cmd === api.BPF_MAP_GET_NEXT_ID ? "next_id" : cmd === api.BPF_OBJ_GET_INFO_BY_FD ? "info_len" : "count", { get: () => 600, enumerable: true });
    const inherited = Object.preventExtensions(Object.create(fields(map.fd)));
    for (const attr of [Object.freeze(fields(map.fd)), getter, inherited]) {
      assert.throws(() => kernel.bpf(cmd, attr), TypeError);
    }
    assert.is(kernel.stats().userBytes, userBytes);
    assert.is(map.count(), 1000);
    assert.ok(kernel.bpf(cmd, Object.seal(fields(map.fd))) <= 0);
  });
}

test("commands that write no field take frozen objects", () => {
  const kernel = newKernel();
  const fd = kernel.bpf(api.BPF_MAP_CREATE, Object.freeze({ ...HASH }));
  assert.is(kernel.bpf(api.BPF_MAP_UPDATE_ELEM, Object.freeze({ map_fd: fd, key: one(), value: new Uint8Array(8) })), 0);
  assert.is(kernel.bpf(api.BPF_MAP_LOOKUP_ELEM, Object.freeze({ map_fd: fd, key: one(), value: new Uint8Array(8) })), 0);
});

test("a setter that throws, and a detached view, leave no scratch behind", () => {
  const kernel = newKernel();
  const fd = kernel.bpf(api.BPF_MAP_CREATE, HASH);
  kernel.bpf(api.BPF_MAP_UPDATE_ELEM, { map_fd: fd, key: one(), value: new Uint8Array(8) });
  const { userBytes } = kernel.stats();
  const lists = { in_batch: null, out_batch: new Uint8Array(4), keys: new Uint8Array(9000), values: new Uint8Array(9000) };
  const attr = { map_fd: fd, ...lists, get count() { return 64; }, set count(_) { throw new Error("from the setter"); } }; // prettier-ignore
  assert.throws(() => kernel.bpf(api.BPF_MAP_LOOKUP_BATCH, attr), /from the setter/);
  const gone = new Uint8Array(64);
  structuredClone(gone.buffer, { transfer: [gone.buffer] });
  assert.is(api.errnoName(kernel.bpf(api.BPF_MAP_UPDATE_BATCH, { map_fd: 99, keys: new Uint8Array(8000), values: gone, in_batch: new Uint8Array(64), count: 1 })), "EBADF");
  assert.throws(() => kernel.bpf(api.BPF_MAP_UPDATE_BATCH, { map_fd: fd, keys: new Uint8Array(8000), values: gone, count: 1 }), RangeError);
  assert.is(kernel.stats().userBytes, userBytes);
});

test("the bindings' own blocks are not the caller's to free", () => {
  const kernel = newKernel();
  const map = kernel.createMap({ type: "hash", key: u32, value: u64, maxEntries: 4 });
  const block = kernel.alloc(8);
  for (let address = 65536; address < kernel.memory.buffer.byteLength; address += 8) if (address !== block) kernel.free(address);
  map.set(1, 2n);
  assert.is(map.get(1), 2n);
  kernel.free(block);
});

test.run();
