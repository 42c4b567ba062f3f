// Bytes of the union that a command does not know must be zero: EINVAL, before the fd is looked at.
import { Cmd, Errno, Limit } from "../../kernel/abi.ts";
import { type Command, commands } from "../commands.ts";
import { CLOSED_FD } from "../machine.ts";
import { is, ok, story, type Table } from "../table.ts";

const allBytes = ({ name, cmd, end, valid }: Command) =>
  story(`${name}: each byte from ${end} to ${Limit.ATTR_SIZE - 1}`, (m) => {
    const fields = valid(m);
    for (let at = end; at < Limit.ATTR_SIZE; at++) {
      is(m.call(cmd, fields, { pokes: [[at, 0x80]] }), -Errno.EINVAL, `byte ${at}`);
    }
  });

const beforeFd = ({ name, cmd, end, fd }: Command) =>
  story(`${name}: EINVAL comes before what the fd is`, (m) => {
    is(m.call(cmd, { [fd!]: CLOSED_FD }, { pokes: [[end, 1]] }), -Errno.EINVAL);
  });

const beyondSize = ({ name, cmd, end, valid, answer }: Command) =>
  story(`${name}: bytes beyond the size are not looked at`, (m) => {
    const actual = m.call(cmd, valid(m), { size: end, pokes: [[end, 1], [Limit.ATTR_SIZE - 1, 1]] });
    if (answer === undefined) ok(actual);
    else is(actual, answer);
  });

const holed: readonly Cmd[] = [
  Cmd.MAP_LOOKUP_ELEM, Cmd.MAP_UPDATE_ELEM, Cmd.MAP_DELETE_ELEM, Cmd.MAP_GET_NEXT_KEY, Cmd.MAP_LOOKUP_AND_DELETE_ELEM,
];

const hole = ({ name, cmd, valid, answer }: Command) =>
  story(`${name}: the hole at 4..7 may hold anything`, (m) => {
    is(m.call(cmd, valid(m), { pokes: [[4, 0xff], [5, 1], [6, 2], [7, 0x80]] }), answer!);
  });

export const unusedFields: Table = {
  name: "unused fields",
  rows: [
    ...commands.map(allBytes),
    ...commands.filter(({ fd }) => fd !== undefined).map(beforeFd),
    ...commands.map(beyondSize),
    ...commands.filter(({ cmd }) => holed.includes(cmd)).map(hole),
    story("MAP_GET_FD_BY_ID: next_id is known and ignored", (m) => {
      const map_id = m.id(m.hash());
      ok(m.call(Cmd.MAP_GET_FD_BY_ID, { map_id }, { pokes: [[4, 0xff], [7, 0xff]] }));
    }),
  ],
};
