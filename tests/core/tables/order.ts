// Which of two mistakes a command answers to: every pair of its checks, in the order the kernel makes them.
import { Cmd, Errno, MapFlag } from "../../kernel/abi.ts";
import { command, filledHash } from "../commands.ts";
import { CLOSED_FD, type Fields, type Machine, u32, unmapped } from "../machine.ts";
import { type Defect, is, orderRows, row, type Row, story, type Table } from "../table.ts";

const unused = (at: number): Defect => ({
  name: "an unused byte", errno: Errno.EINVAL, apply: () => ({ pokes: [[at, 1]] }),
});
const set = (name: string, errno: Errno, changes: Fields): Defect => ({
  name, errno, apply: (fields) => void Object.assign(fields, changes),
});
const closedFd = set("a closed fd", Errno.EBADF, { map_fd: CLOSED_FD });
const plainFd: Defect = {
  name: "an fd that is no map", errno: Errno.EINVAL, apply: (fields, m) => void (fields.map_fd = m.target.plainFd),
};
const opened = (name: string, map_flags: number): Defect => ({
  name, errno: Errno.EPERM, apply: (fields, m) => void (fields.map_fd = filledHash(m, { map_flags })),
});
const writeOnly = opened("a write-only fd", MapFlag.WRONLY);
const readOnly = opened("a read-only fd", MapFlag.RDONLY);
const frozen: Defect = {
  name: "a frozen map", errno: Errno.EPERM,
  apply(fields, m) {
    fields.map_fd = filledHash(m);
    is(m.freeze(fields.map_fd), 0, "freeze");
  },
};
const lock = set("F_LOCK without a spin lock", Errno.EINVAL, { flags: 4 });
const badKey = set("a bad key pointer", Errno.EFAULT, { key: unmapped });
const badValue = set("a bad value pointer", Errno.EFAULT, { value: unmapped });
const absent = set("an absent key", Errno.ENOENT, { key: u32(7) });

const valid = (cmd: Cmd) => (machine: Machine) => command(cmd).valid(machine);

const elementRows: Row[] = [
  ...orderRows("LOOKUP", Cmd.MAP_LOOKUP_ELEM, valid(Cmd.MAP_LOOKUP_ELEM), [
    unused(32), set("flags 8", Errno.EINVAL, { flags: 8 }), set("flags 2^32", Errno.EINVAL, { flags: 2 ** 32 }),
    closedFd, plainFd, writeOnly, lock, badKey, absent, badValue,
  ]),
  ...orderRows("UPDATE", Cmd.MAP_UPDATE_ELEM, valid(Cmd.MAP_UPDATE_ELEM), [
    unused(32), closedFd, plainFd, readOnly, frozen, lock, badKey, badValue,
    set("flags 3", Errno.EINVAL, { flags: 3 }), set("flags 8", Errno.EINVAL, { flags: 8 }),
    set("flags 2^32", Errno.EINVAL, { flags: 2 ** 32 }), set("NOEXIST of a present key", Errno.EEXIST, { flags: 1 }),
    set("EXIST of an absent key", Errno.ENOENT, { key: u32(7), flags: 2 }),
  ], ["NOEXIST of a present key before EXIST of an absent key"]),
  ...orderRows("DELETE", Cmd.MAP_DELETE_ELEM, valid(Cmd.MAP_DELETE_ELEM), [
    unused(16), closedFd, plainFd, readOnly, frozen, badKey, absent,
  ]),
  ...orderRows("GET_NEXT_KEY", Cmd.MAP_GET_NEXT_KEY, valid(Cmd.MAP_GET_NEXT_KEY), [
    unused(24), closedFd, plainFd, writeOnly, badKey, set("the last key", Errno.ENOENT, { key: u32(1) }),
    set("a bad next_key pointer", Errno.EFAULT, { next_key: unmapped }),
  ]),
  ...orderRows("LOOKUP_AND_DELETE", Cmd.MAP_LOOKUP_AND_DELETE_ELEM, valid(Cmd.MAP_LOOKUP_AND_DELETE_ELEM), [
    unused(32), set("flags 8", Errno.EINVAL, { flags: 8 }), closedFd, plainFd, writeOnly, readOnly, frozen, lock, badKey,
    {
      name: "a type that has no such command", errno: Errno.ENOTSUPP,
      apply: (fields, m) => void (fields.map_fd = m.array()),
    },
    absent, badValue,
  ]),
];

const noBatch: Defect = {
  name: "a type without batches", errno: Errno.ENOTSUPP,
  apply: (fields, m) => void (fields.map_fd = m.map({ map_type: 3, key_size: 4, value_size: 4, max_entries: 4 })),
};
const elemFlags = set("elem_flags 1", Errno.EINVAL, { elem_flags: 1 });
const batchLock = set("F_LOCK without a spin lock", Errno.EINVAL, { elem_flags: 4 });
const batchFlags = set("flags 1", Errno.EINVAL, { flags: 1 });
const badKeys = set("a bad keys pointer", Errno.EFAULT, { keys: unmapped });
const badValues = set("a bad values pointer", Errno.EFAULT, { values: unmapped });
const badIn = set("a bad in_batch pointer", Errno.EFAULT, { in_batch: unmapped });
const end = set("an in_batch past the last bucket", Errno.ENOENT, { in_batch: u32(4) });
const badOut = set("a bad out_batch pointer", Errno.EFAULT, { out_batch: unmapped });

