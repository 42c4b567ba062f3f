// The text assembler, the assembler of functions, and the disassembler: each is the others' judge.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { asm, r0, r1, r10, r2, r3 } from "../../../vm/insn/asm.ts";
import { disassemble, logNames, xlatedNames } from "../../../vm/insn/disasm.ts";
import { decodeInsns, encodeInsns } from "../../../vm/insn/insn.ts";
import { link } from "../../../vm/insn/program.ts";
import type { Statement } from "../../../vm/insn/program.ts";
import { assemble, assembleBytes } from "../../../vm/insn/text.ts";
import { hex } from "../../kernel/hex.ts";

const test = suite("vm/insn text");

/** Text, the same by functions, bytes. Bytes were made by another assembler and loaded by the kernel. */
const ROWS: readonly (readonly [text: string, statements: readonly Statement[], bytes: string])[] = [
  ["r0 = 2", [asm.mov64(r0, 2)], "b700000002000000"],
  ["w1 = w2", [asm.mov32(r1, r2)], "bc21000000000000"],
  ["r0 += -1", [asm.add64(r0, -1)], "07000000ffffffff"],
  ["w0 s/= 3", [asm.sdiv32(r0, 3)], "3400010003000000"],
  ["r2 s>>= r1", [asm.arsh64(r2, r1)], "cf12000000000000"],
  ["r2 = -r2", [asm.neg64(r2)], "8702000000000000"],
  ["r1 = (s16)r2", [asm.movsx64(r1, r2, 16)], "bf21100000000000"],
  ["r1 = be32 r1", [asm.be(r1, 32)], "dc01000020000000"],
  ["r1 = le16 r1", [asm.le(r1, 16)], "d401000010000000"],
  ["r1 = bswap64 r1", [asm.bswap(r1, 64)], "d701000040000000"],
  ["r1 = 0x1122334455667788 ll", [asm.ld64(r1, 0x1122334455667788n)], "18010000887766550000000044332211"],
  ["r1 = -1 ll", [asm.ld64(r1, -1)], "18010000ffffffff00000000ffffffff"],
  ["r1 = map_fd 5", [asm.ldMapFd(r1, 5)], "18110000050000000000000000000000"],
  ["r1 = map_value 5 8", [asm.ldMapValue(r1, 5, 8)], "18210000050000000000000008000000"],
  ["r1 = btf_id 7", [asm.ldBtfId(r1, 7)], "18310000070000000000000000000000"],
  ["r1 = map_idx 1", [asm.ldMapIdx(r1, 1)], "18510000010000000000000000000000"],
  ["r1 = map_idx_value 1 4", [asm.ldMapIdxValue(r1, 1, 4)], "18610000010000000000000004000000"],
  ["r0 = *(u32 *)(r1 +4)", [asm.ldx(r0, "u32", r1, 4)], "6110040000000000"],
  ["r0 = *(s8 *)(r10 - 1)", [asm.ldx(r0, "s8", r10, -1)], "91a0ffff00000000"],
  ["*(u64 *)(r10 -8) = r1", [asm.store("u64", r10, -8, r1)], "7b1af8ff00000000"],
  ["*(u16 *)(r10 -8) = -2", [asm.store("u16", r10, -8, -2)], "6a0af8fffeffffff"],
  ["lock *(u64 *)(r10 -8) += r1", [asm.atomic("add", "u64", r10, -8, r1)], "db1af8ff00000000"],
  ["r2 = fetch_xor *(u32 *)(r1 +0) r2", [asm.atomic("fetch_xor", "u32", r1, 0, r2)], "c3210000a1000000"],
  ["r0 = cmpxchg *(u64 *)(r1 +0) r2", [asm.atomic("cmpxchg", "u64", r1, 0, r2)], "db210000f1000000"],
  ["r0 = load_acquire *(u8 *)(r1 +0)", [asm.loadAcquire(r0, "u8", r1)], "d310000000010000"],
  ["store_release *(u16 *)(r1 +2) r0", [asm.storeRelease("u16", r1, 2, r0)], "cb01020010010000"],
  ["r0 = ldabs u8 3", [asm.ldAbs("u8", 3)], "3000000003000000"],
  ["r0 = ldind u32 r3 3", [asm.ldInd("u32", r3, 3)], "4030000003000000"],
  ["if r1 == 5 goto +1", [asm.jeq(r1, 5, 1)], "1501010005000000"],
  ["if w1 s<= w2 goto -1", [asm.jsle32(r1, r2, -1)], "de21ffff00000000"],
  ["goto +3", [asm.goto(3)], "0500030000000000"],
  ["gotol -9", [asm.gotol(-9)], "06000000f7ffffff"],
  ["may_goto +1", [asm.mayGoto(1)], "e500010000000000"],
  ["call 12", [asm.call(12)], "850000000c000000"],
  ["call bpf_tail_call#12", [asm.call(12)], "850000000c000000"],
  ["call pc+2", [asm.callFunction(2)], "8510000002000000"],
  ["kcall 77 1", [asm.callKfunc(77, 1)], "852001004d000000"],
  ["exit", [asm.exit()], "9500000000000000"],
  ["raw 0xff 1 2 -1 7", [asm.raw(0xff, 1, 2, -1, 7)], "ff21ffff07000000"],
  ["l: r0 = 0; if r0 == 0 goto l", [asm.label("l"), asm.mov64(r0, 0), asm.jeq(r0, 0, "l")], "b7000000000000001500feff00000000"],
  ["r1 = func f; exit; f: exit", [asm.ldFunc(r1, "f"), asm.exit(), asm.label("f"), asm.exit()],
    "184100000200000000000000000000009500000000000000" + "9500000000000000"],
];

