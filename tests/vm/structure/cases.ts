// Programs whose structure is wrong, or just right, with the errno and the last line of the log before the footer. The rows run on
// the engine and on the live kernel. {array}, {array4}, {hash}, {perf} are descriptors of maps.
import { Errno } from "../../../assembly/uapi/constants.ts";
import { assembleBytes } from "../../../vm/insn/text.ts";
import type { World } from "./random.ts";
import type { Load } from "./world.ts";

const { EINVAL, EBADF, E2BIG, EFAULT, ENOTSUPP, EPROTO } = Errno;
const SOCKET_FILTER = 1;
const KPROBE = 2;
const XDP = 6;
const TRACING = 26;
const STRUCT_OPS = 27;
const SYSCALL = 31;
const SLEEPABLE = 0x10;

export interface StructureCase {
  readonly name: string;
  readonly load: (world: World) => Load;
  /** 0: the structure is right. */
  readonly errno: number;
  readonly end: string;
}

const words = (...values: number[]): Uint8Array => new Uint8Array(Uint32Array.from(values, (value) => value >>> 0).buffer);

const END = "r0 = 0; exit";
const TWO = "call sub s; exit; s: r0 = 0; exit";
const TAIL_CALL_IN_SUB = "call sub s; exit; s: r2 = 0; call 12; r0 = 0; exit";

/** Texts alone. */
const TEXTS: readonly (readonly [text: string, errno: number, end: string, type?: number])[] = [
  [END, 0, ""], [TWO, 0, ""],
  ["r0 = 0", EINVAL, "last insn is not an exit or jmp"],
  ["r0 = 0; if r0 == 0 goto -2", EINVAL, "last insn is not an exit or jmp"],
  ["r0 = 0; goto +0", EINVAL, "jump out of range from insn 1 to 2"],
  ["r0 = 0; goto +5; exit", EINVAL, "jump out of range from insn 1 to 7"],
  ["r0 = 0; if r0 == 0 goto -3; exit", EINVAL, "jump out of range from insn 1 to -1"],
  [`gotol +100; ${END}`, EINVAL, "jump out of range from insn 0 to 101"],
  [`may_goto +100; ${END}`, EINVAL, "jump out of range from insn 0 to 101"],
  [`raw 0xf5 0 0 100; ${END}`, EINVAL, "jump out of range from insn 0 to 101"],
  [`raw 0x86 0 0 100 100; ${END}`, EINVAL, "unknown opcode 86"],
  [`raw 0x96; ${END}`, EINVAL, "unknown opcode 96"],
  [`raw 0x8d 0 0 100 100; ${END}`, EINVAL, "unknown opcode 8d"],
  ["l: call sub s; exit; s: r0 = 0; goto l", EINVAL, "jump out of range from insn 3 to 0"],
  ["call sub s; r0 = 0; s: r0 = 1; exit", EINVAL, "last insn is not an exit or jmp"],
  [`call sub +100; ${END}`, EINVAL, "call to invalid destination"],
  [`r1 = func +100; ${END}`, EINVAL, "call to invalid destination"],
  [`call sub +2; ${END}`, EINVAL, "call to invalid destination"],
  [`goto +100; call sub +100; ${END}`, EINVAL, "call to invalid destination"],
  ["r2 = func +1; r0 = 0; exit", EINVAL, "last insn is not an exit or jmp"],
  [TAIL_CALL_IN_SUB, EINVAL, "tail_call is not allowed in subprogs without BTF"],
  ["call sub s; raw 0xff; exit; s: r2 = 0; call 12; r0 = 0; exit", EINVAL, "tail_call is not allowed in subprogs without BTF"],
  ["call sub s; exit; s: r2 = 0; call 12; goto +100", EINVAL, "jump out of range from insn 4 to 105"],
  ["r6 = r1; call sub s; exit; s: r6 = r1; r0 = ldabs u8 0; exit", EINVAL, "LD_ABS is not allowed in subprogs without BTF", SOCKET_FILTER],
  ...["00", "22", "38", "8f", "99", "c0", "df", "e6", "e7", "ed", "ff"].map(
    (code) => [`raw 0x${code}; ${END}`, EINVAL, `unknown opcode ${code}`] as const),
  [`raw 0x61 0 1 0 4; ${END}`, EINVAL, "BPF_LDX uses reserved fields"],
  [`raw 0x01; ${END}`, EINVAL, "BPF_LDX uses reserved fields"],
  [`raw 0xff; raw 0x61 0 0 0 5; ${END}`, EINVAL, "unknown opcode ff"],
  [`raw 0x18 0 0 0 1; raw 1; ${END}`, EINVAL, "invalid bpf_ld_imm64 insn"],
  [`raw 0x18 0 0 0 1; raw 0 0 0 1; ${END}`, EINVAL, "invalid bpf_ld_imm64 insn"],
  [`raw 0x18 0 7 0 1; raw 0; ${END}`, EINVAL, "unrecognized bpf_ld_imm64 insn"],
  [`raw 0x18 1 1 0 {array}; raw 0 0 0 0 1; ${END}`, EINVAL, "unrecognized bpf_ld_imm64 insn"],
  [`r1 = map_fd 9999; ${END}`, EBADF, "fd 9999 is not pointing to valid bpf_map"],
  [`r1 = map_fd 0; ${END}`, EINVAL, "fd 0 is not pointing to valid bpf_map"],
  [`raw 0x18 1 1 0 -1; raw 0; ${END}`, EBADF, "fd -1 is not pointing to valid bpf_map"],
  [`r1 = map_idx 0; ${END}`, EPROTO, "fd_idx without fd_array is invalid"],
  [`r1 = map_value {array} 15; ${END}`, 0, ""],
  [`r1 = map_value {array} 16; ${END}`, EINVAL, "invalid access to map value pointer, value_size=16 off=16"],
  [`r1 = map_value {array} -1; ${END}`, EINVAL, "direct value offset of 4294967295 is not allowed"],
  [`r1 = map_value {array4} 0; ${END}`, ENOTSUPP, "invalid access to map value pointer, value_size=16 off=0"],
  [`r1 = map_value {hash} 0; ${END}`, EINVAL, "no direct value access support for this map type"],
  [`r1 = map_value {hash} 0x20000000; ${END}`, EINVAL, "direct value offset of 536870912 is not allowed"],
  ["r0 = 0; exit; r0 = 1; exit", EINVAL, "unreachable insn 2"],
  ["r0 = 0; exit; s: r0 = 1; exit", EINVAL, "unreachable insn 2"],
  ["goto +1; r1 = 1 ll; exit", EINVAL, "unreachable insn 1"],
  ["r0 = 0; if r0 == 0 goto +1; r1 = 1 ll; exit", EINVAL, "jump into the middle of ldimm64 insn 2"],
  ["r0 = 0; if r0 == r0 goto +1; exit; exit", 0, ""],
  [`kcall 0; ${END}`, 0, ""],
  [END, EINVAL, "Syscall programs can only be sleepable", SYSCALL],
  [END, EINVAL, "Tracing programs must provide btf_id", TRACING],
  [END, ENOTSUPP, "", STRUCT_OPS],
  [`${"call sub s; ".repeat(300)}r0 = 0; exit; s: r0 = 0; exit`, 0, ""],
  [`${Array.from({ length: 256 }, (_, at) => `call sub s${at}; `).join("")}exit; ${Array.from({ length: 256 }, (_, at) => `s${at}: exit; `).join("")}`,
    E2BIG, "too many subprograms"],
];

