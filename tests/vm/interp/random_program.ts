// Random programs that the kernel's verifier passes: numbers from a map, arithmetic, branches, loops, functions, stack, values
// and atomic operations. At the end all that can be seen of them is in the map `out`: the registers and their stack.
import type { Prng } from "../../kernel/prng.ts";
import { asm, r0, r1, r10 } from "../../../vm/insn/asm.ts";
import type { LoadSize, Operand, Register, Size } from "../../../vm/insn/asm.ts";
import { link } from "../../../vm/insn/program.ts";
import type { Statement } from "../../../vm/insn/program.ts";
import type { Insn } from "../../../vm/insn/insn.ts";

/** Registers that hold numbers all the time. */
const NUMBERS = 10;
/** Bytes of the stack that programs use as memory: below them the registers are put at the end. */
const STACK_BYTES = 64;
export const IN_SIZE = 8 * NUMBERS;
export const OUT_SIZE = 8 * NUMBERS + STACK_BYTES;
export const MEMORY_SIZE = 64;

export interface Fds {
  /** Arrays of one value: IN_SIZE numbers to begin with, MEMORY_SIZE bytes to work on, OUT_SIZE of results. */
  readonly input: number;
  readonly memory: number;
  readonly out: number;
}

const register = (number: number): Register => ({ register: number });
const ALU = ["add", "sub", "mul", "div", "mod", "sdiv", "smod", "or", "and", "xor", "mov"] as const;
const SHIFTS = ["lsh", "rsh", "arsh"] as const;
const JUMPS = ["jeq", "jne", "jgt", "jge", "jlt", "jle", "jsgt", "jsge", "jslt", "jsle", "jset"] as const;
const SIZES: readonly Size[] = ["u8", "u16", "u32", "u64"];
const LOADS: readonly LoadSize[] = ["u8", "u16", "u32", "u64", "s8", "s16", "s32"];
const ATOMICS = ["add", "or", "and", "xor", "fetch_add", "fetch_or", "fetch_and", "fetch_xor", "xchg", "cmpxchg"] as const;
/** Numbers at which operations change what they do. */
const EDGES = [0, 1, -1, 2, 31, 32, 63, 64, 127, 128, 255, 256, 0x7fff, 0x8000, 0x7fffffff, -0x80000000];

const bytesOf = (size: LoadSize): number => Number(size.slice(1)) / 8;
const builders = asm as unknown as Readonly<Record<string, (...args: unknown[]) => Statement>>;

class Generator {
  readonly #random: Prng;
  readonly #fds: Fds;
  readonly #out: Statement[] = [];
  #labels = 0;
  /** Registers that a loop counts in. */
  readonly #taken = new Set<number>();

  constructor(random: Prng, fds: Fds) {
    this.#random = random;
    this.#fds = fds;
  }

  program(): Insn[] {
    const random = this.#random;
    this.#begin();
    this.#units(random.between(5, 40), 2);
    this.#end();
    const calls = this.#out.some((statement) => !("label" in statement) && statement.target === "f");
    if (calls) this.#function();
    return link(this.#out);
  }

  /** Registers from `input`, which no verifier can know, and a stack of zeros. */
  #begin(): void {
    this.#out.push(asm.ldMapValue(r0, this.#fds.input));
    for (let number = 1; number < NUMBERS; ++number) this.#out.push(asm.ldx(register(number), "u64", r0, 8 * number));
    this.#out.push(asm.ldx(r0, "u64", r0, 0));
    for (let at = 8; at <= STACK_BYTES; at += 8) this.#out.push(asm.store("u64", r10, -at, 0));
  }

