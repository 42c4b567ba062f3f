// CO-RE relocations against a target that has a few types of the kernel at the places where Linux 6.18 has them. The answers were
// recorded from that kernel, which relocated the same programs.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Errno } from "../../../assembly/uapi/constants.ts";
import { CoreError, relocate } from "../../../vm/btf/core_relo.ts";
import { Core, essentialName } from "../../../vm/btf/core_spec.ts";
import { parseBtf } from "../../../vm/btf/header.ts";
import * as kinds from "../../../vm/btf/kinds.ts";
import type { BtfTypes } from "../../../vm/btf/types.ts";
import { disassemble, logNames } from "../../../vm/insn/disasm.ts";
import { encodeInsns } from "../../../vm/insn/insn.ts";
import { assemble } from "../../../vm/insn/text.ts";
import { judge } from "../structure/judge.ts";
import { BtfBuilder } from "./builder.ts";

const test = suite("vm/btf CO-RE");
const { EINVAL } = Errno;

function typesOf(build: (btf: BtfBuilder) => void): BtfTypes {
  const btf = new BtfBuilder();
  build(btf);
  const types = parseBtf(btf.bytes());
  if (types === undefined) throw new Error("the types are wrong");
  return types;
}

const TASK_SIZE = 3264;
const TASK_PID = 1264;
const TASK_COMM = 1752;

const kernelBytes = (() => {
  const btf = new BtfBuilder();
  const int = btf.int();
  const char = btf.int("char", 1);
  const comm = btf.array(char, int, 16);
  const inner = btf.struct(null, 8, [["first", int, 0], ["second", int, 32]]);
  btf.struct("task_struct", TASK_SIZE, [["pid", int, TASK_PID * 8], ["comm", comm, TASK_COMM * 8], [null, inner, 2000 * 8]]);
  btf.enumeration("bpf_map_type", 4, [["BPF_MAP_TYPE_UNSPEC", 0], ["BPF_MAP_TYPE_HASH", 1]]);
  const u32 = btf.int("unsigned int", 4, 32, 0);
  btf.struct("bits", 88, [["wide", int, (11 << 24) | 640], ["bf", int, (5 << 24) | 651]], kinds.STRUCT, 1);
  btf.struct("sized", 16, [["grown", btf.int("unsigned long", 8, 64, 0), 64], ["shrunk", u32, 32]].sort((a, b) => Number(a[2]) - Number(b[2])) as [string, number, number][]);
  return btf.bytes();
})();
const kernel = parseBtf(kernelBytes) as BtfTypes;

/** Types of the program, by the names that the rows use. */
const ids: Record<string, number> = {};
const local = typesOf((btf) => {
  const int = (ids.int = btf.int());
  const char = btf.int("char", 1);
  const u32 = btf.int("unsigned int", 4, 32, 0);
  const u64 = btf.int("unsigned long", 8, 64, 0);
  ids.func = btf.func("main", btf.proto(int, []), kinds.LINKAGE_GLOBAL);
  ids.task = btf.struct("task_struct", 16, [["nope", int, 0], ["pid", int, 32], ["second", int, 64]]);
  ids.old = btf.struct("task_struct___old", 16, [["pid", int, 32]]);
  ids.char_pid = btf.struct("task_struct", 16, [["pid", char, 32]]);
  ids.long_comm = btf.struct("task_struct", 16, [["comm", btf.array(char, int, 4), 0], ["pid", int, 32]]);
  ids.anonymous = btf.struct(null, 8, [["a", int, 0]]);
  ids.absent = btf.struct("absent_thing", 8, [["a", int, 0]]);
  ids.enum = btf.enumeration("bpf_map_type", 4, [["BPF_MAP_TYPE_HASH", 9]]);
  ids.bits = btf.struct("bits", 8, [["wide", int, 11 << 24], ["bf", int, (5 << 24) | 11]], kinds.STRUCT, 1);
  ids.sized = btf.struct("sized", 16, [["grown", u32, 0], ["shrunk", u64, 64]]);
  ids.union = btf.struct("task_struct", 4, [["pid", int, 0]], kinds.UNION);
});

const POISON = "(85) call unknown#195896080";