/** A map of three elements under one roof: a batch of two stops before the end, so that it answers 0. */
function manyKeys(machine: Machine): Fields {
  const map_fd = machine.hash({ map_flags: MapFlag.ZERO_SEED });
  for (let key = 1; key < 4; key++) machine.update(map_fd, u32(key), u32(key, 0));
  const out_batch = new Uint8Array(4);
  return { in_batch: null, out_batch, keys: u32(1, 2, 3), values: new Uint8Array(24), count: 2, map_fd, elem_flags: 0, flags: 0 };
}

const batchRows: Row[] = [
  ...[Cmd.MAP_LOOKUP_BATCH, Cmd.MAP_LOOKUP_AND_DELETE_BATCH].flatMap((cmd) => {
    const removes = cmd === Cmd.MAP_LOOKUP_AND_DELETE_BATCH;
    return orderRows(command(cmd).name, cmd, manyKeys, [
      unused(56), closedFd, plainFd, writeOnly, ...(removes ? [readOnly, frozen] : []), noBatch, elemFlags, batchLock,
      batchFlags, badIn, end, badKeys, badValues, badOut,
    ]);
  }),
  ...[Cmd.MAP_UPDATE_BATCH, Cmd.MAP_DELETE_BATCH].flatMap((cmd) => {
    const updates = cmd === Cmd.MAP_UPDATE_BATCH;
    return orderRows(command(cmd).name, cmd, manyKeys, [
      unused(56), closedFd, plainFd, readOnly, frozen, noBatch, elemFlags, batchLock, badKeys,
      ...(updates ? [badValues] : [set("an absent key", Errno.ENOENT, { keys: u32(9, 9, 9) })]),
    ]);
  }),
];

const objectRows: Row[] = [
  ...orderRows("FREEZE", Cmd.MAP_FREEZE, valid(Cmd.MAP_FREEZE), [unused(4), closedFd, plainFd, readOnly, frozen]),
  ...orderRows("OBJ_GET_INFO_BY_FD", Cmd.OBJ_GET_INFO_BY_FD, valid(Cmd.OBJ_GET_INFO_BY_FD), [
    unused(16), set("a closed fd", Errno.EBADFD, { bpf_fd: CLOSED_FD }),
    set("info_len above a page", Errno.E2BIG, { info_len: 4097 }),
    set("a bad info pointer", Errno.EFAULT, { info: unmapped }),
  ]),
  ...orderRows("OBJ_PIN", Cmd.OBJ_PIN, valid(Cmd.OBJ_PIN), [
    unused(20), set("file_flags", Errno.EINVAL, { file_flags: 1 }), set("a closed fd", Errno.EINVAL, { bpf_fd: CLOSED_FD }),
    set("a bad pathname pointer", Errno.EFAULT, { pathname: unmapped }),
  ]),
  ...orderRows("MAP_GET_NEXT_ID", Cmd.MAP_GET_NEXT_ID, valid(Cmd.MAP_GET_NEXT_ID), [
    unused(8), set("start_id 2^31 - 1", Errno.EINVAL, { start_id: 0x7fffffff }),
    set("no id above", Errno.ENOENT, { start_id: 0x7ffffffe }),
  ]),
];

const special: Row[] = [
  ...[Cmd.MAP_LOOKUP_BATCH, Cmd.MAP_LOOKUP_AND_DELETE_BATCH, Cmd.MAP_UPDATE_BATCH, Cmd.MAP_DELETE_BATCH].flatMap((cmd) => [
    row(`${command(cmd).name}: count 0 touches no pointer`, cmd, (m) => ({
      in_batch: unmapped, out_batch: unmapped, keys: unmapped, values: unmapped, count: 0, map_fd: m.hash(),
    }), 0),
    row(`${command(cmd).name}: ENOTSUPP even for count 0`, cmd, (m) => ({
      count: 0, map_fd: m.map({ map_type: 22, value_size: 8, max_entries: 4 }),
    }), -Errno.ENOTSUPP),
  ]),
  row("UPDATE_BATCH: flags are ignored", Cmd.MAP_UPDATE_BATCH, (m) => ({ ...manyKeys(m), flags: 0xffff }), 0),
  row("UPDATE_BATCH: in_batch and out_batch are ignored", Cmd.MAP_UPDATE_BATCH, (m) => ({
    ...manyKeys(m), in_batch: unmapped, out_batch: unmapped,
  }), 0),
  row("DELETE_BATCH: values, flags, in_batch and out_batch are ignored", Cmd.MAP_DELETE_BATCH, (m) => ({
    ...manyKeys(m), in_batch: unmapped, out_batch: unmapped, values: unmapped, flags: 0xffff,
  }), 0),
  row("array LOOKUP_BATCH: flags are ignored", Cmd.MAP_LOOKUP_BATCH, (m) => ({
    ...manyKeys(m), map_fd: m.array(), flags: 0xffff,
  }), 0),
  story("LOOKUP_AND_DELETE: the element is gone when its value cannot be written", (m) => {
    const map = filledHash(m);
    is(m.pop(map, u32(1), unmapped), -Errno.EFAULT);
    is(m.lookup(map, u32(1), new Uint8Array(8)), -Errno.ENOENT);
  }),
];

export const orderOfChecks: Table = {
  name: "order of checks",
  rows: [...elementRows, ...batchRows, ...objectRows, ...special],
};
