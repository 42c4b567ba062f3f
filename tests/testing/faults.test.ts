// Fault injection: whatever allocation or fd fails, a command says so and leaves everything as it was.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  BPF_F_NO_PREALLOC,
  BPF_MAP_CREATE,
  BPF_MAP_GET_FD_BY_ID,
  BPF_MAP_UPDATE_BATCH,
  BPF_MAP_UPDATE_ELEM,
  BPF_OBJ_GET,
  BPF_OBJ_PIN,
  BpfError,
  u32,
  u64,
  type Kernel,
  type MapSpec,
} from "../../bindings/index.ts";
import { newKernel } from "../harness/kernel.ts";

const test = suite("fault injection");
const ENOMEM = -12;
const EMFILE = -24;

/** An operation, and what takes it back. `run` returns what bpf() returned. */
interface Operation {
  name: string;
  prepare?(kernel: Kernel): void;
  run(kernel: Kernel): number;
  undo(kernel: Kernel, result: number): void;
  /** How many allocations it makes at least, so that the loop below is known to have met them. */
  allocations: number;
}

/** What must be as it was; ids and the size of the memory only ever grow. */
function live(kernel: Kernel): object {
  const { objects, openFds, privateBytes, dataBytes, userBytes } = kernel.stats();
  return { objects, openFds, privateBytes, dataBytes, userBytes };
}

const key = (n: number): Uint8Array => new Uint8Array(new Uint32Array([n]).buffer);
const closes = (kernel: Kernel, fd: number): void => void kernel.close(fd);

/** The answer of a typed call, as bpf() would have given it. */
function answer(call: () => { fd: number; close(): void }): number {
  try {
    const map = call();
    const fd = map.fd;
    map.close();
    return fd;
  } catch (error) {
    if (error instanceof BpfError) return error.errno;
    throw error;
  }
}

const creations: [name: string, spec: MapSpec, allocations: number][] = [
  ["hash", { type: "hash", key: u32, value: u64, maxEntries: 100 }, 3],
  ["hash without preallocation", { type: "hash", key: u32, value: u64, maxEntries: 100, flags: BPF_F_NO_PREALLOC }, 2],
  ["array", { type: "array", value: u64, maxEntries: 100 }, 2],
  ["percpu_hash", { type: "percpu_hash", key: u32, value: u64, maxEntries: 100 }, 3],
  ["percpu_array", { type: "percpu_array", value: u64, maxEntries: 100 }, 2],
  ["lru_hash", { type: "lru_hash", key: u32, value: u64, maxEntries: 100 }, 3],
  ["lru_percpu_hash", { type: "lru_percpu_hash", key: u32, value: u64, maxEntries: 100 }, 3],
  ["queue", { type: "queue", value: u64, maxEntries: 100 }, 2],
  ["stack", { type: "stack", value: u64, maxEntries: 100 }, 2],
  ["bloom_filter", { type: "bloom_filter", value: u64, maxEntries: 100 }, 2],
  ["ringbuf", { type: "ringbuf", maxEntries: 4096 }, 3],
  ["user_ringbuf", { type: "user_ringbuf", maxEntries: 4096 }, 3],
  ["array_of_maps", { type: "array_of_maps", inner: { type: "array", value: u32, maxEntries: 1 }, maxEntries: 4 }, 4],
  ["hash_of_maps", { type: "hash_of_maps", key: u32, inner: { type: "array", value: u32, maxEntries: 1 }, maxEntries: 4 }, 5],
];

const LAZY = { map_type: 1, key_size: 4, value_size: 8, max_entries: 5000, map_flags: BPF_F_NO_PREALLOC };
const TRIE = { map_type: 11, key_size: 8, value_size: 8, max_entries: 5000, map_flags: BPF_F_NO_PREALLOC };
const update = (kernel: Kernel, fd: number, n: number): number =>
  kernel.bpf(BPF_MAP_UPDATE_ELEM, { map_fd: fd, key: key(n), value: new Uint8Array(8) });
const prefix = (length: number, n: number): Uint8Array => new Uint8Array([length, 0, 0, 0, 10, n, 0, 0]);