/** Instruction, root type, access string, kind, the instruction afterwards. ID stands for the root type's id. */
const RELOCATED: readonly (readonly [text: string, type: string, access: string, kind: number, after: string])[] = [
  ["r0 = 4", "task", "0:1", Core.BYTE_OFFSET, "(b7) r0 = 1264"],
  ["r0 = *(u32 *)(r1 +4)", "task", "0:1", Core.BYTE_OFFSET, "(61) r0 = *(u32 *)(r1 +1264)"],
  ["*(u32 *)(r1 +4) = 7", "task", "0:1", Core.BYTE_OFFSET, "(62) *(u32 *)(r1 +1264) = 7"],
  ["r0 = 4 ll", "task", "0:1", Core.BYTE_OFFSET, "(18) r0 = 0x4f0"],
  ["r0 = 20", "task", "1:1", Core.BYTE_OFFSET, "(b7) r0 = 4528"],
  ["r0 = 4", "old", "0:0", Core.BYTE_OFFSET, "(b7) r0 = 1264"],
  ["r0 = 8", "task", "0:2", Core.BYTE_OFFSET, "(b7) r0 = 2004"],
  ["r0 = 0", "task", "0:0", Core.BYTE_OFFSET, POISON],
  ["r0 = 0 ll", "task", "0:0", Core.BYTE_OFFSET, POISON],
  ["r0 = 1", "task", "0:0", Core.FIELD_EXISTS, "(b7) r0 = 0"],
  ["r0 = 1", "task", "0:1", Core.FIELD_EXISTS, "(b7) r0 = 1"],
  ["r0 = 1", "task", "0:1", Core.SIGNED, "(b7) r0 = 1"],
  ["r0 = 4", "task", "0:1", Core.BYTE_SIZE, "(b7) r0 = 4"],
  ["r0 = 32", "task", "0:1", Core.LSHIFT_U64, "(b7) r0 = 32"],
  ["r0 = 32", "task", "0:1", Core.RSHIFT_U64, "(b7) r0 = 32"],
  ["r0 = *(s8 *)(r1 +4)", "char_pid", "0:0", Core.BYTE_OFFSET, POISON],
  ["r0 = 1", "long_comm", "0:0:1", Core.BYTE_OFFSET, "(b7) r0 = 1753"],
  ["r0 = 4", "long_comm", "0:0", Core.BYTE_SIZE, "(b7) r0 = 16"],
  ["r0 = 0", "absent", "0:0", Core.BYTE_OFFSET, POISON],
  ["r0 = 8", "absent", "0", Core.TYPE_SIZE, "(b7) r0 = 0"],
  ["r0 = 16", "task", "0", Core.TYPE_SIZE, "(b7) r0 = 3264"],
  ["r0 = 1", "absent", "0", Core.TYPE_EXISTS, "(b7) r0 = 0"],
  ["r0 = 1", "union", "0", Core.TYPE_EXISTS, "(b7) r0 = 0"],
  ["r0 = 1", "int", "0", Core.TYPE_MATCHES, "(b7) r0 = 1"],
  ["r0 = 1", "task", "0", Core.TYPE_MATCHES, "(b7) r0 = 0"],
  ["r0 = 9", "enum", "0", Core.ENUM_VALUE, "(b7) r0 = 1"],
  ["r0 = 1", "enum", "0", Core.ENUM_VALUE_EXISTS, "(b7) r0 = 1"],
  ["r0 = 77", "task", "0", Core.LOCAL_TYPE_ID, "(b7) r0 = ID"],
  ["r0 = 77", "task", "0", Core.TARGET_TYPE_ID, "(b7) r0 = 5"],
  ["r0 = 0", "int", "0", Core.BYTE_OFFSET, "(b7) r0 = 0"],
  ["r0 = 1234", "bits", "0:1", Core.BYTE_OFFSET, "(b7) r0 = 80"],
  ["r0 = 1234", "bits", "0:1", Core.BYTE_SIZE, "(b7) r0 = 4"],
  ["r0 = 1234", "bits", "0:1", Core.LSHIFT_U64, "(b7) r0 = 48"],
  ["r0 = 59", "bits", "0:1", Core.RSHIFT_U64, "(b7) r0 = 59"],
  ["r0 = *(u32 *)(r1 +0)", "sized", "0:0", Core.BYTE_OFFSET, "(79) r0 = *(u64 *)(r1 +8)"],
  ["r0 = *(u64 *)(r1 +8)", "sized", "0:1", Core.BYTE_OFFSET, "(61) r0 = *(u32 *)(r1 +4)"],
];

const names = logNames(() => "unknown");

for (const [text, type, access, kind, after] of RELOCATED) {
  test(`${text}: ${type} ${access}, kind ${kind}`, () => {
    const insns = assemble(text);
    relocate({ name: "", insns, types: local }, { insn: 0, typeId: ids[type], access, kind }, 0, [kernel]);
    assert.is(disassemble(insns, names)[0].text, after.replace("ID", `${ids[type]}`));
  });
}

