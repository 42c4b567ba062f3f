// BpfError, and the sentences for failed creations: they are checked against the core in both directions, so that each
// refusal has a reason and no reason is found where there is no refusal.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { BPF_MAP_CREATE, BPF_MAP_UPDATE_ELEM, BpfError, bytes, commandName, errnoName, u32, u64 } from "../../bindings/index.ts";
import type { BpfAttr } from "../../bindings/index.ts";
import { createRule } from "../../bindings/abi/create_rules.ts";
import { Errno, MapFlag, MapType } from "../../assembly/uapi/constants.ts";
import { newKernel } from "../harness/kernel.ts";
import { checkLeaks } from "../harness/leak.ts";

const kernel = newKernel({ cpus: 2, maxMemoryBytes: 64 * 2 ** 20 });
const test = suite("errors");
checkLeaks(test, kernel);

const thrownBy = (call: () => unknown): BpfError => {
  try {
    call();
  } catch (error) {
    assert.instance(error, BpfError);
    return error as BpfError;
  }
  throw new Error("nothing was thrown");
};

test("a BpfError has the properties of Node's system errors", () => {
  const map = kernel.createMap({ type: "hash", key: u32, value: u32, maxEntries: 1 });
  map.set(1, 1);
  const error = thrownBy(() => map.set(2, 2));
  assert.instance(error, Error);
  assert.equal(
    [error.name, error.errno, error.code, error.syscall, error.command],
    ["BpfError", -Errno.E2BIG, "E2BIG", "bpf", "BPF_MAP_UPDATE_ELEM"],
  );
  assert.is(String(error), "BpfError: Cannot update hash map: it holds maxEntries (1) elements");
  map.close();
});

test("names of error numbers and commands", () => {
  const names = [-Errno.ENOTSUPP, -Errno.EOPNOTSUPP, Errno.EBADFD, -9999].map(errnoName);
  assert.equal(names, ["ENOTSUPP", "EOPNOTSUPP", "EBADFD", "errno 9999"]);
  const commands = [BPF_MAP_CREATE, BPF_MAP_UPDATE_ELEM, 9999].map(commandName);
  assert.equal(commands, ["BPF_MAP_CREATE", "BPF_MAP_UPDATE_ELEM", "bpf command 9999"]);
});

const BASES: [type: MapType, attr: BpfAttr][] = [
  [MapType.HASH, { key_size: 4, value_size: 8, max_entries: 4 }],
  [MapType.ARRAY, { key_size: 4, value_size: 8, max_entries: 4 }],
  [MapType.PERCPU_HASH, { key_size: 4, value_size: 8, max_entries: 4 }],
  [MapType.PERCPU_ARRAY, { key_size: 4, value_size: 8, max_entries: 4 }],
  [MapType.LRU_HASH, { key_size: 4, value_size: 8, max_entries: 4 }],
  [MapType.LRU_PERCPU_HASH, { key_size: 4, value_size: 8, max_entries: 4 }],
  [MapType.LPM_TRIE, { key_size: 8, value_size: 8, max_entries: 4, map_flags: MapFlag.NO_PREALLOC }],
  [MapType.QUEUE, { value_size: 8, max_entries: 4 }],
  [MapType.STACK, { value_size: 8, max_entries: 4 }],
  [MapType.BLOOM_FILTER, { value_size: 8, max_entries: 4 }],
  [MapType.RINGBUF, { max_entries: 4096 }],
  [MapType.USER_RINGBUF, { max_entries: 4096 }],
];

const FLAGS = Array.from({ length: 20 }, (_, bit) => 2 ** bit).filter((flag) => flag !== MapFlag.TOKEN_FD);
const CHANGES: [field: keyof BpfAttr, values: unknown[]][] = [
  ["map_type", [0, 34, 1000]],
  ["key_size", [0, 1, 4, 5, 8, 260, 261, 4194248, 2 ** 31, 2 ** 32 - 1]],
  ["value_size", [0, 1, 7, 32768, 32769, 4194024, 4194025, 4194252, 4194305, 2 ** 31, 2 ** 32 - 1]],
  ["max_entries", [0, 1, 1000, 4096, 6000, 8192, 2 ** 27 + 1]],
  ["map_flags", [...FLAGS, 0, 0x18, 0x180, 0x101, 0x400000, 0x80000000]],
  ["map_name", ["ok_1.x", "a b", "x".repeat(15), "x".repeat(16), "é", new Uint8Array([0xe9]), new Uint8Array([0xd7])]],
  ["map_extra", [1, 15, 16, 4096]],
  ["map_ifindex", [1000]],
  ["numa_node", [1]],
  ["btf_key_type_id", [1]],
  ["btf_vmlinux_value_type_id", [1]],
  ["excl_prog_hash_size", [32, 5]],
];

for (const [type, attr] of BASES) {
  test(`${MapType[type]}: every refused creation has its reason, and no other has one`, () => {
    const base: BpfAttr = { map_type: type, ...attr };
    const fd = kernel.bpf(BPF_MAP_CREATE, base);
    assert.ok(fd >= 0, `the base is refused with ${errnoName(fd)}`);
    kernel.close(fd);
    let refused = 0;
    const flags = base.map_flags ?? 0;
    const variants = CHANGES.flatMap(([field, values]) => values.map((value): BpfAttr => ({ ...base, [field]: value })));
    variants.push({ ...base, map_flags: flags | MapFlag.NUMA_NODE, numa_node: 1 });
    variants.push({ ...base, map_flags: flags | MapFlag.NUMA_NODE, numa_node: 0xffffffff });
    for (const variant of variants) {
      const ret = kernel.bpf(BPF_MAP_CREATE, variant);
      const shown = JSON.stringify(variant);
      if (ret >= 0) {
        kernel.close(ret);
        for (const code of [Errno.EINVAL, Errno.E2BIG, Errno.ENOTSUPP]) assert.is(createRule(-code, variant), undefined, shown);
      } else if (ret !== -Errno.ENOMEM && ret !== -Errno.EOPNOTSUPP) {
        refused++;
        assert.type(createRule(ret, variant), "string", `${errnoName(ret)} for ${shown}`);
      }
    }
    assert.ok(refused > 20, `only ${refused} were refused`);
  });
}

