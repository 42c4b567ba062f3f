// The log's table of live registers and loops, as the kernel printed it.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { helperById } from "../../../vm/helpers/table.ts";
import { logNames } from "../../../vm/insn/disasm.ts";
import { assemble } from "../../../vm/insn/text.ts";
import { liveText } from "../../../vm/verify/live_text.ts";
import { loopNumbers } from "../../../vm/verify/loops.ts";

const test = suite("vm/verify live registers");

const RECORDED: readonly (readonly [program: string, log: string])[] = [
  ["r1 = r6; r6 = 3; l: r6 += -1; if r6 != 0 goto l; call 7; r1 = 5 ll; if r0 == r7 goto m; l2: may_goto m; goto l2; " +
    "m: lock *(u64 *)(r10 - 8) += r1; *(u8 *)(r10 - 8) = 3; r0 = cmpxchg *(u64 *)(r10 - 8) r3; r2 = fetch_add *(u64 *)(r10 - 8) r2; " +
    "r3 = load_acquire *(u64 *)(r10 - 8); store_release *(u64 *)(r10 - 8) r4; r0 = ldabs u8 3; r0 = ldind u8 r8 3; r4 = be16 r4; " +
    "r5 = -r5; w3 *= w5; r9 ^= r9; r9 -= r9; r1 = xchg *(u64 *)(r10 - 8) r1; exit",
    `Live regs before insn:
      0: ......6789 (bf) r1 = r6
      1: .......789 (b7) r6 = 3
  2   2: ......6789 (07) r6 += -1
  2   3: ......6789 (55) if r6 != 0x0 goto pc-2
      4: ......6789 (85) call bpf_get_prandom_u32#7
      5: 0.23456789 (18) r1 = 0x5
      7: 0123456789 (1d) if r0 == r7 goto pc+2
  1   8: 0123456789 (e5) may_goto pc+1
  1   9: 0123456789 (05) goto pc-2
     10: 0123456789 (db) lock *(u64 *)(r10 -8) += r1
     11: 0123456789 (72) *(u8 *)(r10 -8) = 3
     12: 0123456789 (db) r0 = atomic64_cmpxchg((u64 *)(r10 -8), r0, r3)
     13: 012.456789 (db) r2 = atomic64_fetch_add((u64 *)(r10 -8), r2)
     14: 012.456789 (db) r3 = load_acquire((u64 *)(r10 -8))
     15: 0123456789 (db) store_release((u64 *)(r10 -8), r4)
     16: 0123456789 (30) r0 = *(u8 *)skb[3]
     17: 0123456789 (50) r0 = *(u8 *)skb[r8 + 3]
     18: 01.345...9 (dc) r4 = be16 r4
     19: 01.3.5...9 (87) r5 = -r5
     20: 01.3.5...9 (2c) w3 *= w5
     21: 01.......9 (af) r9 ^= r9
     22: 01.......9 (1f) r9 -= r9
     23: 01........ (db) r1 = atomic64_xchg((u64 *)(r10 -8), r1)
     24: 0......... (95) exit
`],
  ["call sub s; call 12; r3 = func s; exit; s: r0 = r9; l: r1 += 1; if r1 < r2 goto l; k: r1 += 1; if w1 & 5 goto k; goto l2; l2: exit",
    `Live regs before insn:
      0: .12345.... (85) call pc+4
      1: .123...... (85) call bpf_tail_call#12
      2: 0......... (18) r3 = 0x2
      4: 0......... (95) exit
      5: .12......9 (bf) r0 = r9
  2   6: 012....... (07) r1 += 1
  2   7: 012....... (ad) if r1 < r2 goto pc-2
  1   8: 01........ (07) r1 += 1
  1   9: 01........ (46) if w1 & 0x5 goto pc-2
     10: 0......... (05) goto pc+0
     11: 0......... (95) exit
`],
];

const names = logNames(({ imm }) => `bpf_${helperById(imm)?.name}`);

/** The registers of each line of a log, as bits by slot. */
function liveOf(log: string): number[] {
  const live: number[] = [];
  for (const [, index, registers] of log.matchAll(/^.* (\d+): ([.\d]{10}) /gm)) {
    live[Number(index)] = [...registers].reduce((bits, sign, register) => (sign === "." ? bits : bits | (1 << register)), 0);
  }
  return live;
}

for (const [program, log] of RECORDED) {
  test(program, () => {
    assert.is(liveText(assemble(program), liveOf(log), names), log);
  });
}

test("loops", () => {
  assert.equal([...loopNumbers(assemble("l: goto l"))], [1]);
  assert.equal([...loopNumbers(assemble("r0 = 0; goto +0; exit"))], [0, 0, 0]);
  assert.equal([...loopNumbers(assemble("a: b: r0 += 1; if r0 < 5 goto b; if r1 < 5 goto a; exit"))], [1, 1, 1, 0]);
});

test.run();