/** Programs with more than a text. */
const LOADS: readonly (readonly [name: string, text: string, more: (world: World) => Partial<Load>, errno: number, end: string])[] = [
  ["sleepable XDP", END, () => ({ flags: SLEEPABLE }), EINVAL, "Only fentry/fexit/fmod_ret, lsm, iter, uprobe, and struct_ops programs can be sleepable"],
  ["sleepable KPROBE", END, () => ({ type: KPROBE, flags: SLEEPABLE }), 0, ""],
  ["a map that sleepers cannot use", `r1 = map_fd {perf}; ${END}`, () => ({ type: SYSCALL, flags: SLEEPABLE }), EINVAL,
    "Sleepable programs can only use array, hash, ringbuf and local storage maps"],
  ["kernel function without GPL", `kcall 5; ${END}`, () => ({ license: "MIT" }), EINVAL, "cannot call kernel function from non-GPL compatible program"],
  ["STRUCT_OPS without GPL", END, () => ({ type: STRUCT_OPS, attachBtfId: 1, license: "MIT" }), EINVAL, "struct ops programs must have a GPL compatible license"],
  ["fd_array of maps and BTF", END, ({ maps, btfFd }) => ({ fdArray: words(maps[0], btfFd, maps[0]), fdArrayCount: 3 }), 0, ""],
  ["fd_array with a closed fd", `call sub +100; ${END}`, () => ({ fdArray: words(9999), fdArrayCount: 1 }), EBADF, "fd 9999 is not pointing to valid bpf_map or btf"],
  ["fd_array with another fd", END, () => ({ fdArray: words(0), fdArrayCount: 1 }), EINVAL, "fd 0 is not pointing to valid bpf_map or btf"],
  ["fd_array that is not there", END, () => ({ fdArrayCount: 1 }), EFAULT, ""],
  ["fd_array too long", END, ({ maps }) => ({ fdArray: words(maps[0]), fdArrayCount: 0x3fffffff }), EINVAL, "fd_array_cnt is too big (1073741823)"],
  ["map by index", `r1 = map_idx 1; r2 = map_idx_value 0 8; ${END}`, ({ maps }) => ({ fdArray: words(maps[0], maps[2]) }), 0, ""],
  ["BTF by index", `r1 = map_idx 0; ${END}`, ({ btfFd }) => ({ fdArray: words(btfFd) }), EINVAL, "is not pointing to valid bpf_map"],
  ...infoCases(),
];

