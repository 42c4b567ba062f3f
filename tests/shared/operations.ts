// One operation of every kind on every type of map, for tests in which a thread dies in the middle of it.
import type { Kernel } from "../../bindings/index.ts";
import { Cmd, MapFlag, MapType } from "../kernel/abi.ts";

/** What is done, and on what. */
export interface Script {
  name: string;
  memoryBytes?: number;
  setUp(kernel: Kernel): void;
  act(kernel: Kernel): void;
}

type Create = { map_type: MapType; key_size: number; value_size: number; max_entries: number; map_flags?: number };

/** The map under test has the first free fd. */
const FD = 3;

function word(value: number, size = 4): Uint8Array {
  const bytes = new Uint8Array(size);
  new DataView(bytes.buffer).setUint32(0, value, true);
  if (size > 4) bytes.fill(value & 0xff, 4);
  return bytes;
}

const prefix = (bits: number, address: number): Uint8Array => {
  const bytes = new Uint8Array(8);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, bits, true);
  view.setUint32(4, address);
  return bytes;
};

const must = (answer: number, what: string): number => {
  if (answer < 0) throw new Error(`${what} answered ${answer}`);
  return answer;
};

const create = (kernel: Kernel, attr: Create & { inner_map_fd?: number }): number => must(kernel.bpf(Cmd.MAP_CREATE, attr), "MAP_CREATE");
const valueSize = (kernel: Kernel, { map_type, value_size }: Create): number =>
  PERCPU.has(map_type) ? ((value_size + 7) & ~7) * kernel.cpus : value_size;
const PERCPU: ReadonlySet<MapType> = new Set([MapType.PERCPU_HASH, MapType.PERCPU_ARRAY, MapType.LRU_PERCPU_HASH]);

/** All that user space can read of all maps, as text. */
export function bytesOf(kernel: Kernel): string {
  const lines = new TextDecoder().decode(kernel.dump()).split("\n");
  // Of a hash table the order of elements is nobody's business; ids are given once.
  return lines.map((line) => line.replace(/"(id|fd|maps?)":\d+/g, "")).sort().join("\n");
}

/** Update of a new key, of a present one, delete, and lookup-and-delete, in a map with these keys. */
function keyed(name: string, attr: Create, keys: Uint8Array[], fresh: Uint8Array | undefined): Script[] {
  const setUp = (kernel: Kernel): void => {
    create(kernel, attr);
    keys.forEach((key, i) => update(kernel, attr, key, i + 1));
  };
  // An LRU map has evicted the others.
  const [other, last] = keys.slice(-2);
  const scripts: Script[] = [
    { name: `${name}: update of a present key`, setUp, act: (kernel) => void update(kernel, attr, last, 77) },
    { name: `${name}: delete`, setUp, act: (kernel) => void kernel.bpf(Cmd.MAP_DELETE_ELEM, { map_fd: FD, key: last }) },
  ];
  if (attr.map_type !== MapType.LPM_TRIE) {
    scripts.push({
      name: `${name}: lookup and delete`, setUp,
      act: (kernel) => void kernel.bpf(Cmd.MAP_LOOKUP_AND_DELETE_ELEM, { map_fd: FD, key: other, value: new Uint8Array(valueSize(kernel, attr)) }),
    });
  }
  if (fresh !== undefined) scripts.push({ name: `${name}: update of a new key`, setUp, act: (kernel) => void update(kernel, attr, fresh, 99) });
  return scripts;
}

function update(kernel: Kernel, attr: Create, key: Uint8Array, value: number, flags = 0): number {
  return kernel.bpf(Cmd.MAP_UPDATE_ELEM, { map_fd: FD, key, value: word(value, valueSize(kernel, attr)), flags });
}

const numbers = (count: number, size = 4): Uint8Array[] => Array.from({ length: count }, (_, i) => word(i * 7 + 1, size));

const hash = (map_type: MapType, value_size: number, max_entries: number, map_flags = 0, key_size = 4): Create =>
  ({ map_type, key_size, value_size, max_entries, map_flags });