const WRONG: readonly (readonly [text: string, type: string | number, access: string, kind: number, message: string])[] = [
  ["r0 = 0", "task", "0:1", Core.BYTE_OFFSET, "prog '': relo #0: unexpected insn #0 (ALU/ALU64) value: got 0, exp 4 -> 1264"],
  ["r0 = *(u32 *)(r1 +0)", "task", "0:1", Core.BYTE_OFFSET, "prog '': relo #0: unexpected insn #0 (LDX/ST/STX) value: got 0, exp 4 -> 1264"],
  ["r0 = 1 ll", "task", "0:1", Core.BYTE_OFFSET, "prog '': relo #0: unexpected insn #0 (LDIMM64) value: got 1, exp 4 -> 1264"],
  ["exit", "task", "0:1", Core.BYTE_OFFSET, "prog '': relo #0: trying to relocate unrecognized insn #0, code:0x95, src:0x0, dst:0x0, off:0x0, imm:0x0"],
  ["r0 = r1", "task", "0:1", Core.BYTE_OFFSET, ""],
  ["r0 = 0", "task", "0:9", Core.BYTE_OFFSET, "prog '': relo #0: parsing [ID] STRUCT task_struct + 0:9 failed: -22"],
  ["r0 = 0", "task", "x", Core.BYTE_OFFSET, "prog '': relo #0: parsing [ID] STRUCT task_struct + x failed: -22"],
  ["r0 = 0", "task", "0:", Core.BYTE_OFFSET, "prog '': relo #0: parsing [ID] STRUCT task_struct + 0: failed: -22"],
  ["r0 = 0", "task", "0", 13, "prog '': relo #0: parsing [ID] STRUCT task_struct + 0 failed: -22"],
  ["r0 = 0", "task", "0:1", Core.TYPE_EXISTS, "prog '': relo #0: parsing [ID] STRUCT task_struct + 0:1 failed: -22"],
  ["r0 = 0", "enum", "0:1", Core.ENUM_VALUE, "prog '': relo #0: parsing [ID] ENUM bpf_map_type + 0:1 failed: -22"],
  ["r0 = 0", "long_comm", "0:0:9", Core.BYTE_OFFSET, "prog '': relo #0: parsing [ID] STRUCT task_struct + 0:0:9 failed: -22"],
  ["r0 = 0", "func", "0", Core.BYTE_OFFSET, "prog '': relo #0: parsing [ID] FUNC main + 0 failed: -22"],
  ["r0 = 1", "long_comm", "0:0:1", Core.SIGNED, "prog '': relo 3 at insn #0 can't be applied to array access"],
  ["r0 = 0", "anonymous", "0:0", Core.BYTE_OFFSET, "target candidate search failed for ID"],
  ["r0 = 0", 0, "0", Core.BYTE_OFFSET, "target candidate search failed for 0"],
  ["r0 = 0", 999, "0", Core.BYTE_OFFSET, "relo #0: bad type id 999"],
];

for (const [text, type, access, kind, message] of WRONG) {
  test(`${text}: ${type} ${access}, kind ${kind} is refused`, () => {
    const typeId = typeof type === "number" ? type : ids[type];
    try {
      relocate({ name: "", insns: assemble(text), types: local }, { insn: 0, typeId, access, kind }, 0, [kernel]);
    } catch (error) {
      assert.instance(error, CoreError);
      assert.is((error as CoreError).message, message.replace("ID", `${typeId}`));
      assert.is((error as CoreError).errno, EINVAL);
      return;
    }
    assert.unreachable("it was relocated");
  });
}

test("candidates that disagree", () => {
  const two = typesOf((btf) => {
    const int = btf.int();
    btf.struct("task_struct", 64, [["pid", int, 32]]);
    btf.struct("task_struct___new", 64, [["pid", int, 64]]);
  });
  const relo = { insn: 0, typeId: ids.task, access: "0:1", kind: Core.FIELD_EXISTS };
  assert.throws(() => relocate({ name: "", insns: assemble("r0 = 1"), types: local }, relo, 3, [two]), /relo #3: field offset ambiguity: 64 != 32/);
});

test("flavours of names", () => {
  assert.equal(["thing", "thing___old", "___thing", "a___b___c", "thing___"].map(essentialName), ["thing", "thing", "___thing", "a", "thing___"]);
});

const words = (...values: number[]): Uint8Array => new Uint8Array(Uint32Array.from(values).buffer);

test("PROG_LOAD applies the records of the attr, only beside func_info or line_info", () => {
  const btf = new BtfBuilder();
  const int = btf.int();
  const main = btf.func("main", btf.proto(int, []), kinds.LINKAGE_GLOBAL);
  const task = btf.struct("task_struct", 16, [["pid", int, 32]]);
  const access = btf.name("0:0");
  const program = { id: 7, bytes: btf.bytes() };
  const descriptors = new Map([[5, { kind: "btf", btf: program } as const]]);
  const load = (offset: number, funcInfo?: Uint8Array) => judge({
    type: 6, insns: encodeInsns(assemble("r0 = 4; exit")), btfFd: 5, funcInfo, coreRelos: words(offset, task, access, Core.BYTE_OFFSET),
  }, descriptors, { id: 1, bytes: kernelBytes, kernel: true });
  assert.is(load(0, words(0, main)).structure?.insns[0].imm, TASK_PID);
  assert.is(load(0).structure?.insns[0].imm, 4);
  const { errno, text } = load(4, words(0, main));
  assert.is(errno, EINVAL);
  assert.is(text, "Invalid core_relo[0].insn_off:4 prog->len:2\n");
});

test.run();
