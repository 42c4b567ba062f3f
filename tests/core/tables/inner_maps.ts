// Maps of maps: what may be a template, and what may be put in beside it.
import { Cmd, Errno, MapFlag, MapType } from "../../kernel/abi.ts";
import { baseFields, baseMap, bases, isOuter, typeName } from "../bases.ts";
import { bytes, CLOSED_FD, type Fields, type Machine, u32, words } from "../machine.ts";
import { is, ok, row, type Row, same, story, type Table } from "../table.ts";

const outers = [MapType.ARRAY_OF_MAPS, MapType.HASH_OF_MAPS] as const;
const noTemplates: readonly MapType[] = [MapType.PROG_ARRAY, MapType.CGROUP_STORAGE, MapType.PERCPU_CGROUP_STORAGE];

const outerFields = (outer: MapType, inner_map_fd: number): Fields => ({
  map_type: outer, key_size: 4, value_size: 4, max_entries: 4, inner_map_fd,
});

const templates: Row[] = outers.flatMap((outer) =>
  bases.map(({ type }) =>
    story(`${typeName(outer)}: a template of type ${typeName(type)}`, (m) => {
      const answer = m.call(Cmd.MAP_CREATE, outerFields(outer, baseMap(m, type)));
      if (isOuter(type)) is(answer, -Errno.EINVAL);
      else if (noTemplates.includes(type)) is(answer, -Errno.ENOTSUPP);
      else ok(answer);
    }),
  ),
);

const badTemplates: Row[] = outers.flatMap((outer) => [
  row(`${typeName(outer)}: a closed template`, Cmd.MAP_CREATE, () => outerFields(outer, CLOSED_FD), -Errno.EBADF),
  row(`${typeName(outer)}: a template that is no map`, Cmd.MAP_CREATE, (m) => outerFields(outer, m.target.plainFd), -Errno.EINVAL),
  row(`${typeName(outer)}: a template with an exclusive program`, Cmd.MAP_CREATE, (m) =>
    outerFields(outer, m.array({ excl_prog_hash: bytes(32, 1), excl_prog_hash_size: 32 })), -Errno.ENOTSUPP),
  row(`${typeName(outer)}: value_size 8 is found before the template`, Cmd.MAP_CREATE, () =>
    ({ ...outerFields(outer, CLOSED_FD), value_size: 8 }), -Errno.EINVAL),
]);

/** The answer to putting a map made with `changes` into an outer map whose template is the base of `type`. */
interface Fit {
  name: string;
  type: MapType;
  template?: Fields;
  changes: Fields;
  errno: Errno | 0;
}

const { EINVAL } = Errno;
const fits: readonly Fit[] = [
  { name: "the same", type: MapType.HASH, changes: {}, errno: 0 },
  { name: "another key_size", type: MapType.HASH, changes: { key_size: 8 }, errno: EINVAL },
  { name: "another value_size", type: MapType.HASH, changes: { value_size: 4 }, errno: EINVAL },
  { name: "other max_entries", type: MapType.HASH, changes: { max_entries: 9 }, errno: 0 },
  { name: "NO_PREALLOC", type: MapType.HASH, changes: { map_flags: MapFlag.NO_PREALLOC }, errno: EINVAL },
  { name: "ZERO_SEED", type: MapType.HASH, changes: { map_flags: MapFlag.ZERO_SEED }, errno: EINVAL },
  { name: "RDONLY_PROG", type: MapType.HASH, changes: { map_flags: MapFlag.RDONLY_PROG }, errno: EINVAL },
  { name: "NUMA_NODE", type: MapType.HASH, changes: { map_flags: MapFlag.NUMA_NODE, numa_node: 0 }, errno: EINVAL },
  { name: "a read-only fd", type: MapType.HASH, changes: { map_flags: MapFlag.RDONLY }, errno: 0 },
  { name: "a write-only fd", type: MapType.HASH, changes: { map_flags: MapFlag.WRONLY }, errno: 0 },
  { name: "another name", type: MapType.HASH, changes: { map_name: "other" }, errno: 0 },
  { name: "another type", type: MapType.HASH, changes: { map_type: MapType.LRU_HASH }, errno: EINVAL },
  { name: "the same", type: MapType.ARRAY, changes: {}, errno: 0 },
  { name: "other max_entries", type: MapType.ARRAY, changes: { max_entries: 5 }, errno: EINVAL },
  { name: "INNER_MAP on the new map only", type: MapType.ARRAY, changes: { map_flags: MapFlag.INNER_MAP }, errno: EINVAL },
  { name: "INNER_MAP on the template only", type: MapType.ARRAY, template: { map_flags: MapFlag.INNER_MAP }, changes: {}, errno: EINVAL },
  {
    name: "INNER_MAP on both and other max_entries", type: MapType.ARRAY, template: { map_flags: MapFlag.INNER_MAP },
    changes: { map_flags: MapFlag.INNER_MAP, max_entries: 99 }, errno: 0,
  },
  { name: "MMAPABLE", type: MapType.ARRAY, changes: { map_flags: MapFlag.MMAPABLE }, errno: EINVAL },
  ...[
    MapType.LRU_HASH, MapType.PERCPU_HASH, MapType.PERCPU_ARRAY, MapType.LPM_TRIE, MapType.QUEUE, MapType.STACK,
    MapType.BLOOM_FILTER, MapType.STACK_TRACE,
  ].map((type): Fit => ({ name: "other max_entries", type, changes: { max_entries: 9 }, errno: 0 })),
  { name: "other max_entries", type: MapType.RINGBUF, changes: { max_entries: 8192 }, errno: 0 },
  { name: "another map_extra", type: MapType.BLOOM_FILTER, changes: { map_extra: 3 }, errno: 0 },
  {
    name: "an exclusive program", type: MapType.HASH, changes: { excl_prog_hash: bytes(32, 1), excl_prog_hash_size: 32 },
    errno: Errno.ENOTSUPP,
  },
];

