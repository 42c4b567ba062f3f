// The release core driven by a host without any glue: bytes, WebAssembly.instantiate with no imports, and union bpf_attr
// written by hand at the offsets of the Linux header. This is what wasmtime, wazero or any other host would do.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { readFileSync } from "node:fs";
import { Cmd, ElemFlag, Errno, Limit, MapType } from "../../assembly/uapi/constants.ts";

interface RawExports {
  memory: WebAssembly.Memory;
  bpf(cmd: number, attrPtr: number, size: number): number;
  alloc(size: number): number;
  free(ptr: number): void;
  abi_version(): number;
  close(fd: number): number;
}

const wasm = readFileSync("build/release.wasm");

async function start(): Promise<RawExports> {
  const { instance } = await WebAssembly.instantiate(wasm, {});
  return instance.exports as unknown as RawExports;
}

// A view of memory is made for every access: any call may have grown memory, which detaches the views before it.
const view = ({ memory }: RawExports): DataView => new DataView(memory.buffer);

/** A zeroed attr block with its u32 words set, `words[i]` at offset 4 * i. */
function attrOf(core: RawExports, words: number[]): number {
  const ptr = core.alloc(Limit.ATTR_SIZE) >>> 0;
  assert.is.not(ptr, 0);
  words.forEach((word, index) => view(core).setUint32(ptr + 4 * index, word, true));
  return ptr;
}

// The element commands: map_fd at 0, key at 8, value or next_key at 16, flags at 24; every pointer is 64 bits wide.
const elemAttr = (core: RawExports, fd: number, keyPtr: number, valuePtr: number, flags = 0): number =>
  attrOf(core, [fd, 0, keyPtr, 0, valuePtr, 0, flags, 0]);

const createAttr = (core: RawExports, mapType: number, keySize: number, valueSize: number, maxEntries: number): number =>
  attrOf(core, [mapType, keySize, valueSize, maxEntries]);

const test = suite("raw host");

test("the release core imports nothing and exports its memory", () => {
  const module = new WebAssembly.Module(wasm);
  assert.equal(WebAssembly.Module.imports(module), []);
  const exported = new Map(WebAssembly.Module.exports(module).map(({ name, kind }) => [name, kind]));
  assert.is(exported.get("memory"), "memory");
  for (const name of ["bpf", "alloc", "free", "abi_version", "init", "set_cpu", "close", "dup"]) {
    assert.is(exported.get(name), "function", name);
  }
});

test("the release core has no trace of the AssemblyScript runtime", () => {
  const text = readFileSync("build/release.wat", "utf8");
  assert.not.match(text, /~lib\/rt/);
});

test("abi_version is a positive number", async () => {
  assert.ok((await start()).abi_version() > 0);
});

test("create, update, lookup, delete and close through bytes alone, with no init", async () => {
  const core = await start();
  const fd = core.bpf(Cmd.MAP_CREATE, createAttr(core, MapType.HASH, 4, 8, 16), Limit.ATTR_SIZE);
  assert.is(fd, 3, "fds 0, 1 and 2 are open, as in any process");

  const keyPtr = core.alloc(4) >>> 0;
  const valuePtr = core.alloc(8) >>> 0;
  view(core).setUint32(keyPtr, 0xfeedface, true);
  view(core).setBigUint64(valuePtr, 0x0123456789abcdefn, true);
  const attr = elemAttr(core, fd, keyPtr, valuePtr);

  assert.is(core.bpf(Cmd.MAP_LOOKUP_ELEM, attr, Limit.ATTR_SIZE), -Errno.ENOENT);
  assert.is(core.bpf(Cmd.MAP_UPDATE_ELEM, attr, Limit.ATTR_SIZE), 0);
  view(core).setBigUint64(valuePtr, 0n, true);
  assert.is(core.bpf(Cmd.MAP_LOOKUP_ELEM, attr, Limit.ATTR_SIZE), 0);
  assert.is(view(core).getBigUint64(valuePtr, true), 0x0123456789abcdefn);

  const again = elemAttr(core, fd, keyPtr, valuePtr, ElemFlag.NOEXIST);
  assert.is(core.bpf(Cmd.MAP_UPDATE_ELEM, again, Limit.ATTR_SIZE), -Errno.EEXIST);

  const nextPtr = core.alloc(4) >>> 0;
  const next = elemAttr(core, fd, 0, nextPtr);
  assert.is(core.bpf(Cmd.MAP_GET_NEXT_KEY, next, Limit.ATTR_SIZE), 0);
  assert.is(view(core).getUint32(nextPtr, true), 0xfeedface);

  // DELETE takes the key alone: the words after it must be zero.
  assert.is(core.bpf(Cmd.MAP_DELETE_ELEM, attr, Limit.ATTR_SIZE), -Errno.EINVAL);
  const bare = elemAttr(core, fd, keyPtr, 0);
  assert.is(core.bpf(Cmd.MAP_DELETE_ELEM, bare, Limit.ATTR_SIZE), 0);
  assert.is(core.bpf(Cmd.MAP_DELETE_ELEM, bare, Limit.ATTR_SIZE), -Errno.ENOENT);
  assert.is(core.close(fd), 0);
  assert.is(core.bpf(Cmd.MAP_LOOKUP_ELEM, attr, Limit.ATTR_SIZE), -Errno.EBADF);
});

