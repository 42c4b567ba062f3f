// The core as a module for shared memory: it imports its memory, and a second instance on a memory in use finds the state
// of the first one and writes nothing but constants that are there already. No two of them run at once here.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { At, AttrBytes, Cmd, Errno, MapFlag, MapType } from "../kernel/abi.ts";

interface Core {
  init(cpus: number, chunks: number, fds: number, seed: bigint): number;
  alloc(size: number): number;
  bpf(cmd: number, attr: number, size: number): number;
  lookup_u32(fd: number, key: number): number;
  set_cpu(cpu: number): number;
  close(fd: number): number;
}

const PAGES_MAX = 256;

const test = suite("shared memory");
let module: WebAssembly.Module;

test.before(() => {
  const path = execFileSync(process.execPath, ["scripts/build_shared.mjs"], { encoding: "utf8" }).trim();
  module = new WebAssembly.Module(readFileSync(path));
});

const newMemory = (): WebAssembly.Memory => new WebAssembly.Memory({ initial: 2, maximum: PAGES_MAX, shared: true });

const instance = (memory: WebAssembly.Memory): Core =>
  new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Core;

/** A machine of two CPUs on a new memory. */
function newMachine(): { memory: WebAssembly.Memory; first: Core } {
  const memory = newMemory();
  const first = instance(memory);
  assert.is(first.init(2, PAGES_MAX, 0, 7n), 0);
  return { memory, first };
}

/** Runs a command with a copy of the attr in the machine's memory. */
function bpf(core: Core, memory: WebAssembly.Memory, cmd: Cmd, { bytes }: AttrBytes): number {
  const attr = core.alloc(bytes.length);
  new Uint8Array(memory.buffer).set(bytes, attr);
  return core.bpf(cmd, attr, bytes.length);
}

function newMap(core: Core, memory: WebAssembly.Memory, type: MapType, map_flags = 0): number {
  const attr = new AttrBytes(72).u32(At.create.map_type, type).u32(At.create.map_flags, map_flags);
  return bpf(core, memory, Cmd.MAP_CREATE, attr.u32(At.create.key_size, 4).u32(At.create.value_size, 4).u32(At.create.max_entries, 8));
}

function update(core: Core, memory: WebAssembly.Memory, fd: number, key: number, value: number): number {
  const element = core.alloc(16);
  const view = new DataView(memory.buffer);
  view.setUint32(element, key, true);
  view.setUint32(element + 8, value, true);
  const attr = new AttrBytes(32).u32(At.elem.map_fd, fd).u32(At.elem.key, element).u32(At.elem.value, element + 8);
  return bpf(core, memory, Cmd.MAP_UPDATE_ELEM, attr);
}

/** The value, or a negated errno. */
function lookup(core: Core, memory: WebAssembly.Memory, fd: number, key: number): number {
  const element = core.alloc(16);
  new DataView(memory.buffer).setUint32(element, key, true);
  const attr = new AttrBytes(32).u32(At.elem.map_fd, fd).u32(At.elem.key, element).u32(At.elem.value, element + 8);
  const answer = bpf(core, memory, Cmd.MAP_LOOKUP_ELEM, attr);
  return answer === 0 ? new DataView(memory.buffer).getUint32(element + 8, true) : answer;
}

test("the module imports a shared memory and nothing else", () => {
  assert.equal(WebAssembly.Module.imports(module).map(({ module, name, kind }) => `${module}.${name}: ${kind}`), ["env.memory: memory"]);
  assert.ok(newMemory().buffer instanceof SharedArrayBuffer);
  assert.throws(() => instance(new WebAssembly.Memory({ initial: 2, maximum: PAGES_MAX })), /memory/);
});

const MAPS: [string, MapType, number][] = [
  ["hash", MapType.HASH, 0],
  ["hash in chains", MapType.HASH, MapFlag.NO_PREALLOC],
  ["lru_hash", MapType.LRU_HASH, 0],
  ["array", MapType.ARRAY, 0],
];

for (const [name, type, flags] of MAPS) {
  test(`${name}: what one instance writes, the other one reads`, () => {
    const { memory, first } = newMachine();
    const fd = newMap(first, memory, type, flags);
    assert.ok(fd >= 3);
    assert.is(update(first, memory, fd, 5, 55), 0);
    const second = instance(memory);
    assert.is(second.set_cpu(1), 0);
    assert.is(lookup(second, memory, fd, 5), 55);
    assert.is(update(second, memory, fd, 6, 66), 0);
    assert.is(lookup(first, memory, fd, 6), 66);
    assert.is(second.close(fd), 0);
    assert.is(lookup(first, memory, fd, 6), -Errno.EBADF);
  });
}

test("an instance that joins a memory changes not one byte of it", () => {
  const { memory, first } = newMachine();
  const fd = newMap(first, memory, MapType.HASH);
  update(first, memory, fd, 1, 2);
  const before = new Uint8Array(memory.buffer).slice();
  instance(memory);
  assert.equal(Buffer.compare(new Uint8Array(memory.buffer).slice(), before), 0);
});

test("memory that one instance grew is there for the other one", () => {
  const { memory, first } = newMachine();
  const second = instance(memory);
  const big = first.alloc(4 << 20);
  assert.ok(big > 0 && memory.buffer.byteLength > 4 << 20);
  const fd = newMap(second, memory, MapType.HASH);
  assert.is(update(second, memory, fd, 1, 9), 0);
  assert.is(new DataView(memory.buffer).getUint32(first.lookup_u32(fd, 1), true), 9);
});

test.run();
