import { asm, ATOMICS } from "./asm.ts";
import type { Atomic, LoadSize, Operand, Register, Size } from "./asm.ts";
import { encodeInsns } from "./insn.ts";
import type { Insn } from "./insn.ts";
import { link } from "./program.ts";
import type { Statement, Target } from "./program.ts";

// Text to instructions, one statement per ';' or line, in the style of the verifier's log:
//   rN|wN = imm|rM|wM              rN op= x  (+ - * / s/ % s% | & ^ << >> s>>)         rN = -rN
//   rN = (s8|s16|s32)rM            rN = be16|le32|bswap64 rN                            rN = imm ll
//   rN = *(u8..u64|s8..s32 *)(rM +off)                     *(u8..u64 *)(rM +off) = rN|imm
//   lock *(u32|u64 *)(rM +off) += | &= | |= | ^= rN
//   rN = fetch_add|fetch_and|fetch_or|fetch_xor|xchg|cmpxchg *(u64 *)(rM +off) rN
//   rN = load_acquire *(u32 *)(rM +off)                    store_release *(u32 *)(rM +off) rN
//   rN = map_fd FD | map_value FD OFF | map_idx I | map_idx_value I OFF | btf_id ID [FD] | func TARGET
//   rN = addr_cast rM SPACES       r0 = ldabs u8|u16|u32 OFF                            r0 = ldind u8|u16|u32 rN OFF
//   if rN|wN op rM|imm goto TARGET (== != > >= < <= s> s>= s< s<= &)
//   goto|gotol|may_goto TARGET     call HELPER     call sub TARGET     call pc+N        kcall ID [BTF]
//   callx rN                       exit            raw CODE DST SRC OFF IMM             NAME:
// TARGET is a label, +N, -N, or pc+N. Numbers are decimal or hexadecimal. A '#' behind a blank starts a comment.

const ALU: Readonly<Record<string, string>> = {
  "+": "add", "-": "sub", "*": "mul", "/": "div", "%": "mod", "s/": "sdiv", "s%": "smod",
  "|": "or", "&": "and", "^": "xor", "<<": "lsh", ">>": "rsh", "s>>": "arsh",
};

const CONDITIONS: Readonly<Record<string, string>> = {
  "==": "jeq", "!=": "jne", ">": "jgt", ">=": "jge", "<": "jlt", "<=": "jle",
  "s>": "jsgt", "s>=": "jsge", "s<": "jslt", "s<=": "jsle", "&": "jset",
};

const LOCKED: Readonly<Record<string, Atomic>> = { "+": "add", "|": "or", "&": "and", "^": "xor" };

type AluBuilder = (dst: Register, value: Operand) => Statement;
type BranchBuilder = (dst: Register, value: Operand, target: Target) => Statement;
const builders = asm as unknown as Readonly<Record<string, AluBuilder & BranchBuilder>>;

/** A register by its number; numbers above 10 are kept, so that wrong programs can be written too. */
const reg = (digits: string): Register => ({ register: Number(digits) & 15 });

const bits = (letter: string): string => (letter === "w" ? "32" : "64");

function integer(text: string): number {
  return Number(big(text));
}

function big(text: string): bigint {
  const plain = text.replace(/\s/g, "");
  if (!/^[+-]?(0x[0-9a-fA-F]+|[0-9]+)$/.test(plain)) throw new SyntaxError(`${text} is not a number`);
  const value = BigInt(plain.replace(/^[+-]/, ""));
  return plain.startsWith("-") ? -value : value;
}

function operandOf(text: string): Operand {
  const register = /^[rw](\d+)$/.exec(text);
  return register ? reg(register[1]) : integer(text);
}

function targetOf(text: string): Target {
  const distance = /^(?:pc)?([+-].+)$/.exec(text);
  return distance ? integer(distance[1]) : text;
}

/** The pattern of a memory operand: size, base register, offset. */
const MEMORY = String.raw`\*\(([us]\d+) \*\)\(r(\d+)\s*([+-]\s*\w+)?\)`;
const NUMBER = String.raw`[+-]?\w+`;

type Build = (...words: string[]) => Statement;

const pattern = (source: string): RegExp => new RegExp(`^${source}$`);

