// CO-RE relocations against the live kernel's own BTF: fields that random structs of it have, asked for by all kinds. The programs end
// in the read of a register that nobody has written, so that none is loaded; the log shows the instruction after its relocation.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { readFileSync } from "node:fs";
import { Core, parseSpec } from "../../../vm/btf/core_spec.ts";
import { coreValue } from "../../../vm/btf/core_value.ts";
import { CoreError, relocate } from "../../../vm/btf/core_relo.ts";
import { parseBtf } from "../../../vm/btf/header.ts";
import * as kinds from "../../../vm/btf/kinds.ts";
import type { BtfTypes } from "../../../vm/btf/types.ts";
import { insnText, logNames } from "../../../vm/insn/disasm.ts";
import { encodeInsns } from "../../../vm/insn/insn.ts";
import type { Insn } from "../../../vm/insn/insn.ts";
import { assemble } from "../../../vm/insn/text.ts";
import { skip } from "../../harness/skip.ts";
import { LiveBpf, programsRefusal } from "../live/bpf.node.ts";
import { BtfBuilder } from "./builder.ts";
import { below, pick, seededRandom } from "./random.ts";
import type { Random } from "./random.ts";

const test = suite("vm/btf CO-RE beside the live kernel");
const refusal = programsRefusal();
const XDP = 6;
const LOG_ALL = 2;
const LOADS = 400;
const names = logNames(() => "unknown");

interface Relocation {
  readonly types: Uint8Array;
  readonly main: number;
  readonly typeId: number;
  readonly access: string;
  readonly accessOffset: number;
  readonly kind: number;
}

const words = (...values: number[]): Uint8Array => new Uint8Array(Uint32Array.from(values, (value) => value >>> 0).buffer);

/** Copies a type of the kernel as far as a relocation looks at it. */
function copyType(kernel: BtfTypes, btf: BtfBuilder, id: number, random: Random): number {
  const end = kernel.skipModifiers(id);
  const name = kernel.name(end);
  switch (kernel.kind(end)) {
    case kinds.INT: {
      const { encoding, bits, offset } = kernel.int(end);
      return random() < 0.9 ? btf.int(name, kernel.sizeOrType(end), bits, encoding, offset) : btf.int("other", 8, 64, pick(random, [0, 1]));
    }
    case kinds.PTR:
      return random() < 0.95 ? btf.ptr(0) : btf.int("long", 8, 64, 0);
    case kinds.ARRAY: {
      const { type, count } = kernel.array(end);
      const element = copyType(kernel, btf, type, random);
      return btf.array(element, btf.int(), count);
    }
    case kinds.ENUM:
    case kinds.ENUM64:
      return btf.enumeration(random() < 0.9 ? name : "other_enum", 4, [["X", 1]]);
    case kinds.FLOAT:
      return btf.add("double", kinds.FLOAT, 0, 8);
    default:
      return btf.struct(random() < 0.8 ? name : "elsewhere", kernel.sizeOf(end) ?? 0, []);
  }
}

/** A struct of the kernel with one to three of its members, at places of its own. */
function randomRelocation(random: Random, kernel: BtfTypes, structs: readonly number[], enums: readonly number[]): Relocation {
  const btf = new BtfBuilder();
  const main = btf.func("main", btf.proto(btf.int(), []), kinds.LINKAGE_GLOBAL);
  const flavour = random() < 0.2 ? "___old" : "";
  const kind = below(random, 12);
  let typeId: number;
  let access: string;
  if (kind >= Core.ENUM_VALUE_EXISTS) {
    const source = pick(random, enums);
    const index = below(random, kernel.vlen(source));
    const value = random() < 0.9 ? kernel.string(kernel.enumNameOffset(source, index)) : "NO_SUCH_VALUE";
    typeId = btf.enumeration(kernel.name(source) + flavour, 4, [[value, 5]]);
    access = random() < 0.95 ? "0" : "1";
  } else {
    const source = pick(random, structs);
    let offset = 0;
    const members = Array.from({ length: 1 + below(random, 3) }, () => {
      const member = kernel.member(source, below(random, kernel.vlen(source)));
      const name = random() < 0.93 ? kernel.string(member.nameOffset) : "no_such_member";
      const type = copyType(kernel, btf, member.type, random);
      const at = offset;
      offset += 16 + below(random, 3) * 8 + (kernel.sizeOf(member.type) ?? 0);
      offset -= offset % 8;
      return [name, type, at * 8] as const;
    });
    typeId = btf.struct((random() < 0.95 ? kernel.name(source) : "no_such_struct") + flavour, offset + 64, members, kernel.kind(source));
    const isField = kind <= Core.RSHIFT_U64;
    const index = below(random, members.length + (random() < 0.05 ? 1 : 0));
    access = isField ? `${random() < 0.9 ? 0 : 1}:${index}${random() < 0.15 ? `:${below(random, 3)}` : ""}` : random() < 0.95 ? "0" : "0:0";
  }
  const accessOffset = btf.name(access);
  return { types: btf.bytes(), main, typeId, access, accessOffset, kind };
}

