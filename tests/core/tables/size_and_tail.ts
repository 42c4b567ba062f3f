// The extensible union: which sizes bpf(2) takes, and what it makes of bytes that are missing or too many.
import { Cmd, Errno, Limit } from "../../kernel/abi.ts";
import { type Address, addressOf } from "../../kernel/target.ts";
import { type Command, commands } from "../commands.ts";
import { bytes, type Machine, u32, words } from "../machine.ts";
import { is, ok, type Row, same, story, type Table } from "../table.ts";

/** Numbers that are no command, also in the newest kernel of the reference's series. */
const unknown = [38, 39, 1000, 0x7fffffff, -1];

const numbers: readonly [name: string, cmd: number][] = [
  ...commands.map(({ name, cmd }) => [name, cmd] as [string, number]),
  ...unknown.map((cmd) => [`command ${cmd}`, cmd] as [string, number]),
];

/** What each command answers to a union of zeros: fd 0 is open and no map, id 0 and type 0 do not exist. */
const zeroAnswers: Readonly<Partial<Record<Cmd, Errno>>> = {
  [Cmd.OBJ_GET]: Errno.EFAULT,
  [Cmd.MAP_GET_FD_BY_ID]: Errno.ENOENT,
};

function expect({ answer }: Command, actual: number): void {
  if (answer === undefined) ok(actual);
  else is(actual, answer);
}

const bad = (machine: Machine): [string, Address][] => [
  ["NULL", { low: 0, high: 0 }],
  ["unmapped", machine.target.badPointer("unmapped")],
  ["kernel", machine.target.badPointer("kernel")],
];

const perCommand = (command: Command): Row[] => [
  story(`${command.name}: a size that ends with its last field`, (m) =>
    expect(command, m.call(command.cmd, command.valid(m), { size: command.end })),
  ),
  story(`${command.name}: sizes up to a page with a zero tail`, (m) => {
    for (const size of [169, 200, Limit.PAGE_SIZE]) {
      expect(command, m.call(command.cmd, command.valid(m), { size }));
      m.finish();
    }
  }),
  story(`${command.name}: a byte behind the union that is not zero is E2BIG`, (m) => {
    for (const [size, at] of [[169, 168], [200, 199], [Limit.PAGE_SIZE, 168], [Limit.PAGE_SIZE, 4095]]) {
      is(m.call(command.cmd, command.valid(m), { size, pokes: [[at, 1]] }), -Errno.E2BIG, `size ${size}, byte ${at}`);
    }
  }),
  story(`${command.name}: a union of zeros, also with size 0 and no union at all`, (m) => {
    const expected = -(zeroAnswers[command.cmd] ?? Errno.EINVAL);
    // Every command that has an id to give has somewhere to write it; there it is not only read.
    if (command.cmd === Cmd.MAP_GET_NEXT_ID) return;
    is(m.call(command.cmd, {}), expected, "168 zeros");
    is(m.call(command.cmd, {}, { size: 0 }), expected, "size 0");
    for (const [kind, address] of bad(m)) is(m.callAt(command.cmd, address, 0), expected, `size 0, ${kind} pointer`);
  }),
];

const anyNumber = ([name, cmd]: readonly [string, number]): Row[] => [
  story(`${name}: more than a page is E2BIG, whatever the pointer`, (m) => {
    for (const size of [Limit.PAGE_SIZE + 1, 65536, 0x7fffffff, 0xffffffff]) {
      is(m.callAt(cmd, addressOf(m.union.address), size), -Errno.E2BIG, `size ${size}`);
      for (const [kind, address] of bad(m)) is(m.callAt(cmd, address, size), -Errno.E2BIG, `size ${size}, ${kind}`);
    }
  }),
  story(`${name}: a union that cannot be read is EFAULT`, (m) => {
    for (const [kind, address] of bad(m)) {
      for (const size of [1, 16, 168, 169, Limit.PAGE_SIZE]) {
        is(m.callAt(cmd, address, size), -Errno.EFAULT, `${kind}, size ${size}`);
      }
    }
  }),
  story(`${name}: E2BIG for a tail byte that was read, EFAULT for a tail that ends too early`, (m) => {
    const zeros = bytes(200);
    is(m.callAt(cmd, m.atEdge(zeros), 201), -Errno.EFAULT, "zeros, then nothing");
    zeros[199] = 1;
    is(m.callAt(cmd, m.atEdge(zeros), 201), -Errno.E2BIG, "a one, then nothing");
    is(m.callAt(cmd, m.atEdge(bytes(168)), 169), -Errno.EFAULT, "no tail at all");
    is(m.callAt(cmd, m.atEdge(bytes(100)), 101), -Errno.EFAULT, "a union that ends too early");
  }),
];