const routes = [[0, 0], [8, 0x0a000000], [16, 0x0a010000], [24, 0x0a010200], [32, 0x0a010203], [9, 0x0a800000]].map(([bits, address]) => prefix(bits, address));
const manyRoutes = Array.from({ length: 2100 }, (_, i) => prefix(20 + (i % 13), (i * 0x01234567) >>> 0));
const LPM: Create = { map_type: MapType.LPM_TRIE, key_size: 8, value_size: 4, max_entries: 100000, map_flags: MapFlag.NO_PREALLOC };

function objects(): Script[] {
  const array: Create = { map_type: MapType.ARRAY, key_size: 4, value_size: 8, max_entries: 4 };
  const template = (kernel: Kernel): number => create(kernel, array);
  const outer = (map_type: MapType) => (kernel: Kernel): void => {
    create(kernel, array);
    create(kernel, { map_type, key_size: 4, value_size: 4, max_entries: 4, inner_map_fd: FD });
    for (let i = 0; i < 3; i++) {
      const inner = create(kernel, array);
      must(kernel.bpf(Cmd.MAP_UPDATE_ELEM, { map_fd: FD + 1, key: word(i), value: word(inner) }), "UPDATE");
      kernel.close(inner);
    }
  };
  const inOuter = (name: string, type: MapType): Script[] => [
    {
      name: `${name}: another inner map`, setUp: outer(type),
      act: (kernel) => void kernel.bpf(Cmd.MAP_UPDATE_ELEM, { map_fd: FD + 1, key: word(1), value: word(FD) }),
    },
    { name: `${name}: delete`, setUp: outer(type), act: (kernel) => void kernel.bpf(Cmd.MAP_DELETE_ELEM, { map_fd: FD + 1, key: word(1) }) },
    { name: `${name}: close`, setUp: outer(type), act: (kernel) => void kernel.close(FD + 1) },
  ];
  const full = hash(MapType.HASH, 8, 40, MapFlag.NO_PREALLOC);
  const filled = (attr: Create, keys: Uint8Array[]) => (kernel: Kernel): void => {
    create(kernel, attr);
    for (const key of keys) must(update(kernel, attr, key, 5), "UPDATE");
  };
  return [
    { name: "MAP_CREATE of an array", setUp: template, act: (kernel) => void kernel.bpf(Cmd.MAP_CREATE, array) },
    { name: "MAP_CREATE of a hash", setUp: template, act: (kernel) => void kernel.bpf(Cmd.MAP_CREATE, hash(MapType.HASH, 8, 100)) },
    { name: "MAP_CREATE of an LRU", setUp: template, act: (kernel) => void kernel.bpf(Cmd.MAP_CREATE, hash(MapType.LRU_HASH, 8, 100)) },
    { name: "MAP_CREATE of a ring", setUp: template, act: (kernel) => void kernel.bpf(Cmd.MAP_CREATE, { map_type: MapType.RINGBUF, max_entries: 4096 }) },
    { name: "close of an array", setUp: template, act: (kernel) => void kernel.close(FD) },
    { name: "close of a hash without preallocation", setUp: filled(full, numbers(40)), act: (kernel) => void kernel.close(FD) },
    { name: "close of a trie", setUp: filled(LPM, manyRoutes.slice(0, 140)), act: (kernel) => void kernel.close(FD) },
    { name: "dup", setUp: template, act: (kernel) => void kernel.dup(FD) },
    { name: "freeze", setUp: template, act: (kernel) => void kernel.bpf(Cmd.MAP_FREEZE, { map_fd: FD }) },
    { name: "pin", setUp: template, act: (kernel) => void kernel.bpf(Cmd.OBJ_PIN, { pathname: "/sys/fs/bpf/a", bpf_fd: FD }) },
    {
      name: "unlink", setUp: (kernel) => (template(kernel), void kernel.bpf(Cmd.OBJ_PIN, { pathname: "/sys/fs/bpf/a", bpf_fd: FD })),
      act: (kernel) => void attempt(() => kernel.bpffs.unlink("/sys/fs/bpf/a")),
    },
    {
      name: "rename", setUp: (kernel) => (template(kernel), void kernel.bpf(Cmd.OBJ_PIN, { pathname: "/sys/fs/bpf/a", bpf_fd: FD })),
      act: (kernel) => void attempt(() => kernel.bpffs.rename("/sys/fs/bpf/a", "/sys/fs/bpf/b")),
    },
    { name: "mkdir", setUp: template, act: (kernel) => void attempt(() => kernel.bpffs.mkdir("/sys/fs/bpf/d")) },
    ...inOuter("array of maps", MapType.ARRAY_OF_MAPS),
    ...inOuter("hash of maps", MapType.HASH_OF_MAPS),
  ];
}