const fitRows: Row[] = outers.flatMap((outer) =>
  fits.map(({ name, type, template, changes, errno }) =>
    story(`${typeName(outer)} of ${typeName(type)}: ${name}`, (m) => {
      const map = m.map(outerFields(outer, baseMap(m, type, template)));
      const inner = m.map({ ...baseFields(m, type), ...changes });
      is(m.update(map, u32(1), u32(inner)), -errno);
    }),
  ),
);

function filledOuter(machine: Machine, outer: MapType): { map: number; inner: number; id: number } {
  const inner = machine.array();
  const map = machine.map(outerFields(outer, inner));
  is(machine.update(map, u32(1), u32(inner)), 0);
  return { map, inner, id: machine.id(inner) };
}

const lives: Row[] = outers.flatMap((outer) => [
  story(`${typeName(outer)}: an fd goes in, an id comes out`, (m) => {
    const { map, id } = filledOuter(m, outer);
    const value = bytes(4);
    is(m.lookup(map, u32(1), value), 0);
    same(words(value), [id]);
  }),
  story(`${typeName(outer)}: a slot keeps its map alive, and its fd may be closed`, (m) => {
    const { map, inner, id } = filledOuter(m, outer);
    m.close(inner);
    ok(m.call(Cmd.MAP_GET_FD_BY_ID, { map_id: id }));
    is(m.lookup(map, u32(1), bytes(4)), 0);
  }),
  story(`${typeName(outer)}: a deleted slot lets its map go`, (m) => {
    const { map, inner, id } = filledOuter(m, outer);
    m.close(inner);
    is(m.delete(map, u32(1)), 0);
    m.target.settle();
    is(m.call(Cmd.MAP_GET_FD_BY_ID, { map_id: id }), -Errno.ENOENT);
  }),
  story(`${typeName(outer)}: a closed outer map lets its maps go`, (m) => {
    const { map, inner, id } = filledOuter(m, outer);
    m.close(inner);
    m.close(map);
    m.target.settle();
    is(m.call(Cmd.MAP_GET_FD_BY_ID, { map_id: id }), -Errno.ENOENT);
  }),
  story(`${typeName(outer)}: the template is not kept`, (m) => {
    const template = m.array();
    const id = m.id(template);
    m.map(outerFields(outer, template));
    m.close(template);
    is(m.call(Cmd.MAP_GET_FD_BY_ID, { map_id: id }), -Errno.ENOENT);
  }),
  story(`${typeName(outer)}: one map in two slots stays until both are gone`, (m) => {
    const { map, inner, id } = filledOuter(m, outer);
    is(m.update(map, u32(2), u32(inner)), 0);
    m.close(inner);
    is(m.delete(map, u32(1)), 0);
    m.target.settle();
    const again = m.call(Cmd.MAP_GET_FD_BY_ID, { map_id: id });
    ok(again);
    m.close(again);
    is(m.delete(map, u32(2)), 0);
    m.target.settle();
    is(m.call(Cmd.MAP_GET_FD_BY_ID, { map_id: id }), -Errno.ENOENT);
  }),
  story(`${typeName(outer)}: frozen, its slots stay and its inner maps can be written`, (m) => {
    const { map, inner } = filledOuter(m, outer);
    is(m.freeze(map), 0);
    is(m.delete(map, u32(1)), -Errno.EPERM);
    is(m.update(inner, u32(0), bytes(8, 1)), 0);
  }),
  story(`${typeName(outer)}: a frozen map can be put in`, (m) => {
    const { map } = filledOuter(m, outer);
    const frozen = m.array();
    is(m.freeze(frozen), 0);
    is(m.update(map, u32(2), u32(frozen)), 0);
  }),
]);

export const innerMaps: Table = { name: "maps of maps", rows: [...templates, ...badTemplates, ...fitRows, ...lives] };
