// A caller of bpf(2) for the tables of this folder: commands with fields by name, on the engine or on the live kernel.
import * as assert from "uvu/assert";
import { attrTable } from "../../../bindings/abi/attr.ts";
import { PROGRAM_TABLES } from "../../../bindings/abi/attr_programs.ts";
import type { Machine } from "../../../bindings/abi/machine.ts";
import { assembleBytes } from "../../../vm/insn/text.ts";
import { answerText } from "../../core/machine.ts";
import { AttrBytes, Cmd, Limit, MapType } from "../../kernel/abi.ts";
import { type Address, addressOf, type BadPointer, type Region, type Target } from "../../kernel/target.ts";

export interface Bad {
  bad: BadPointer;
}
export const unmapped: Bad = { bad: "unmapped" };
export type Field = number | bigint | string | Uint8Array | Bad | null;
export type Fields = Record<string, Field>;

export const XDP = 6;
export const SOCKET_FILTER = 1;
/** No process has this many fds open. */
export const CLOSED_FD = 0x3fffff00;
const ROOM = 1 << 20;
const PASS = "r0 = 2; exit";
const OPENS: ReadonlySet<number> = new Set([
  Cmd.MAP_CREATE, Cmd.PROG_LOAD, Cmd.BTF_LOAD, Cmd.OBJ_GET, Cmd.MAP_GET_FD_BY_ID, Cmd.PROG_GET_FD_BY_ID, Cmd.BTF_GET_FD_BY_ID, Cmd.ENABLE_STATS,
]);

export class ProgMachine {
  readonly target: Target;
  readonly #room: Region;
  #used = 0;
  #fds = new Set<number>();
  #paths: string[] = [];

  constructor(target: Target) {
    this.target = target;
    this.#room = target.region(ROOM);
  }

