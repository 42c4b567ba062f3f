// References, ids, access modes and freezing: what an object lives by, and what an fd on it may do.
import { Cmd, Errno, MapFlag } from "../../kernel/abi.ts";
import { baseMap, bases, typeName } from "../bases.ts";
import { command, filledHash } from "../commands.ts";
import { bytes, type Fields, type Machine, u32 } from "../machine.ts";
import { is, ok, row, type Row, same, story, type Table } from "../table.ts";

const { EPERM, ENOENT, EINVAL } = Errno;

const openById = (m: Machine, map_id: number, open_flags = 0): number => m.call(Cmd.MAP_GET_FD_BY_ID, { map_id, open_flags });

const references: Row[] = [
  story("the last close takes the id away at once", (m) => {
    const map = m.hash();
    const id = m.id(map);
    const copy = m.dup(map);
    m.close(map);
    const again = openById(m, id);
    ok(again, "while a dup is open");
    m.close(copy);
    is(m.id(again), id);
    m.close(again);
    is(openById(m, id), -ENOENT);
  }),
  story("a pin keeps the map and its elements", (m) => {
    const map = filledHash(m);
    const pathname = m.path("kept");
    is(m.call(Cmd.OBJ_PIN, { pathname, bpf_fd: map }), 0);
    const id = m.id(map);
    m.close(map);
    const again = m.call(Cmd.OBJ_GET, { pathname });
    is(m.id(again), id);
    is(m.lookup(again, u32(1), bytes(8)), 0);
    m.close(again);
    is(m.target.unlink(pathname), 0);
    is(openById(m, id), -ENOENT);
  }),
  story("fds on one map see each other's elements", (m) => {
    const map = m.hash();
    const copy = openById(m, m.id(map));
    is(m.update(copy, u32(5), bytes(8, 9)), 0);
    const value = bytes(8);
    is(m.lookup(map, u32(5), value), 0);
    same(value, bytes(8, 9));
  }),
  story("a dup has the access of its original", (m) => {
    const copy = m.dup(m.hash({ map_flags: MapFlag.RDONLY }));
    is(m.update(copy, u32(1), bytes(8)), -EPERM);
    is(m.lookup(copy, u32(1), bytes(8)), -ENOENT);
  }),
];

const ids: Row[] = [
  story("ids rise, and are not used again", (m) => {
    const first = m.hash();
    const firstId = m.id(first);
    m.close(first);
    const secondId = m.id(m.hash());
    const thirdId = m.id(m.array());
    if (!(firstId < secondId && secondId < thirdId)) throw new Error(`ids are ${firstId}, ${secondId}, ${thirdId}`);
  }),
  story("GET_NEXT_ID: the smallest id above start_id", (m) => {
    const [low, middle, high] = [m.hash(), m.hash(), m.hash()].map((fd) => [fd, m.id(fd)]);
    const next = (start_id: number): number => {
      const fields: Fields = { start_id, next_id: 77 };
      is(m.call(Cmd.MAP_GET_NEXT_ID, fields), 0);
      return fields.next_id as number;
    };
    is(next(low[1] - 1), low[1]);
    is(next(low[1]), middle[1]);
    m.close(middle[0]);
    is(next(low[1]), high[1]);
  }),
  story("GET_NEXT_ID: behind the last id nothing is written", (m) => {
    const fields: Fields = { start_id: 0x7ffffffe, next_id: 77 };
    is(m.call(Cmd.MAP_GET_NEXT_ID, fields), -ENOENT);
    same([fields.next_id], [77]);
  }),
  ...[0x7fffffff, 0x80000000, 0xffffffff].map((start_id) =>
    row(`GET_NEXT_ID: start_id ${start_id}`, Cmd.MAP_GET_NEXT_ID, () => ({ start_id }), -EINVAL),
  ),
  ...[0, 0x7ffffff0, 0xffffffff].map((map_id) =>
    row(`GET_FD_BY_ID: no map has id ${map_id}`, Cmd.MAP_GET_FD_BY_ID, () => ({ map_id }), -ENOENT),
  ),
  ...[0x18, 0x1, 0x20, 0x4000, 0x80000000].map((open_flags) =>
    row(`GET_FD_BY_ID: open_flags 0x${open_flags.toString(16)}`, Cmd.MAP_GET_FD_BY_ID, (m) =>
      ({ map_id: m.id(m.hash()), open_flags }), -EINVAL),
  ),
  story("GET_FD_BY_ID: bad open_flags are found before a bad id", (m) => is(openById(m, 0, 0x20), -EINVAL)),
  story("GET_FD_BY_ID: the access of the first fd does not matter", (m) => {
    const again = openById(m, m.id(m.hash({ map_flags: MapFlag.RDONLY })));
    is(m.update(again, u32(1), bytes(8)), 0);
  }),
];