const SENTENCES: [attr: BpfAttr, sentence: RegExp][] = [
  [{ map_type: 99 }, /^map_type 99 does not exist$/],
  [{ map_type: MapType.HASH, key_size: 0, value_size: 1, max_entries: 1 }, /^key_size of BPF_MAP_TYPE_HASH must be at least 1: current value is 0$/],
  [{ map_type: MapType.ARRAY, key_size: 8, value_size: 1, max_entries: 1 }, /^key_size of BPF_MAP_TYPE_ARRAY must be 4: current value is 8$/],
  [{ map_type: MapType.RINGBUF, max_entries: 1000 }, /^max_entries must be a power of two and a multiple of 4096: current value is 1000$/],
  [{ map_type: MapType.LPM_TRIE, key_size: 8, value_size: 1, max_entries: 1 }, /^BPF_MAP_TYPE_LPM_TRIE needs BPF_F_NO_PREALLOC$/],
  [{ map_type: MapType.HASH, key_size: 4, value_size: 4, max_entries: 1, map_flags: 0x18 }, /^BPF_F_RDONLY and BPF_F_WRONLY exclude each other$/],
  [{ map_type: MapType.HASH, key_size: 4, value_size: 4, max_entries: 1, map_flags: 0x400 }, /does not take BPF_F_MMAPABLE$/],
  [{ map_type: MapType.HASH, key_size: 4, value_size: 4, max_entries: 1, map_flags: 0x400000 }, /does not take map_flags bit 0x400000$/],
  [{ map_type: MapType.HASH, key_size: 4, value_size: 4, max_entries: 1, map_name: "a b" }, /^map_name takes letters, digits, "_" and ".": current value is "a b"$/],
  [{ map_type: MapType.HASH, key_size: 4, value_size: 4, max_entries: 1, map_name: "x".repeat(16) }, /^map_name has at most 15 bytes, this has 16: "x{16}"$/],
];
for (const [attr, sentence] of SENTENCES) {
  test(`the sentence ${sentence.source}`, () => {
    assert.is(kernel.bpf(BPF_MAP_CREATE, attr), -Errno.EINVAL);
    assert.match(createRule(-Errno.EINVAL, attr)!, sentence);
  });
}

test("the name of the map is in the message, and every errno of a creation has a sentence", () => {
  const create = (maxEntries: number, value = bytes(8)) => () => kernel.createMap({ type: "hash", key: u64, value, maxEntries, name: "flows" });
  assert.is(thrownBy(create(0)).message, 'Cannot create map "flows": maxEntries of type "hash" must be at least 1: current value is 0');
  const memory = thrownBy(create(2 ** 25));
  assert.match(memory.message, /^Cannot create map "flows": 33554432 elements of 16 bytes are more than the kernel's memory limit \(maxMemoryBytes\) leaves: \d+ bytes are in use$/);
  assert.is(memory.code, "ENOMEM");
  assert.match(thrownBy(create(1, bytes(4194304))).message, /^Cannot create map "flows": the size of key and the size of value must be at most 4194255 together/);
});

test("failures on demand reach the caller as errors, and leave nothing behind", () => {
  const create = () => kernel.createMap({ type: "hash", key: u32, value: u32, maxEntries: 4 });
  kernel.failNext("EMFILE");
  assert.is(thrownBy(create).code, "EMFILE");
  for (let after = 0; after < 2; after++) {
    kernel.failNext("ENOMEM", { after });
    assert.is(thrownBy(create).code, "ENOMEM");
  }
  create().close();
  assert.throws(() => kernel.failNext("EPERM" as never), (error: unknown) => error instanceof TypeError);
  assert.throws(() => kernel.failNext("ENOMEM", { after: -1 }), (error: unknown) => error instanceof RangeError);
});

test("specs of a wrong shape are TypeError or RangeError", () => {
  const wrong: unknown[] = [
    null,
    {},
    { type: "table", maxEntries: 1 },
    { type: "toString", maxEntries: 1 },
    { type: "hash", key: u32, maxEntries: 1 },
    { type: "hash", value: u32, maxEntries: 1 },
    { type: "hash", key: 4, value: u32, maxEntries: 1 },
    { type: "hash", key: u32, value: u32 },
    { type: "hash", key: u32, value: u32, maxEntries: "1" },
    { type: "hash", key: u32, value: u32, maxEntries: 1.5 },
    { type: "hash", key: u32, value: u32, maxEntries: 1, maxEntires: 1 },
    { type: "hash", key: u32, value: u32, maxEntries: 1, name: 5 },
    { type: "hash", key: u32, value: u32, maxEntries: 1, name: "x".repeat(17) },
    { type: "hash", key: u32, value: u32, maxEntries: 1, flags: -1 },
  ];
  for (const spec of wrong) {
    assert.throws(
      () => kernel.createMap(spec as never),
      (error: unknown) => error instanceof TypeError || error instanceof RangeError,
      JSON.stringify(spec),
    );
  }
});

test.run();
