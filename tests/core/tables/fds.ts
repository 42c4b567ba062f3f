// What each command says to an fd that is no map.
import { Cmd, Errno } from "../../kernel/abi.ts";
import { commands } from "../commands.ts";
import { CLOSED_FD, type Machine } from "../machine.ts";
import { is, ok, row, type Row, story, type Table } from "../table.ts";

const fds: readonly [name: string, fd: (machine: Machine) => number, isOpen: boolean][] = [
  ["a closed fd", () => CLOSED_FD, false],
  ["-1", () => -1, false],
  ["0x7fffffff", () => 0x7fffffff, false],
  ["0x80000000", () => 0x80000000, false],
  ["an fd just closed", (m) => (m.close(m.hash()), m.close(m.array()), CLOSED_FD), false],
  ["an open fd that is no BPF object", (m) => m.target.plainFd, true],
];

function expected(cmd: Cmd, isOpen: boolean): Errno {
  if (isOpen || cmd === Cmd.OBJ_PIN) return Errno.EINVAL;
  return cmd === Cmd.OBJ_GET_INFO_BY_FD ? Errno.EBADFD : Errno.EBADF;
}

const rows: Row[] = commands
  .filter(({ fd }) => fd !== undefined)
  .flatMap(({ name, cmd, fd, valid }) =>
    fds.map(([kind, open, isOpen]) =>
      row(`${name} of ${kind}`, cmd, (m) => ({ ...valid(m), [fd!]: open(m) }), -expected(cmd, isOpen)),
    ),
  );

export const fdKinds: Table = {
  name: "kinds of fd",
  rows: [
    ...rows,
    story("close: a closed fd is EBADF, the second close too", (m) => {
      is(m.target.close(CLOSED_FD), -Errno.EBADF);
      const fd = m.hash();
      is(m.close(fd), 0);
      is(m.close(fd), -Errno.EBADF);
    }),
    story("a new fd is the lowest that is free", (m) => {
      const first = m.hash();
      const second = m.hash();
      const third = m.hash();
      m.close(first);
      m.close(second);
      is(m.hash(), Math.min(first, second), "create");
      is(m.dup(third), Math.max(first, second), "dup");
      ok(m.hash(), "create");
    }),
  ],
};
