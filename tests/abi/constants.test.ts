// Every number of the ABI file has its public name, and the names of the kernel lead to the kernel's numbers.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import * as bindings from "../../bindings/index.ts";
import { Cmd, ElemFlag, MapFlag, MapType, RingbufFlag } from "../../assembly/uapi/constants.ts";

const test = suite("constants");
const exported = bindings as unknown as Record<string, unknown>;

const FAMILIES: [name: string, members: object, prefix: string, hidden: string[]][] = [
  ["commands", Cmd, "BPF_", []],
  ["map types", MapType, "BPF_MAP_TYPE_", ["MAX"]],
  ["map flags", MapFlag, "BPF_F_", []],
  ["element flags", ElemFlag, "BPF_", []],
  ["ring buffer flags", RingbufFlag, "BPF_RB_", []],
];
for (const [name, members, prefix, hidden] of FAMILIES) {
  test(`${name} are all exported`, () => {
    const names = Object.keys(members).filter((key) => Number.isNaN(Number(key)) && !hidden.includes(key));
    assert.ok(names.length > 3);
    for (const member of names) assert.is(exported[prefix + member], (members as Record<string, number>)[member], prefix + member);
  });
}

// Written by hand from the kernel's user-space header names, so that a slip in the ABI file itself shows.
const GOLDEN: [name: string, value: number][] = [
  ["BPF_MAP_CREATE", 0],
  ["BPF_MAP_GET_NEXT_KEY", 4],
  ["BPF_OBJ_PIN", 6],
  ["BPF_MAP_GET_FD_BY_ID", 14],
  ["BPF_OBJ_GET_INFO_BY_FD", 15],
  ["BPF_MAP_LOOKUP_AND_DELETE_ELEM", 21],
  ["BPF_MAP_FREEZE", 22],
  ["BPF_MAP_LOOKUP_BATCH", 24],
  ["BPF_MAP_DELETE_BATCH", 27],
  ["BPF_MAP_TYPE_HASH", 1],
  ["BPF_MAP_TYPE_LPM_TRIE", 11],
  ["BPF_MAP_TYPE_RINGBUF", 27],
  ["BPF_MAP_TYPE_ARENA", 33],
  ["BPF_F_NO_PREALLOC", 1],
  ["BPF_F_ZERO_SEED", 0x40],
  ["BPF_F_MMAPABLE", 0x400],
  ["BPF_F_INNER_MAP", 0x1000],
  ["BPF_ANY", 0],
  ["BPF_NOEXIST", 1],
  ["BPF_EXIST", 2],
  ["BPF_F_LOCK", 4],
  ["BPF_RB_NO_WAKEUP", 1],
  ["BPF_RINGBUF_BUSY_BIT", 2 ** 31],
  ["BPF_OBJ_NAME_LEN", 16],
];
for (const [name, value] of GOLDEN) test(`${name} is ${value}`, () => assert.is(exported[name], value));

test.run();