/** Instructions that hold the local value, or now and then another. */
function randomInsns(random: Random, local: BtfTypes, { typeId, access, kind }: Relocation): Insn[] {
  const spec = parseSpec(local, typeId, access, kind);
  const value = Number((spec && coreValue(spec, kind)?.value) ?? 0n) + (random() < 0.06 ? 1 : 0);
  const text = pick(random, [
    `r0 = ${value}`, `r0 += ${value}`, `r0 = ${value} ll`, ...(value < 30000 ? [`r0 = *(u64 *)(r1 + ${value})`, `r0 = *(u8 *)(r1 + ${value})`, `*(u32 *)(r10 + ${value}) = r1`] : []),
    ...(random() < 0.1 ? ["exit", "r0 = r1", "call 7"] : []),
  ]);
  return assemble(`${text}; r0 = r9; exit`);
}

if (refusal !== undefined) {
  skip(test, "random relocations", refusal);
} else {
  test("random relocations", () => {
    const live = new LiveBpf();
    const kernel = parseBtf(readFileSync("/sys/kernel/btf/vmlinux"));
    if (kernel === undefined) throw new Error("the kernel's BTF is not read");
    const ids = Array.from({ length: kernel.end - 1 }, (_, index) => index + 1).filter((id) => kernel.name(id) !== "" && kernel.vlen(id) > 0);
    const structs = ids.filter((id) => kinds.isStructKind(kernel.kind(id)));
    const enums = ids.filter((id) => kernel.kind(id) === kinds.ENUM);
    let relocated = 0;
    let refused = 0;
    for (let seed = 1; seed <= LOADS; seed++) {
      const random = seededRandom(seed * 2654435761);
      const relocation = randomRelocation(random, kernel, structs, enums);
      const local = parseBtf(relocation.types);
      if (local === undefined) throw new Error("BTF is not read");
      const insns = randomInsns(random, local, relocation);
      const btf = live.btfLoad(relocation.types);
      assert.is(btf.errno, 0, btf.log);
      const { typeId, accessOffset, kind, main } = relocation;
      const answer = live.progLoad({
        type: XDP, insns: encodeInsns(insns), logLevel: LOG_ALL, btfFd: btf.fd, funcInfo: words(0, main), coreRelos: words(0, typeId, accessOffset, kind),
      });
      live.close(answer.fd);
      live.close(btf.fd);
      const what = `seed ${seed}: kind ${kind}, ${local.name(typeId)} ${relocation.access}, ${insnText(insns[0], insns[1], names)}\n${answer.log}`;
      const printed = /^ {0,5}[\d ]{3,6}0: [.\d]{10} (.*)$/m.exec(answer.log)?.[1];
      let error: unknown;
      try {
        relocate({ name: "", insns, types: local }, { insn: 0, typeId, access: relocation.access, kind }, 0, [kernel]);
      } catch (thrown) {
        error = thrown;
      }
      if (printed === undefined) {
        refused++;
        assert.ok(error instanceof CoreError, `${what}\nwe make of it ${insnText(insns[0], insns[1], names)}`);
        if (error instanceof CoreError) {
          assert.is(error.errno, answer.errno, what);
          assert.ok(error.message === "" || answer.log.includes(`${error.message}\n`), `${what}\nwe say ${error.message}`);
        }
      } else {
        relocated++;
        assert.is(error, undefined, `${what}\n${String(error)}`);
        assert.is(insnText(insns[0], insns[1], names), printed, what);
      }
    }
    assert.ok(relocated > LOADS / 2 && refused > 10, `${relocated} relocated, ${refused} refused`);
    live.dispose();
  });
}

test.run();
