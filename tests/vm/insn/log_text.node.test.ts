// The text of every opcode beside the text in the live kernel's log.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { helperById } from "../../../vm/helpers/table.ts";
import { insnText, logNames } from "../../../vm/insn/disasm.ts";
import { encodeInsns } from "../../../vm/insn/insn.ts";
import type { Insn } from "../../../vm/insn/insn.ts";
import { assemble } from "../../../vm/insn/text.ts";
import { skip } from "../../harness/skip.ts";
import { LiveBpf, programsRefusal } from "../live/bpf.node.ts";

const test = suite("vm/insn text beside the live kernel");
const refusal = programsRefusal();
const XDP = 6;
const LOG_ALL = 2;
/** Instructions before the one that is looked at, so that its jumps stay in the program. */
const AT = 8;

const OFFSETS = [0, 1, -2, 8, 16];
const IMMEDIATES = [0, 5, -3, 16, 0x41, 0x50, 0xa1, 0xe1, 0xf1, 0x100, 0x110];
const REGISTERS = [[1, 2], [3, 0]] as const;

const names = logNames(({ imm, src }) => (src !== 0 || imm === 0 ? "bpf_unspec" : helperById(imm) === undefined ? "unknown" : `bpf_${helperById(imm)?.name}`));
const filler = assemble("r0 = 0");

/** What the kernel's log prints for an instruction before it walks the program, or undefined where it refuses the program earlier. */
function printed(live: LiveBpf, insn: Insn, second: readonly Insn[]): string | undefined {
  const around = Array.from({ length: AT }, () => filler[0]);
  const insns = [...around, insn, ...second, ...around, ...Array.from({ length: AT }, () => filler[0]), ...assemble("r0 = 0; exit")];
  const { fd, log } = live.progLoad({ type: XDP, insns: encodeInsns(insns), logLevel: LOG_ALL });
  live.close(fd);
  const prefix = new RegExp(`^\\s+\\d* *${AT}: [.\\d]{10} (.*)$`, "m");
  return prefix.exec(log)?.[1];
}

if (refusal !== undefined) {
  skip(test, "every opcode", refusal);
} else {
  test("every opcode", () => {
    const live = new LiveBpf();
    let compared = 0;
    for (let code = 0; code < 256; code++) {
      OFFSETS.forEach((off, row) => {
        IMMEDIATES.forEach((imm, column) => {
          if ((row + column) % 3 !== 0) return;
          const [dst, src] = code === 0x18 || code === 0x85 ? [1, 0] : REGISTERS[column % 2];
          const second = code === 0x18 ? [{ code: 0, dst: 0, src: 0, off: 0, imm: 7 }] : [];
          const insn = { code, dst, src, off, imm };
          const text = printed(live, insn, second);
          if (text === undefined) return;
          compared++;
          assert.is(insnText(insn, second[0], names), text);
        });
      });
    }
    live.dispose();
    assert.ok(compared > 1500, `${compared} compared`);
  });

  test("every helper's name", () => {
    const live = new LiveBpf();
    for (let imm = 0; imm < 215; imm++) {
      const insn = { code: 0x85, dst: 0, src: 0, off: 0, imm };
      assert.is(printed(live, insn, []), insnText(insn, undefined, names));
    }
    live.dispose();
  });
}

test.run();
