// MAP_CREATE: the checks that all types share, in their order, and what becomes of name, flags and fd.
import { Cmd, Errno, MapFlag, MapType } from "../../kernel/abi.ts";
import { baseFields, typeName } from "../bases.ts";
import { bytes, CLOSED_FD, type Fields, type Machine, unmapped } from "../machine.ts";
import { type Defect, is, ok, orderRows, row, type Row, same, story, type Table } from "../table.ts";

const set = (name: string, errno: Errno, changes: Fields): Defect => ({
  name, errno, apply: (fields) => void Object.assign(fields, changes),
});
const withFlags = (name: string, errno: Errno, map_flags: number, changes: Fields = {}): Defect => ({
  name,
  errno,
  apply(fields) {
    fields.map_flags = Number(fields.map_flags) | map_flags;
    Object.assign(fields, changes);
  },
});

const unused: Defect = { name: "an unused byte", errno: Errno.EINVAL, apply: () => ({ pokes: [[92, 1]] }) };
const first: readonly Defect[] = [
  unused,
  set("btf_vmlinux_value_type_id", Errno.EINVAL, { btf_vmlinux_value_type_id: 1 }),
  set("btf_key_type_id alone", Errno.EINVAL, { btf_key_type_id: 1, btf_value_type_id: 0 }),
  set("map_extra", Errno.EINVAL, { map_extra: 1 }),
  withFlags("RDONLY with WRONLY", Errno.EINVAL, MapFlag.RDONLY | MapFlag.WRONLY),
  withFlags("a NUMA node that is not online", Errno.EINVAL, MapFlag.NUMA_NODE, { numa_node: 500 }),
  set("no such type", Errno.EINVAL, { map_type: MapType.MAX }),
  withFlags("a flag of no type", Errno.EINVAL, 0x80000000),
];
const closedToken = withFlags("a closed token", Errno.EBADF, MapFlag.TOKEN_FD, { map_token_fd: CLOSED_FD });
const badDevice = set("no such device", Errno.EINVAL, { map_ifindex: 0x7fffffff });
const badName = set("a bad name", Errno.EINVAL, { map_name: "a-b" });
const last: readonly Defect[] = [
  badName,
  set("a closed btf_fd", Errno.EBADF, { btf_key_type_id: 1, btf_value_type_id: 1, btf_fd: CLOSED_FD }),
  set("a bad excl_prog_hash pointer", Errno.EFAULT, { excl_prog_hash: unmapped, excl_prog_hash_size: 32 }),
];
const tooBig = set("an element that is too big", Errno.E2BIG, { key_size: 4194255 });
const tooMany = set("more than 2^27 entries", Errno.E2BIG, { max_entries: 2 ** 27 + 1 });
const closedTemplate = set("a closed inner_map_fd", Errno.EBADF, { inner_map_fd: CLOSED_FD });

/** As orderRows, for a command whose success is a new fd. */
function createOrder(type: MapType, defects: readonly Defect[], exclude: readonly string[] = []): Row[] {
  const title = typeName(type);
  const rows = orderRows(title, Cmd.MAP_CREATE, (machine) => baseFields(machine, type), defects, exclude);
  rows[0] = story(`${title}: nothing wrong`, (m) => ok(m.call(Cmd.MAP_CREATE, baseFields(m, type))));
  return rows;
}

// Two rules on the BTF ids, or two that set the same size, cannot be broken separately.
const sameIds = ["btf_key_type_id alone before a closed btf_fd"];

const orders: Row[] = [
  ...createOrder(MapType.HASH, [...first, tooBig, closedToken, badDevice, tooMany, ...last], sameIds),
  ...createOrder(MapType.LRU_HASH, [
    ...first, withFlags("NO_PREALLOC of an LRU", Errno.ENOTSUPP, MapFlag.NO_PREALLOC), tooBig, closedToken, badDevice,
    tooMany, ...last,
  ], sameIds),
  ...createOrder(MapType.HASH_OF_MAPS, [
    ...first, set("a key that is too big", Errno.E2BIG, { key_size: 4194255 }), closedToken, badDevice, closedTemplate,
    tooMany, ...last,
  ], [...sameIds]),
  ...createOrder(MapType.ARRAY_OF_MAPS, [
    ...first, set("key_size 8", Errno.EINVAL, { key_size: 8 }), closedToken, badDevice, closedTemplate, ...last,
  ], sameIds),
  // Here the attributes are judged when the map is allocated.
  ...createOrder(MapType.RINGBUF, [
    ...first.slice(0, -1), closedToken, badDevice, set("max_entries 3", Errno.EINVAL, { max_entries: 3 }),
    set("a bad excl_prog_hash pointer", Errno.EFAULT, { excl_prog_hash: unmapped, excl_prog_hash_size: 32 }),
  ]),
  ...createOrder(MapType.CPUMAP, [
    ...first.slice(0, -1), closedToken, badDevice, set("more entries than CPUs", Errno.E2BIG, { max_entries: 257 }), ...last,
  ], sameIds),
];

/** Whether MAP_CREATE takes the byte in a name. */
const isNameByte = (byte: number): boolean =>
  /[0-9A-Za-z_.]/.test(String.fromCharCode(byte)) || (byte >= 0xc0 && byte !== 0xd7 && byte !== 0xf7);

function reportedName(machine: Machine, map_name: string): number[] {
  const info = machine.info(machine.hash({ map_name }));
  return [...new Uint8Array(info.buffer, 24, 16)];
}

const padded = (text: string): number[] => Array.from({ length: 16 }, (_, i) => (i < text.length ? text.charCodeAt(i) : 0));