const unknownRows = unknown.map((cmd) =>
  story(`command ${cmd} is EINVAL once size and pointer are right`, (m) => {
    is(m.call(cmd, {}), -Errno.EINVAL);
    is(m.call(cmd, {}, { size: 0 }), -Errno.EINVAL, "size 0");
    is(m.callAt(cmd, { low: 0, high: 0 }, 0), -Errno.EINVAL, "size 0, no union");
    is(m.call(cmd, {}, { size: Limit.PAGE_SIZE, pokes: [[4000, 1]] }), -Errno.E2BIG, "a nonzero tail");
  }),
);

const create = { map_type: 1, key_size: 4, value_size: 8, max_entries: 4 };

export const sizeAndTail: Table = {
  name: "size and tail of the union",
  rows: [
    ...commands.flatMap(perCommand),
    ...numbers.flatMap(anyNumber),
    ...unknownRows,
    story("a size in the middle of max_entries counts the bytes there are", (m) => {
      ok(m.call(Cmd.MAP_CREATE, create, { size: 13 }), "size 13");
      ok(m.call(Cmd.MAP_CREATE, create, { size: 15 }), "size 15");
      is(m.call(Cmd.MAP_CREATE, create, { size: 12 }), -Errno.EINVAL, "size 12");
      const fd = m.call(Cmd.MAP_CREATE, { ...create, max_entries: 0x01020304 - 0x01020000 }, { size: 13 });
      same([m.info(fd).getUint32(16, true)], [4], "max_entries");
    }),
    story("MAP_GET_NEXT_ID writes its id beyond a size of 4", (m) => {
      const id = m.id(m.hash());
      const fields = { start_id: id - 1, next_id: 0 };
      is(m.call(Cmd.MAP_GET_NEXT_ID, fields, { size: 4 }), 0);
      same([fields.next_id], [id]);
    }),
    story("a batch writes count beyond the size that ends before it", (m) => {
      // Without count and map_fd the batch is one of fd 0; with count alone cut off there is nothing to do.
      const map_fd = m.hash();
      const fields = { keys: u32(1), values: bytes(8), count: 1, map_fd };
      is(m.call(Cmd.MAP_UPDATE_BATCH, fields, { size: 40 }), 0);
      same([fields.count], [1]);
      is(m.call(Cmd.MAP_UPDATE_BATCH, { ...fields }, { size: 36 }), -Errno.EINVAL);
    }),
    story("the union may lie at any address", (m) => {
      for (let skew = 0; skew < 8; skew++) {
        m.union.bytes.fill(0);
        m.union.bytes.set(u32(1, 4, 8, 4), skew);
        ok(m.callAt(Cmd.MAP_CREATE, addressOf(m.union.address + skew), 16), `skew ${skew}`);
      }
    }),
    story("an out field of a union at an odd address is written there", (m) => {
      const id = m.id(m.hash());
      m.union.bytes.fill(0);
      m.union.bytes.set(u32(id - 1), 3);
      is(m.callAt(Cmd.MAP_GET_NEXT_ID, addressOf(m.union.address + 3), 168), 0);
      same(words(m.union.bytes.slice(3, 11)), [id - 1, id]);
    }),
  ],
};
