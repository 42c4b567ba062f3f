// One call of each map command that is right in every field, as the start of calls that are wrong in one.
import { Cmd, Errno } from "../kernel/abi.ts";
import { baseFields, baseOf } from "./bases.ts";
import { bytes, type Fields, type Machine, u32 } from "./machine.ts";

export interface Command {
  name: string;
  cmd: Cmd;
  /** First byte of the union that the command does not know. */
  end: number;
  /** The field that names the map, where there is one. */
  fd?: "map_fd" | "bpf_fd";
  valid(machine: Machine): Fields;
  /** What the valid call answers; undefined for "a new fd". */
  answer: number | undefined;
}

/** A hash map of one element, 1 -> 2. */
export function filledHash(machine: Machine, changes: Fields = {}): number {
  const map = machine.map(baseFields(machine, 1, changes));
  machine.update(map, u32(1), u32(2, 0));
  return map;
}

const elem = (machine: Machine): Fields => ({ map_fd: filledHash(machine), key: u32(1), value: bytes(8), flags: 0 });

const batch = (machine: Machine): Fields => ({
  in_batch: null,
  out_batch: bytes(4),
  keys: u32(1, 0, 0, 0),
  values: bytes(32),
  count: 1,
  map_fd: filledHash(machine),
  elem_flags: 0,
  flags: 0,
});

export const commands: readonly Command[] = [
  { name: "MAP_CREATE", cmd: Cmd.MAP_CREATE, end: 92, valid: (m) => baseFields(m, baseOf(1).type), answer: undefined },
  { name: "LOOKUP", cmd: Cmd.MAP_LOOKUP_ELEM, end: 32, fd: "map_fd", valid: elem, answer: 0 },
  { name: "UPDATE", cmd: Cmd.MAP_UPDATE_ELEM, end: 32, fd: "map_fd", valid: elem, answer: 0 },
  {
    name: "DELETE", cmd: Cmd.MAP_DELETE_ELEM, end: 16, fd: "map_fd", answer: 0,
    valid: (machine) => ({ map_fd: filledHash(machine), key: u32(1) }),
  },
  {
    name: "GET_NEXT_KEY", cmd: Cmd.MAP_GET_NEXT_KEY, end: 24, fd: "map_fd", answer: 0,
    valid: (machine) => ({ map_fd: filledHash(machine), key: null, next_key: bytes(4) }),
  },
  { name: "LOOKUP_AND_DELETE", cmd: Cmd.MAP_LOOKUP_AND_DELETE_ELEM, end: 32, fd: "map_fd", valid: elem, answer: 0 },
  {
    name: "FREEZE", cmd: Cmd.MAP_FREEZE, end: 4, fd: "map_fd", answer: 0,
    valid: (machine) => ({ map_fd: filledHash(machine) }),
  },
  { name: "LOOKUP_BATCH", cmd: Cmd.MAP_LOOKUP_BATCH, end: 56, fd: "map_fd", valid: batch, answer: -Errno.ENOENT },
  {
    name: "LOOKUP_AND_DELETE_BATCH", cmd: Cmd.MAP_LOOKUP_AND_DELETE_BATCH, end: 56, fd: "map_fd", valid: batch,
    answer: -Errno.ENOENT,
  },
  { name: "UPDATE_BATCH", cmd: Cmd.MAP_UPDATE_BATCH, end: 56, fd: "map_fd", valid: batch, answer: 0 },
  { name: "DELETE_BATCH", cmd: Cmd.MAP_DELETE_BATCH, end: 56, fd: "map_fd", valid: batch, answer: 0 },
  {
    name: "OBJ_PIN", cmd: Cmd.OBJ_PIN, end: 20, fd: "bpf_fd", answer: 0,
    valid: (machine) => ({ pathname: machine.path("pinned"), bpf_fd: filledHash(machine) }),
  },
  {
    name: "OBJ_GET", cmd: Cmd.OBJ_GET, end: 20, answer: undefined,
    valid: (machine) => {
      const pathname = machine.path("pinned");
      machine.call(Cmd.OBJ_PIN, { pathname, bpf_fd: filledHash(machine) });
      return { pathname };
    },
  },
  {
    name: "MAP_GET_NEXT_ID", cmd: Cmd.MAP_GET_NEXT_ID, end: 8, answer: 0,
    valid: (machine) => ({ start_id: machine.id(filledHash(machine)) - 1 }),
  },
  {
    name: "MAP_GET_FD_BY_ID", cmd: Cmd.MAP_GET_FD_BY_ID, end: 12, answer: undefined,
    valid: (machine) => ({ map_id: machine.id(filledHash(machine)) }),
  },
  {
    name: "OBJ_GET_INFO_BY_FD", cmd: Cmd.OBJ_GET_INFO_BY_FD, end: 16, fd: "bpf_fd", answer: 0,
    valid: (machine) => ({ bpf_fd: filledHash(machine), info_len: 88, info: bytes(88) }),
  },
];

export function command(cmd: Cmd): Command {
  return commands.find((candidate) => candidate.cmd === cmd)!;
}