const operations: Operation[] = [
  ...creations.map(([name, spec, allocations]) => ({
    name: `create ${name}`,
    run: (kernel: Kernel) => answer(() => kernel.createMap(spec)),
    undo: () => {},
    allocations,
  })),
  {
    name: "the first update of a hash without preallocation",
    prepare: (kernel) => void kernel.bpf(BPF_MAP_CREATE, LAZY),
    run: (kernel) => update(kernel, 3, 1),
    undo: (kernel) => void kernel.bpf(3, { map_fd: 3, key: key(1) }),
    allocations: 1,
  },
  {
    name: "an update batch stops where memory ends",
    prepare: (kernel) => void kernel.bpf(BPF_MAP_CREATE, LAZY),
    run: (kernel) => {
      const attr = { map_fd: 3, keys: new Uint32Array(40).map((_, i) => i), values: new Uint8Array(320), count: 40 };
      const result = kernel.bpf(BPF_MAP_UPDATE_BATCH, attr);
      // The elements in front of the failure stay, as in Linux; they are taken back here.
      for (let n = 0; n < attr.count; n++) assert.is(kernel.bpf(3, { map_fd: 3, key: key(n) }), 0);
      return result;
    },
    undo: () => {},
    allocations: 40,
  },
  {
    name: "an LPM prefix that needs an intermediate node",
    prepare: (kernel) => {
      kernel.bpf(BPF_MAP_CREATE, TRIE);
      kernel.bpf(BPF_MAP_UPDATE_ELEM, { map_fd: 3, key: prefix(16, 1), value: new Uint8Array(8) });
    },
    run: (kernel) => kernel.bpf(BPF_MAP_UPDATE_ELEM, { map_fd: 3, key: prefix(16, 2), value: new Uint8Array(8) }),
    undo: (kernel) => void kernel.bpf(3, { map_fd: 3, key: prefix(16, 2) }),
    allocations: 1,
  },
  {
    name: "pin",
    prepare: (kernel) => {
      kernel.bpf(BPF_MAP_CREATE, LAZY);
      kernel.bpffs.mkdir("/sys/fs/bpf/dir");
    },
    run: (kernel) => kernel.bpf(BPF_OBJ_PIN, { pathname: "/sys/fs/bpf/dir/map", bpf_fd: 3 }),
    undo: (kernel) => kernel.bpffs.unlink("/sys/fs/bpf/dir/map"),
    allocations: 1,
  },
  {
    name: "many fds",
    prepare: (kernel) => void kernel.bpf(BPF_MAP_CREATE, LAZY),
    run: (kernel) => {
      const fds: number[] = [];
      let fd = 0;
      while (fds.length < 40 && (fd = kernel.dup(3)) >= 0) fds.push(fd);
      for (const open of fds) kernel.close(open);
      return fd;
    },
    undo: () => {},
    allocations: 0,
  },
];

for (const { name, prepare, run, undo, allocations } of operations) {
  test(`ENOMEM at every allocation: ${name}`, () => {
    const kernel = newKernel({ cpus: 2, seed: 1 });
    prepare?.(kernel);
    // Tables that grow once and slabs that stay for the next block are there after the first time.
    undo(kernel, run(kernel));
    const before = live(kernel);
    let failures = 0;
    for (;;) {
      assert.ok(failures < 200, "it succeeds in the end");
      kernel.failNext("ENOMEM", { after: failures });
      const result = run(kernel);
      if (result >= 0) {
        undo(kernel, result);
        break;
      }
      assert.is(result, ENOMEM, `allocation ${failures}`);
      assert.equal(live(kernel), before, `after allocation ${failures} has failed`);
      failures++;
    }
    assert.ok(failures >= allocations, `${failures} allocations were met`);
  });
}

const FD_MAKERS: Operation[] = [
  { name: "create", run: (kernel) => kernel.bpf(BPF_MAP_CREATE, LAZY), undo: closes, allocations: 1 },
  { name: "fd by id", run: (kernel) => kernel.bpf(BPF_MAP_GET_FD_BY_ID, { map_id: 1 }), undo: closes, allocations: 1 },
  { name: "open a pin", run: (kernel) => kernel.bpf(BPF_OBJ_GET, { pathname: "/sys/fs/bpf/map" }), undo: closes, allocations: 1 },
  { name: "dup", run: (kernel) => kernel.dup(3), undo: closes, allocations: 1 },
];

for (const { name, run, undo } of FD_MAKERS) {
  test(`EMFILE: ${name}`, () => {
    const kernel = newKernel({ seed: 1 });
    kernel.bpf(BPF_MAP_CREATE, LAZY);
    kernel.bpf(BPF_OBJ_PIN, { pathname: "/sys/fs/bpf/map", bpf_fd: 3 });
    undo(kernel, run(kernel));
    const before = live(kernel);
    for (const after of [0, 1, 2]) {
      kernel.failNext("EMFILE", { after });
      const fds = Array.from({ length: after }, () => run(kernel));
      assert.ok(fds.every((fd) => fd >= 0), "as many as asked for succeed");
      assert.is(run(kernel), EMFILE);
      const next = run(kernel);
      assert.ok(next >= 0, "only one fails");
      for (const fd of [...fds, next]) kernel.close(fd);
      assert.equal(live(kernel), before);
    }
  });
}

test("arming again replaces what was armed, and the two codes do not disturb each other", () => {
  const kernel = newKernel();
  kernel.failNext("ENOMEM", { after: 1000 });
  kernel.failNext("EMFILE");
  kernel.failNext("ENOMEM");
  assert.is(kernel.bpf(BPF_MAP_CREATE, LAZY), ENOMEM);
  assert.is(kernel.bpf(BPF_MAP_CREATE, LAZY), EMFILE);
  assert.is(kernel.bpf(BPF_MAP_CREATE, LAZY), 3);
});

test("the caller's own blocks never fail this way", () => {
  const kernel = newKernel();
  kernel.failNext("ENOMEM");
  for (let i = 0; i < 20; i++) assert.ok(kernel.alloc(1000) > 0);
});

test("codes and counts are checked", () => {
  const kernel = newKernel();
  assert.throws(() => kernel.failNext("EIO" as never), TypeError);
  for (const after of [-1, 1.5, 2 ** 31]) assert.throws(() => kernel.failNext("ENOMEM", { after }), RangeError);
});

test.run();
