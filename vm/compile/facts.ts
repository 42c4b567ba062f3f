import { R10 } from "../insn/opcodes.ts";

// What is known of R0 to R9 at one point of a function, by way of every path that leads there. Two things: what a register
// holds, where that is a constant that the compiler can use; and around which offsets from its address memory is known to be
// the program's. The latter stays true for the whole run: a chunk keeps its kind until the run ends.

export const Holds = {
  unknown: 0,
  /** An address in the frame: R10 + value. */
  frame: 1,
  /** The address of the program's map number `value`. */
  map: 2,
  /** The program's function number `value`. */
  function: 3,
} as const;

/** Distance from the first to the last byte that one check may cover: less than a chunk, so that the two ends' chunks are all. */
export const SPAN_MAX = 0x8000;

export class Facts {
  #holds = new Int8Array(R10);
  #value = new Int32Array(R10);
  /** Checked: the bytes from the register's address + from up to + to. Nothing when they are equal. */
  #from = new Int32Array(R10);
  #to = new Int32Array(R10);
  /** Registers whose window (memory.ts) holds the chunk of an address that was checked, as a mask. */
  windows = 0;

  clone(): Facts {
    const copy = new Facts();
    copy.#holds.set(this.#holds);
    copy.#value.set(this.#value);
    copy.#from.set(this.#from);
    copy.#to.set(this.#to);
    copy.windows = this.windows;
    return copy;
  }

  holds(register: number): number {
    return this.#holds[register];
  }

  value(register: number): number {
    return this.#value[register];
  }

  /** The register gets a value of which nothing, or only what it holds, is known. */
  set(register: number, holds: number = Holds.unknown, value = 0): void {
    this.#holds[register] = holds;
    this.#value[register] = value;
    this.#from[register] = this.#to[register] = 0;
  }

  forget(mask: number): void {
    for (let register = 0; mask >> register !== 0; ++register) if ((mask >> register) & 1) this.set(register);
  }

  copy(to: number, from: number): void {
    this.#holds[to] = this.#holds[from];
    this.#value[to] = this.#value[from];
    this.#from[to] = this.#from[from];
    this.#to[to] = this.#to[from];
  }

  /** The register's address moves by a constant. */
  move(register: number, by: number): void {
    const value = this.#value[register] + by;
    const from = this.#from[register] - by;
    const small = Math.abs(by) < SPAN_MAX && Math.abs(value) < SPAN_MAX && Math.abs(from) < SPAN_MAX;
    if (!small || (this.#holds[register] !== Holds.frame && this.#holds[register] !== Holds.unknown)) return this.set(register);
    if (this.#holds[register] === Holds.frame) this.#value[register] = value;
    this.#from[register] = from;
    this.#to[register] -= by;
  }

  isChecked(register: number, from: number, to: number): boolean {
    return from >= this.#from[register] && to <= this.#to[register];
  }

  /** Notes that the bytes from the register's address + from up to + to were checked. */
  check(register: number, from: number, to: number): void {
    const wholeFrom = Math.min(from, this.#from[register]);
    const wholeTo = Math.max(to, this.#to[register]);
    const isNew = this.#from[register] === this.#to[register];
    const joins = !isNew && wholeTo - wholeFrom <= SPAN_MAX;
    this.#from[register] = joins ? wholeFrom : from;
    this.#to[register] = joins ? wholeTo : to;
  }
}