/** How a map is held, and which commands it refuses with EPERM. */
const modes: readonly { name: string; open(m: Machine): number; reads: boolean; writes: boolean; freezes: boolean }[] = [
  { name: "created RDONLY", open: (m) => m.hash({ map_flags: MapFlag.RDONLY }), reads: true, writes: false, freezes: false },
  {
    name: "created WRONLY", open: (m) => filledHash(m, { map_flags: MapFlag.WRONLY }),
    reads: false, writes: true, freezes: true,
  },
  {
    name: "opened RDONLY by id", open: (m) => openById(m, m.id(filledHash(m)), MapFlag.RDONLY),
    reads: true, writes: false, freezes: false,
  },
  {
    name: "opened WRONLY by id", open: (m) => openById(m, m.id(filledHash(m)), MapFlag.WRONLY),
    reads: false, writes: true, freezes: true,
  },
  { name: "frozen", open: frozenHash, reads: true, writes: false, freezes: false },
  {
    name: "frozen through another fd", reads: true, writes: false, freezes: false,
    open(m) {
      const map = filledHash(m);
      is(m.freeze(openById(m, m.id(map))), 0);
      return map;
    },
  },
  {
    name: "opened after it was frozen", open: (m) => openById(m, m.id(frozenHash(m))),
    reads: true, writes: false, freezes: false,
  },
  {
    name: "RDONLY_PROG", open: (m) => filledHash(m, { map_flags: MapFlag.RDONLY_PROG }),
    reads: true, writes: true, freezes: true,
  },
  {
    name: "WRONLY_PROG", open: (m) => filledHash(m, { map_flags: MapFlag.WRONLY_PROG }),
    reads: true, writes: true, freezes: true,
  },
];

function frozenHash(m: Machine): number {
  const map = filledHash(m);
  is(m.freeze(map), 0);
  return map;
}

const needs: readonly [cmd: Cmd, ...rights: ("reads" | "writes" | "freezes")[]][] = [
  [Cmd.MAP_LOOKUP_ELEM, "reads"],
  [Cmd.MAP_UPDATE_ELEM, "writes"],
  [Cmd.MAP_DELETE_ELEM, "writes"],
  [Cmd.MAP_GET_NEXT_KEY, "reads"],
  [Cmd.MAP_LOOKUP_AND_DELETE_ELEM, "reads", "writes"],
  [Cmd.MAP_LOOKUP_BATCH, "reads"],
  [Cmd.MAP_LOOKUP_AND_DELETE_BATCH, "reads", "writes"],
  [Cmd.MAP_UPDATE_BATCH, "writes"],
  [Cmd.MAP_DELETE_BATCH, "writes"],
  [Cmd.MAP_FREEZE, "freezes"],
  [Cmd.OBJ_GET_INFO_BY_FD],
  [Cmd.OBJ_PIN],
];

const access: Row[] = modes.flatMap((mode) =>
  needs.map(([cmd, ...rights]) => {
    const { name, valid, fd } = command(cmd);
    const isAllowed = rights.every((right) => mode[right]);
    return story(`${name} on a map ${mode.name}: ${isAllowed ? "allowed" : "EPERM"}`, (m) => {
      const answer = m.call(cmd, { ...valid(m), [fd!]: mode.open(m) });
      // The map may be empty, so an allowed command may find nothing; it is the permission that is asked here.
      if (isAllowed) is(answer === -ENOENT ? 0 : answer, 0);
      else is(answer, -EPERM);
    });
  }),
);

const freezing: Row[] = [
  ...bases.map(({ type }) =>
    story(`FREEZE of ${typeName(type)}, and again`, (m) => {
      const map = baseMap(m, type);
      is(m.freeze(map), 0);
      is(m.freeze(map), -EPERM);
    }),
  ),
  story("a frozen map refuses an update batch of nothing", (m) => {
    const map_fd = frozenHash(m);
    is(m.call(Cmd.MAP_UPDATE_BATCH, { map_fd, count: 0 }), -EPERM);
  }),
];

export const lifetimes: Table = { name: "references, ids and access", rows: [...references, ...ids, ...access, ...freezing] };