for (const [text, statements, bytes] of ROWS) {
  test(text, () => {
    assert.is(hex(assembleBytes(text)), bytes);
    assert.is(hex(encodeInsns(link(statements))), bytes);
  });
}

test("comments, lines and several labels", () => {
  assert.equal(assemble("# nothing\nr0 = 1 # one\na: b: goto a; goto b"), assemble("r0 = 1; goto +-1; goto -2".replace("+-", "-")));
});

const names = logNames(() => "bpf_helper");

test("what the disassembler prints assembles to the same instruction", () => {
  const again = ROWS.filter(([text]) => !/^raw|fetch|xchg|cmpxchg|acquire|release|ldabs|ldind|kcall|map|btf_id|func|ll$/.test(text));
  assert.ok(again.length > 20);
  for (const [text] of again) {
    const insns = assemble(text);
    const printed = disassemble(insns, names).map((line) => line.text.replace(/^\(..\) /, ""));
    assert.equal(assemble(printed.join("; ")), insns, `${text} → ${printed.join("; ")}`);
  }
});

const WRONG: readonly (readonly [text: string, message: RegExp])[] = [
  ["r0 = ", /cannot assemble/], ["bogus", /cannot assemble "bogus"/], ["r0 = 0x1_0", /not a number/], ["r0 = 4294967296", /32 bits/],
  ["r0 = -2147483649", /32 bits/], ["goto nowhere", /no label nowhere/], ["a: a: exit", /label a is defined twice/],
  ["if r1 ~ r2 goto +1", /no condition ~/], ["if r1 constructor r2 goto +1", /no condition constructor/], ["r0 = *(u32 *)(r1 +40000)", /16 bits/],
  ["goto +40000", /16 bits/], ["r0 = abc", /not a number/],
];

for (const [text, message] of WRONG) {
  test(`${text} is refused`, () => {
    assert.throws(() => assemble(text), message);
  });
}

test("a label further than 16 bits needs gotol", () => {
  const far = Array.from({ length: 40000 }, () => asm.mov64(r0, 0));
  assert.throws(() => link([asm.goto("end"), ...far, asm.label("end"), asm.exit()]), /gotol/);
  assert.is(link([asm.gotol("end"), ...far, asm.label("end"), asm.exit()])[0].imm, 40000);
});

test("the dump of a loaded program names maps and functions", () => {
  const insns = [...assemble("r1 = map_fd 5; r1 = map_value 5 20; r2 = func +34; r3 = 0 ll"), ...assemble("raw 0x85 0 1 67 1; call 1; exit")];
  const dump = xlatedNames(() => "bpf_map_lookup_elem", () => "bpf_prog_a9f45a9d8e92b0b7_parse");
  assert.equal(disassemble(insns, dump).map(({ index, text }) => `${index}: ${text}`), [
    "0: (18) r1 = map[id:5]", "2: (18) r1 = map[id:5][0]+20", "4: (18) r2 = subprog[+34]", "6: (18) r3 = 0x0",
    "8: (85) call pc+67#bpf_prog_a9f45a9d8e92b0b7_parse", "9: (85) call bpf_map_lookup_elem#1", "10: (95) exit",
  ]);
});

test("any bytes disassemble", () => {
  const bytes = new Uint8Array(8 * 256 * 4);
  for (let index = 0; index < bytes.length; index += 8) bytes.set([index >> 5, index >> 3, index >> 4, 7, index >> 2, 1, index >> 6, 9], index);
  const lines = disassemble(decodeInsns(bytes), names);
  assert.ok(lines.every(({ text }) => /^(\([0-9a-f]{2}\) |BUG_)/.test(text)));
});

test.run();