function infoCases(): (readonly [string, string, (world: World) => Partial<Load>, number, string])[] {
  const func = (...rows: (readonly [number, keyof World["typeIds"] | number])[]) => (world: World): Partial<Load> => ({
    btfFd: world.btfFd, funcInfo: words(...rows.flatMap(([off, id]) => [off, typeof id === "number" ? id : world.typeIds[id]])),
  });
  const line = (...rows: (readonly [number, ("ok" | number)?, ("ok" | number)?])[]) => (world: World): Partial<Load> => ({
    btfFd: world.btfFd,
    lineInfo: words(...rows.flatMap(([off, file = "ok", text = "ok"]) => [off, file === "ok" ? world.strings[1] : file, text === "ok" ? world.strings[0] : text, 1 << 10])),
  });
  return [
    ["func_info", TWO, func([0, "main"], [2, "sub"]), 0, ""],
    ["func_info, BTF closed", END, (world) => ({ ...func([0, "main"])(world), btfFd: 9999 }), EBADF, ""],
    ["func_info, a map as BTF", END, (world) => ({ ...func([0, "main"])(world), btfFd: world.maps[0] }), EINVAL, ""],
    ["func_info, records of 4", END, (world) => ({ ...func([0, "main"])(world), funcInfoRecordSize: 4 }), EINVAL, "invalid func info rec size 4"],
    ["func_info, longer records", END, (world) => ({ btfFd: world.btfFd, funcInfo: words(0, world.typeIds.main, 0), funcInfoRecordSize: 12 }), 0, ""],
    ["func_info, longer records with a bit", END, (world) => ({ btfFd: world.btfFd, funcInfo: words(0, world.typeIds.main, 1), funcInfoRecordSize: 12 }), E2BIG,
      "nonzero tailing record in func info"],
    ["func_info, first not at 0", `call sub +100; ${END}`, func([1, "main"]), EINVAL, "nonzero insn_off 1 for the first func info record"],
    ["func_info, twice", END, func([0, "main"], [0, "main"]), EINVAL, "same or smaller insn offset (0) than previous func info record (0)"],
    ["func_info, not a FUNC", END, func([0, "int"]), EINVAL, "invalid type id 1 in func info"],
    ["func_info, too few", TWO, func([0, "main"]), EINVAL, "number of funcs in func_info doesn't match number of subprogs"],
    ["func_info, elsewhere", TWO, func([0, "main"], [1, "sub"]), EINVAL, "func_info BTF section doesn't match subprog layout in BPF program"],
    ["func_info, tail call", TAIL_CALL_IN_SUB, func([0, "main"], [2, "sub"]), 0, ""],
    ["func_info, tail call without result", TAIL_CALL_IN_SUB, func([0, "main"], [2, "nothing"]), EINVAL, "tail_call is only allowed in functions that return 'int'."],
    ["line_info", TWO, line([0], [2]), 0, ""],
    ["line_info, no text", END, line([0, 0, 0]), 0, ""],
    ["line_info, records of 12", END, (world) => ({ ...line([0])(world), lineInfoRecordSize: 12 }), EINVAL, ""],
    ["line_info, text outside", END, line([0, "ok", 9999]), EINVAL, "Invalid line_info[0].line_off or .file_name_off"],
    ["line_info, twice", END, line([0], [0]), EINVAL, "Invalid line_info[1].insn_off:0 (prev_offset:0 prog->len:2)"],
    ["line_info, behind the end", END, line([9]), EINVAL, "Invalid line_info[0].insn_off:9 (prev_offset:0 prog->len:2)"],
    ["line_info, in a load", "r0 = 1 ll; exit", line([0], [1]), EINVAL, "Invalid insn code at line_info[1].insn_off"],
    ["line_info, none for the entry", TWO, line([1], [2]), EINVAL, "missing bpf_line_info for func#0"],
    ["line_info, none for the last", TWO, line([0]), EINVAL, "missing bpf_line_info for 1 funcs starting from func#1"],
    ["line_info, none for a function", TWO, line([0], [3]), EINVAL, "missing bpf_line_info for func#1"],
    ["line_info, tail call", TAIL_CALL_IN_SUB, line([0], [2]), EINVAL, "tail_call is not allowed in subprogs without BTF"],
  ];
}

const MAP_NAMES = ["array", "array4", "hash", "ring", "perf"];

function bytesOf(text: string, { maps }: World): Uint8Array {
  return assembleBytes(text.replace(/\{(\w+)\}/g, (_, name: string) => `${maps[MAP_NAMES.indexOf(name)]}`));
}

export const STRUCTURE_CASES: readonly StructureCase[] = [
  ...TEXTS.map(([text, errno, end, type = XDP]) => ({
    name: text.slice(0, 60), errno, end,
    load: (world: World): Load => ({ type, insns: bytesOf(text, world), expectedAttachType: type === TRACING ? 23 : 0 }),
  })),
  ...LOADS.map(([name, text, more, errno, end]) => ({
    name, errno, end,
    load: (world: World): Load => ({ type: XDP, insns: bytesOf(text, world), ...more(world) }),
  })),
];