  /** bpf(2). Bytes in `fields` and the fields that the command writes hold afterwards what it wrote. `pokes` are words at offsets. */
  call(cmd: number, fields: Fields, { size = Limit.ATTR_SIZE as number, pokes = [] as readonly (readonly [at: number, word: number])[] } = {}): number {
    this.#used = 0;
    const attr = new AttrBytes(Limit.ATTR_SIZE);
    const table = attrTable(cmd, { attrTables: PROGRAM_TABLES } as unknown as Machine);
    const spots: (() => void)[] = [];
    for (const [name, value] of Object.entries(fields)) {
      const field = table.fields.find((it) => it.name === name);
      if (field === undefined) throw new Error(`command ${cmd} has no field "${name}"`);
      if (field.kind === "name") attr.bytes.set(latin1(String(value)), field.offset);
      else if (field.kind === "ptr" || field.kind === "path" || field.kind === "u64") attr.address(field.offset, this.#address(value, spots));
      else attr.u32(field.offset, Number(value) >>> 0);
    }
    for (const [at, word] of pokes) attr.u32(at, word);
    const answer = this.target.bpf(cmd, attr.bytes, size);
    for (const read of spots) read();
    for (const { name, offset } of table.outs) fields[name] = new DataView(attr.bytes.buffer).getUint32(offset, true);
    if (OPENS.has(cmd) && answer >= 0) this.#fds.add(answer);
    return answer;
  }

  /** What PROG_LOAD answers for a program that is fine but for `fields`. */
  load(fields: Fields = {}, text: string = PASS, options: Parameters<ProgMachine["call"]>[2] = {}): number {
    const insns = assembleBytes(text);
    const all: Fields = { prog_type: XDP, insns, insn_cnt: insns.length / 8, license: "GPL", ...fields };
    const answer = this.call(Cmd.PROG_LOAD, all, options);
    for (const name of Object.keys(fields)) fields[name] = all[name];
    return answer;
  }

  /** The fd of such a program. */
  program(fields: Fields = {}, text?: string): number {
    return this.opened(this.load(fields, text), "PROG_LOAD");
  }

  map(fields: Fields = {}): number {
    const all = { map_type: MapType.HASH, key_size: 4, value_size: 8, max_entries: 4, ...fields };
    return this.opened(this.call(Cmd.MAP_CREATE, all), "MAP_CREATE");
  }

  btf(bytes: Uint8Array): number {
    return this.opened(this.call(Cmd.BTF_LOAD, { btf: bytes, btf_size: bytes.length }), "BTF_LOAD");
  }

  opened(fd: number, what: string): number {
    assert.ok(fd >= 0, `${what} answers ${answerText(fd)}`);
    return fd;
  }

  /** The info of an object, of up to `size` bytes, with words set before; or the negated errno. */
  info(fd: number, size: number, words: readonly (readonly [at: number, word: number])[] = []): DataView | number {
    const info = new Uint8Array(size);
    const view = new DataView(info.buffer);
    for (const [at, word] of words) view.setUint32(at, word, true);
    const answer = this.call(Cmd.OBJ_GET_INFO_BY_FD, { bpf_fd: fd, info_len: size, info });
    return answer < 0 ? answer : view;
  }

  id(fd: number, at = 4): number {
    const view = this.info(fd, 64);
    if (typeof view === "number") throw new Error(`OBJ_GET_INFO_BY_FD answers ${answerText(view)}`);
    return view.getUint32(at, true);
  }

  path(name: string): string {
    const path = `${this.target.bpffs}/${name}`;
    this.#paths.push(path);
    return path;
  }

  /** A block for what a struct points to, with its address in the low half, and in the high half. */
  block(size: number): Region & { low: number; high: number } {
    const region = this.target.region(size);
    const { low, high } = addressOf(region.address);
    return { address: region.address, size, low, high, get bytes() { return region.bytes; } };
  }

  close(fd: number): number {
    this.#fds.delete(fd);
    return this.target.close(fd);
  }

  finish(): void {
    for (const fd of this.#fds) this.target.close(fd);
    this.#fds.clear();
    for (const path of this.#paths) this.target.unlink(path);
    this.#paths = [];
  }

  #address(value: Field, spots: (() => void)[]): Address {
    if (value === null) return { low: 0, high: 0 };
    if (typeof value === "number") return addressOf(value);
    if (typeof value === "bigint") return { low: Number(value & 0xffffffffn), high: Number(value >> 32n) };
    if (typeof value !== "string" && "bad" in value) return this.target.badPointer(value.bad);
    const bytes = typeof value === "string" ? latin1(`${value}\0`) : value;
    const at = this.#used;
    this.#used += (bytes.length + 7) & ~7;
    if (this.#used > ROOM) throw new Error("the buffers of a row are too large");
    this.#room.bytes.set(bytes, at);
    spots.push(() => typeof value !== "string" && bytes.set(this.#room.bytes.subarray(at, at + bytes.length)));
    return addressOf(this.#room.address + at);
  }
}

const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (char) => char.charCodeAt(0));

export interface Row {
  name: string;
  run(machine: ProgMachine): void;
}

export interface Table {
  name: string;
  rows: Row[];
}

/** One command, and its answer: a negated errno, or 0 for anything else. */
export const row = (name: string, cmd: number, fields: (m: ProgMachine) => Fields, expected: number, options?: Parameters<ProgMachine["call"]>[2]): Row => ({
  name,
  run: (m) => answers(m.call(cmd, fields(m), options), expected, name),
});

/** The same for PROG_LOAD of a small program. */
export const loads = (name: string, fields: Fields | ((m: ProgMachine) => Fields), expected: number, text?: string, options?: Parameters<ProgMachine["call"]>[2]): Row => ({
  name,
  run: (m) => answers(m.load(typeof fields === "function" ? fields(m) : fields, text, options), expected, name),
});

export const story = (name: string, run: (m: ProgMachine) => void): Row => ({ name, run });

/** An answer of 0 or more counts as 0. */
export function answers(answer: number, expected: number, what = ""): void {
  assert.is(answerText(Math.min(answer, 0)), answerText(expected), what || undefined);
}