const names: Row[] = [
  story("name: each byte alone", (m) => {
    for (let byte = 1; byte < 256; byte++) {
      const answer = m.call(Cmd.MAP_CREATE, baseFields(m, MapType.HASH, { map_name: `a${String.fromCharCode(byte)}` }));
      if (isNameByte(byte)) ok(answer, `byte ${byte}`);
      else is(answer, -Errno.EINVAL, `byte ${byte}`);
      m.finish();
    }
  }),
  ...["", "a", "map_1.X", "fifteen_letters", "\u00c0\u00ff"].map((name) =>
    story(`name: info reports ${JSON.stringify(name)}`, (m) => same(reportedName(m, name), padded(name))),
  ),
  story("name: what follows the NUL is ignored and reported as zero", (m) => {
    same(reportedName(m, "ab\0-/ x"), padded("ab"));
    same(reportedName(m, "\0junk!"), padded(""));
  }),
  row("name: 16 letters", Cmd.MAP_CREATE, (m) => baseFields(m, MapType.HASH, { map_name: "sixteen__letters" }), -Errno.EINVAL),
];

const taken = (name: string, changes: (machine: Machine) => Fields, type = MapType.HASH): Row =>
  story(name, (m) => ok(m.call(Cmd.MAP_CREATE, baseFields(m, type, changes(m)))));
const refused = (name: string, errno: Errno, changes: (machine: Machine) => Fields, type = MapType.HASH): Row =>
  row(name, Cmd.MAP_CREATE, (m) => baseFields(m, type, changes(m)), -errno);

const numa = MapFlag.NUMA_NODE;
const singles: Row[] = [
  taken("numa_node without its flag is ignored", () => ({ numa_node: 500 })),
  taken("numa_node 0xffffffff is none", () => ({ map_flags: numa, numa_node: 0xffffffff })),
  taken("numa_node 0", () => ({ map_flags: numa, numa_node: 0 })),
  taken("numa_node 0xffffffff of a per-CPU map", () => ({ map_flags: numa, numa_node: 0xffffffff }), MapType.PERCPU_HASH),
  refused("numa_node 0 of a per-CPU map", Errno.EINVAL, () => ({ map_flags: numa, numa_node: 0 }), MapType.PERCPU_HASH),
  taken("inner_map_fd of a type that has no inner maps is ignored", () => ({ inner_map_fd: CLOSED_FD })),
  taken("btf_fd without type ids is ignored", () => ({ btf_fd: CLOSED_FD })),
  taken("map_token_fd without its flag is ignored", () => ({ map_token_fd: CLOSED_FD })),
  taken("value_type_btf_obj_fd without its flag is ignored", () => ({ value_type_btf_obj_fd: CLOSED_FD })),
  refused("a token that is something else", Errno.EINVAL, (m) => ({ map_flags: MapFlag.TOKEN_FD, map_token_fd: m.target.plainFd })),
  refused("a btf_fd that is something else", Errno.EINVAL, (m) => ({ btf_value_type_id: 1, btf_fd: m.target.plainFd })),
  refused("map_ifindex of a type that no device holds", Errno.EINVAL, () => ({ map_ifindex: 1 }), MapType.QUEUE),
  refused("map_ifindex of a device that holds no maps", Errno.EOPNOTSUPP, () => ({ map_ifindex: 1 })),
  taken("an exclusive map", () => ({ excl_prog_hash: bytes(32, 7), excl_prog_hash_size: 32 })),
  ...[1, 31, 33].map((size) =>
    refused(`excl_prog_hash_size ${size}`, Errno.EINVAL, () => ({ excl_prog_hash: bytes(40), excl_prog_hash_size: size })),
  ),
  refused("excl_prog_hash without a size", Errno.EINVAL, () => ({ excl_prog_hash: bytes(32) })),
  refused("excl_prog_hash_size without a pointer", Errno.EINVAL, () => ({ excl_prog_hash: null, excl_prog_hash_size: 32 })),
];

const reports: Row[] = [
  story("info: RDONLY and WRONLY belong to the fd", (m) => {
    for (const flag of [MapFlag.RDONLY, MapFlag.WRONLY]) {
      const info = m.info(m.hash({ map_flags: flag | MapFlag.NO_PREALLOC }));
      same([info.getUint32(20, true)], [MapFlag.NO_PREALLOC]);
    }
  }),
  story("info: max_entries of a NO_COMMON_LRU map is rounded up to a multiple of the CPUs", (m) => {
    for (const max_entries of [1, 2, 5, 8, 1001]) {
      const fields = baseFields(m, MapType.LRU_HASH, { max_entries, map_flags: MapFlag.NO_COMMON_LRU });
      same([m.info(m.map(fields)).getUint32(16, true)], [Math.ceil(max_entries / m.cpus) * m.cpus]);
    }
  }),
  story("info: DEVMAP and DEVMAP_HASH report RDONLY_PROG", (m) => {
    for (const type of [MapType.DEVMAP, MapType.DEVMAP_HASH]) {
      same([m.info(m.map(baseFields(m, type))).getUint32(20, true)], [MapFlag.RDONLY_PROG]);
    }
  }),
  story("info: type, sizes, entries and map_extra are what was given", (m) => {
    const info = m.info(m.map({ map_type: MapType.BLOOM_FILTER, value_size: 12, max_entries: 77, map_extra: 3 }));
    same([0, 8, 12, 16, 20].map((at) => info.getUint32(at, true)), [MapType.BLOOM_FILTER, 0, 12, 77, 0]);
    is(info.getUint32(80, true), 3);
  }),
];

export const createGeneric: Table = { name: "MAP_CREATE of any type", rows: [...orders, ...names, ...singles, ...reports] };