  #end(): void {
    const base = STACK_BYTES;
    for (let number = 0; number < NUMBERS; ++number) this.#out.push(asm.store("u64", r10, -base - 8 * (number + 1), register(number)));
    this.#out.push(asm.ldMapValue(r1, this.#fds.out));
    for (let at = 0; at < OUT_SIZE; at += 8) this.#out.push(asm.ldx(r0, "u64", r10, -OUT_SIZE + at), asm.store("u64", r1, at, r0));
    this.#out.push(asm.mov64(r0, 1), asm.exit());
  }

  /** Takes its five numbers and gives one. */
  #function(): void {
    this.#out.push(asm.label("f"), asm.mov64(r0, r1));
    for (let number = 6; number < NUMBERS; ++number) this.#out.push(asm.mov64(register(number), this.#random.u32()));
    for (let count = 0; count < 6; ++count) this.#alu();
    this.#out.push(asm.exit());
  }

  #units(count: number, depth: number): void {
    for (; count > 0; --count) {
      const kind = this.#random.weighted({ alu: 60, shift: 8, one: 8, jump: 12, stack: 8, value: 6, atomic: 6, loop: depth > 0 ? 2 : 0, call: 2, imm64: 3 });
      if (kind === "alu") this.#alu();
      else if (kind === "shift") this.#shift();
      else if (kind === "one") this.#one();
      else if (kind === "jump") this.#jump(depth);
      else if (kind === "stack") this.#access(r10, -STACK_BYTES, STACK_BYTES, true);
      else if (kind === "value") this.#value();
      else if (kind === "atomic") this.#atomic();
      else if (kind === "loop") this.#loop(depth);
      else if (kind === "call") this.#call();
      else this.#out.push(asm.ld64(this.#any(), (BigInt(this.#random.u32()) << 32n) | BigInt(this.#random.u32())));
    }
  }

  /** A register that may be written. */
  #any(): Register {
    for (;;) {
      const number = this.#random.below(NUMBERS);
      if (!this.#taken.has(number)) return register(number);
    }
  }

  #source(): Register {
    return register(this.#random.below(NUMBERS));
  }

  #immediate(): number {
    const random = this.#random;
    return random.chance(0.5) ? random.pick(EDGES) : random.u32() | 0;
  }

  #operand(): Operand {
    return this.#random.chance(0.6) ? this.#source() : this.#immediate();
  }

  #width(): string {
    return this.#random.chance(0.5) ? "64" : "32";
  }

  #alu(): void {
    const name = this.#random.pick(ALU);
    let operand = this.#operand();
    // Division by an immediate 0 is refused.
    if (/div|mod/.test(name) && operand === 0) operand = 3;
    this.#out.push(builders[name + this.#width()](this.#any(), operand));
  }

  #shift(): void {
    const width = this.#width();
    const operand = this.#random.chance(0.5) ? this.#source() : this.#random.below(Number(width));
    this.#out.push(builders[this.#random.pick(SHIFTS) + width](this.#any(), operand));
  }

  #one(): void {
    const random = this.#random;
    const kind = random.pick(["neg", "movsx", "be", "le", "bswap"] as const);
    const width = this.#width();
    if (kind === "neg") this.#out.push(builders[`neg${width}`](this.#any()));
    else if (kind === "movsx") this.#out.push(builders[`movsx${width}`](this.#any(), this.#source(), random.pick(width === "64" ? [8, 16, 32] : [8, 16])));
    else this.#out.push(builders[kind](this.#any(), random.pick([16, 32, 64])));
  }

  #jump(depth: number): void {
    const label = `l${this.#labels++}`;
    this.#out.push(builders[this.#random.pick(JUMPS) + this.#width().replace("64", "")](this.#source(), this.#operand(), label));
    this.#units(this.#random.between(1, 4), depth);
    this.#out.push(asm.label(label));
  }

  /** A load or a store somewhere in `size` bytes from `from` on. */
  #access(base: Register, from: number, size: number, aligned: boolean): void {
    const random = this.#random;
    const load = random.chance(0.5);
    const width = load ? random.pick(LOADS) : random.pick(SIZES);
    const bytes = bytesOf(width);
    const at = from + (aligned ? bytes * random.below(size / bytes) : random.below(size - bytes + 1));
    if (load) this.#out.push(asm.ldx(base.register === 10 ? this.#any() : base, width, base, at));
    else this.#out.push(asm.store(width as Size, base, at, random.chance(0.7) && base.register === 10 ? this.#source() : this.#immediate()));
  }

  /** The pointer is in a register for this access only. */
  #value(): void {
    const base = this.#any();
    this.#out.push(asm.ldMapValue(base, this.#fds.memory));
    this.#access(base, 0, MEMORY_SIZE, false);
    this.#out.push(asm.mov64(base, this.#immediate()));
  }

  #atomic(): void {
    const random = this.#random;
    const size = random.pick(["u32", "u64"] as const);
    const bytes = bytesOf(size);
    const operation = random.pick(ATOMICS);
    const free = [...this.#taken].length === 0 || !operation.includes("fetch");
    const source = free && !this.#taken.has(0) ? this.#any() : undefined;
    if (source === undefined) return;
    this.#out.push(asm.atomic(operation, size, r10, -STACK_BYTES + bytes * random.below(STACK_BYTES / bytes), source));
  }

  #loop(depth: number): void {
    const counter = this.#any();
    const label = `l${this.#labels++}`;
    this.#taken.add(counter.register);
    this.#out.push(asm.mov64(counter, this.#random.between(1, 5)), asm.label(label));
    this.#units(this.#random.between(1, 5), depth - 1);
    this.#out.push(asm.add64(counter, -1), asm.jne(counter, 0, label));
    this.#taken.delete(counter.register);
  }

  #call(): void {
    // The registers that a call destroys may be a loop's.
    for (let number = 0; number <= 5; ++number) if (this.#taken.has(number)) return;
    this.#out.push(asm.callFunction("f"));
    for (let number = 1; number <= 5; ++number) this.#out.push(asm.mov64(register(number), this.#immediate()));
  }
}

/** A random program on these maps. */
export function randomProgram(random: Prng, fds: Fds): Insn[] {
  return new Generator(random, fds).program();
}

/** Numbers to begin with: edges and anything. */
export function randomInput(random: Prng): Uint8Array {
  const numbers = BigInt64Array.from({ length: NUMBERS }, () => {
    if (random.chance(0.4)) return BigInt(random.pick(EDGES));
    if (random.chance(0.1)) return -(1n << 63n);
    return BigInt.asIntN(64, (BigInt(random.u32()) << 32n) | BigInt(random.u32()));
  });
  return new Uint8Array(numbers.buffer);
}