const FORMS: readonly (readonly [RegExp, Build])[] = [
  [pattern("exit"), () => asm.exit()],
  [pattern("raw (.*)"), (fields) => asm.raw(...(fields.trim().split(/\s+/).map(integer) as [number]))],
  [pattern("call (?:sub (\\S+)|(pc[+-]\\w+))"), (label, distance) => asm.callFunction(targetOf(label ?? distance))],
  [pattern(`call (?:\\w+#)?(${NUMBER})`), (helper) => asm.call(integer(helper))],
  [pattern("kcall (\\w+)(?: (\\w+))?"), (id, btf) => asm.callKfunc(integer(id), integer(btf ?? "0"))],
  [pattern("callx r(\\d+)"), (dst) => asm.raw(0x8d, Number(dst))],
  [pattern("goto (\\S+)"), (target) => asm.goto(targetOf(target))],
  [pattern("gotol (\\S+)"), (target) => asm.gotol(targetOf(target))],
  [pattern("may_goto (\\S+)"), (target) => asm.mayGoto(targetOf(target))],
  [pattern(`if ([rw])(\\d+) (\\S+) (${NUMBER}) goto (\\S+)`), (letter, dst, condition, value, target) => {
    if (!Object.hasOwn(CONDITIONS, condition)) throw new SyntaxError(`no condition ${condition}`);
    const name = CONDITIONS[condition];
    return builders[letter === "w" ? `${name}32` : name](reg(dst), operandOf(value), targetOf(target));
  }],
  [pattern(`lock ${MEMORY} ([+&|^])= r(\\d+)`), (size, base, off, operation, src) =>
    asm.atomic(LOCKED[operation], size as Size, reg(base), integer(off ?? "0"), reg(src))],
  [pattern(`r(\\d+) = (${Object.keys(ATOMICS).filter((name) => /fetch|xchg/.test(name)).join("|")}) ${MEMORY} r(\\d+)`),
    (_result, operation, size, base, off, src) =>
      asm.atomic(operation as Atomic, size as Size, reg(base), integer(off ?? "0"), reg(src))],
  [pattern(`r(\\d+) = load_acquire ${MEMORY}`), (dst, size, base, off) => asm.loadAcquire(reg(dst), size as Size, reg(base), integer(off ?? "0"))],
  [pattern(`store_release ${MEMORY} r(\\d+)`), (size, base, off, src) => asm.storeRelease(size as Size, reg(base), integer(off ?? "0"), reg(src))],
  [pattern("r(\\d+) = addr_cast r(\\d+) (\\S+)"), (dst, src, spaces) => asm.addrSpaceCast(reg(dst), reg(src), integer(spaces))],
  [pattern(`r(\\d+) = ${MEMORY}`), (dst, size, base, off) => asm.ldx(reg(dst), size as LoadSize, reg(base), integer(off ?? "0"))],
  [pattern(`${MEMORY} = (${NUMBER})`), (size, base, off, value) => asm.store(size as Size, reg(base), integer(off ?? "0"), operandOf(value))],
  [pattern(`r0 = ldabs (u\\d+) (${NUMBER})`), (size, offset) => asm.ldAbs(size as "u8", integer(offset))],
  [pattern(`r0 = ldind (u\\d+) r(\\d+) (${NUMBER})`), (size, src, offset) => asm.ldInd(size as "u8", reg(src), integer(offset))],
  [pattern(`r(\\d+) = map_fd (${NUMBER})`), (dst, fd) => asm.ldMapFd(reg(dst), integer(fd))],
  [pattern(`r(\\d+) = map_value (${NUMBER}) (${NUMBER})`), (dst, fd, offset) => asm.ldMapValue(reg(dst), integer(fd), integer(offset))],
  [pattern(`r(\\d+) = map_idx (${NUMBER})`), (dst, index) => asm.ldMapIdx(reg(dst), integer(index))],
  [pattern(`r(\\d+) = map_idx_value (${NUMBER}) (${NUMBER})`), (dst, index, offset) => asm.ldMapIdxValue(reg(dst), integer(index), integer(offset))],
  [pattern(`r(\\d+) = btf_id (${NUMBER})(?: (${NUMBER}))?`), (dst, id, fd) => asm.ldBtfId(reg(dst), integer(id), integer(fd ?? "0"))],
  [pattern("r(\\d+) = func (\\S+)"), (dst, target) => asm.ldFunc(reg(dst), targetOf(target))],
  [pattern(`r(\\d+) = (${NUMBER}) ?ll`), (dst, value) => asm.ld64(reg(dst), big(value))],
  [pattern("r(\\d+) = (be|le|bswap)(16|32|64) r(\\d+)"), (dst, order, width) => asm[order as "be"](reg(dst), Number(width) as 16)],
  [pattern("([rw])(\\d+) = \\(s(8|16|32)\\) ?[rw](\\d+)"), (letter, dst, width, src) =>
    asm[letter === "w" ? "movsx32" : "movsx64"](reg(dst), reg(src), Number(width) as 8)],
  [pattern("([rw])(\\d+) = -[rw](\\d+)"), (letter, dst) => asm[letter === "w" ? "neg32" : "neg64"](reg(dst))],
  [pattern(`([rw])(\\d+) = (${NUMBER})`), (letter, dst, value) => asm[letter === "w" ? "mov32" : "mov64"](reg(dst), operandOf(value))],
  [pattern(`([rw])(\\d+) (s>>|<<|>>|s/|s%|[-+*/%|&^])= (${NUMBER})`), (letter, dst, operation, value) =>
    builders[ALU[operation] + bits(letter)](reg(dst), operandOf(value))],
];

function statement(text: string): Statement {
  for (const [form, build] of FORMS) {
    const words = form.exec(text);
    if (words === null) continue;
    try {
      return build(...words.slice(1));
    } catch (error) {
      throw new SyntaxError(`cannot assemble "${text}": ${(error as Error).message}`, { cause: error });
    }
  }
  throw new SyntaxError(`cannot assemble "${text}"`);
}

/** Instructions of a text in the style of the verifier's log. Throws SyntaxError with the statement that is none. */
export function assemble(text: string): Insn[] {
  const statements: Statement[] = [];
  for (const part of text.replace(/(^|\s)#.*/gm, "$1").split(/[;\n]/)) {
    let rest = part.trim();
    for (let name = /^(\w+):\s*/.exec(rest); name !== null; name = /^(\w+):\s*/.exec(rest)) {
      statements.push({ label: name[1] });
      rest = rest.slice(name[0].length);
    }
    if (rest !== "") statements.push(statement(rest));
  }
  return link(statements);
}

/** The bytes of `assemble(text)`. */
export function assembleBytes(text: string): Uint8Array {
  return encodeInsns(assemble(text));
}