test("an array's elements exist from the start and are zero", async () => {
  const core = await start();
  const fd = core.bpf(Cmd.MAP_CREATE, createAttr(core, MapType.ARRAY, 4, 4, 3), 16);
  assert.ok(fd >= 3, "a short attr is completed with zeros");
  const keyPtr = core.alloc(4) >>> 0;
  const valuePtr = core.alloc(8) >>> 0;
  const attr = elemAttr(core, fd, keyPtr, valuePtr);
  for (const [index, answer] of [[0, 0], [2, 0], [3, -Errno.ENOENT], [0xffffffff, -Errno.ENOENT]]) {
    view(core).setUint32(keyPtr, index, true);
    view(core).setUint32(valuePtr, 0xdddddddd, true);
    assert.is(core.bpf(Cmd.MAP_LOOKUP_ELEM, attr, Limit.ATTR_SIZE), answer, `index ${index}`);
    assert.is(view(core).getUint32(valuePtr, true), answer === 0 ? 0 : 0xdddddddd, `index ${index}`);
  }
});

test("addresses outside the caller's own blocks are refused, not read", async () => {
  const core = await start();
  const fd = core.bpf(Cmd.MAP_CREATE, createAttr(core, MapType.HASH, 4, 4, 2), Limit.ATTR_SIZE);
  const valuePtr = core.alloc(4) >>> 0;
  for (const keyPtr of [0, 4, 0xffffffff]) {
    const attr = elemAttr(core, fd, keyPtr, valuePtr);
    assert.is(core.bpf(Cmd.MAP_LOOKUP_ELEM, attr, Limit.ATTR_SIZE), -Errno.EFAULT, `key at ${keyPtr}`);
  }
  // A pointer is 64 bits wide: one whose low half alone would be valid is not.
  const wide = attrOf(core, [fd, 0, valuePtr, 1, valuePtr, 0]);
  assert.is(core.bpf(Cmd.MAP_LOOKUP_ELEM, wide, Limit.ATTR_SIZE), -Errno.EFAULT);
  assert.is(core.bpf(Cmd.MAP_LOOKUP_ELEM, 0, Limit.ATTR_SIZE), -Errno.EFAULT);
  assert.is(core.bpf(Cmd.MAP_LOOKUP_ELEM, 0, Limit.PAGE_SIZE + 1), -Errno.E2BIG);
});

test("a freed block can be had again, and is zeroed", async () => {
  const core = await start();
  const before = core.memory.buffer.byteLength;
  for (let i = 0; i < 10_000; i++) {
    const ptr = core.alloc(4096) >>> 0;
    assert.is(view(core).getUint32(ptr, true), 0);
    view(core).setUint32(ptr, 0xffffffff, true);
    core.free(ptr);
  }
  assert.ok(core.memory.buffer.byteLength - before <= 1024 * 1024, "40 MB of blocks, one at a time, stay within 1 MiB");
});

test.run();