/** The second time it may not be possible. */
function attempt(fn: () => void): void {
  try {
    fn();
  } catch (error) {
    if (error instanceof WebAssembly.RuntimeError) throw error;
  }
}

function keyless(name: string, map_type: MapType, value_size: number): Script[] {
  const attr: Create = { map_type, key_size: 0, value_size, max_entries: 3 };
  const push = (value: number, flags = 0) => (kernel: Kernel): void =>
    void kernel.bpf(Cmd.MAP_UPDATE_ELEM, { map_fd: FD, key: null, value: word(value, value_size), flags });
  const setUp = (count: number) => (kernel: Kernel): void => {
    create(kernel, attr);
    for (let i = 0; i < count; i++) push(i + 1)(kernel);
  };
  return [
    { name: `${name}: push`, setUp: setUp(2), act: push(9) },
    { name: `${name}: push to a full one that drops its oldest`, setUp: setUp(3), act: push(9, 2) },
    {
      name: `${name}: pop`, setUp: setUp(2),
      act: (kernel) => void kernel.bpf(Cmd.MAP_LOOKUP_AND_DELETE_ELEM, { map_fd: FD, key: null, value: new Uint8Array(value_size) }),
    },
  ];
}

const arrays = (name: string, map_type: MapType, value_size: number): Script[] =>
  [keyed(name, { map_type, key_size: 4, value_size, max_entries: 20 }, [word(3), word(5)], undefined)[0]];

const groups = (name: string, value_size: number, count: number, max: number): Script[] =>
  keyed(name, hash(MapType.HASH, value_size, max), numbers(count), word(5000));

export const scripts: Script[] = [
  ...groups("hash u32 → u32", 4, 20, 100),
  ...groups("hash with full groups", 8, 99, 100),
  ...groups("hash with values of 3000 bytes", 3000, 8, 12),
  ...keyed("hash of 40-byte keys", hash(MapType.HASH, 24, 30, 0, 40), numbers(20, 40), word(900, 40)),
  ...keyed("hash, ZERO_SEED", hash(MapType.HASH, 8, 30, MapFlag.ZERO_SEED), numbers(20), word(5000)),
  ...keyed("hash, NO_PREALLOC", hash(MapType.HASH, 8, 30, MapFlag.NO_PREALLOC), numbers(20), word(5000)),
  ...keyed("percpu_hash", hash(MapType.PERCPU_HASH, 8, 30), numbers(20), word(5000)),
  ...keyed("lru_hash, full", hash(MapType.LRU_HASH, 8, 30), numbers(60), word(5000)),
  ...keyed("lru_hash, NO_COMMON_LRU", hash(MapType.LRU_HASH, 8, 30, MapFlag.NO_COMMON_LRU), numbers(60), word(5000)),
  ...keyed("lru_percpu_hash", hash(MapType.LRU_PERCPU_HASH, 8, 30), numbers(60), word(5000)),
  ...arrays("array of 40 bytes", MapType.ARRAY, 40),
  ...arrays("array of 3000 bytes", MapType.ARRAY, 3000),
  ...arrays("percpu_array", MapType.PERCPU_ARRAY, 8),
  ...keyed("lpm_trie", LPM, routes, prefix(20, 0x0a010000)),
  ...keyed("lpm_trie with a table", LPM, [...routes, ...manyRoutes.slice(0, 121)], prefix(20, 0x0a010000)),
  ...keyless("queue", MapType.QUEUE, 8),
  ...keyless("queue of 3000 bytes", MapType.QUEUE, 3000),
  ...keyless("stack", MapType.STACK, 8),
  ...objects(),
];
