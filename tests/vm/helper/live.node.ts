// The live kernel as a runner of helper cases.
import koffi from "koffi";
import { At, AttrBytes, Cmd, Limit } from "../../kernel/abi.ts";
import { BtfBuilder } from "../btf/builder.ts";
import { encodeInsns } from "../../../vm/insn/insn.ts";
import type { Insn } from "../../../vm/insn/insn.ts";
import * as op from "../../../vm/insn/opcodes.ts";
import { assemble } from "../../../vm/insn/text.ts";
import type { MapShape } from "../interp/machine.ts";
import type { Runner } from "./case.ts";

const SYS_BPF = 321;
const XDP = 6;
const LOG_BYTES = 1 << 16;

/** A program that the kernel has loaded. */
export interface Loaded {
  readonly fd: number;
  readonly log: string;
}

export class LiveRunner implements Runner {
  readonly #libc = koffi.load(null);
  readonly #syscall = this.#libc.func("long syscall(long nr, int cmd, void *attr, uint32_t size)");
  readonly #close = this.#libc.func("int close(int fd)");
  readonly #log = Buffer.alloc(LOG_BYTES);

  createMap({ type, keySize = 4, valueSize = 8, maxEntries = 1, flags = 0, innerFd = 0 }: MapShape): number {
    const attr = new AttrBytes(Limit.ATTR_SIZE);
    attr.u32(At.create.map_type, type).u32(At.create.key_size, keySize).u32(At.create.value_size, valueSize);
    attr.u32(At.create.max_entries, maxEntries).u32(At.create.map_flags, flags).u32(At.create.inner_map_fd, innerFd);
    return this.#must("MAP_CREATE", this.#bpf(Cmd.MAP_CREATE, attr.bytes));
  }

  update(fd: number, key: Uint8Array, value: Uint8Array): void {
    this.#must("MAP_UPDATE_ELEM", this.#elem(Cmd.MAP_UPDATE_ELEM, fd, Buffer.from(key), Buffer.from(value)));
  }

  lookup(fd: number, key: Uint8Array, size: number): Uint8Array {
    const value = Buffer.alloc(size);
    this.#must("MAP_LOOKUP_ELEM", this.#elem(Cmd.MAP_LOOKUP_ELEM, fd, Buffer.from(key), value));
    return new Uint8Array(value);
  }

  freeze(fd: number): void {
    this.#must("MAP_FREEZE", this.#bpf(Cmd.MAP_FREEZE, new AttrBytes(Limit.ATTR_SIZE).u32(0, fd).bytes));
  }

  close(fd: number): void {
    this.#close(fd);
  }

  runOnce(text: string): number {
    const { fd, log } = this.load(assemble(text));
    if (fd < 0) throw new Error(`the kernel refuses the program: errno ${-fd}\n${log}`);
    try {
      return this.testRun(fd) | 0;
    } finally {
      this.close(fd);
    }
  }

  /** PROG_LOAD as XDP; a negated errno in place of the fd where it is refused. Functions get the BTF that callbacks need. */
  load(insns: readonly Insn[]): Loaded {
    const btf = btfOf(insns);
    const btfFd = btf ? this.#loadBtf(btf.bytes) : 0;
    const held: Buffer[] = [];
    const attr = new AttrBytes(Limit.ATTR_SIZE);
    const pointer = (at: number, bytes: Uint8Array): void => {
      const buffer = Buffer.from(bytes);
      held.push(buffer);
      attr.u64(at, Number(koffi.address(buffer)));
    };
    attr.u32(0, XDP).u32(4, insns.length);
    pointer(8, encodeInsns(insns));
    pointer(16, Buffer.from("GPL\0"));
    attr.u32(24, 1).u32(28, LOG_BYTES).u64(32, Number(koffi.address(this.#log)));
    if (btf) {
      attr.u32(72, btfFd).u32(76, 8).u32(88, btf.records.length / 8);
      pointer(80, btf.records);
    }
    this.#log[0] = 0;
    const fd = this.#bpf(Cmd.PROG_LOAD, attr.bytes);
    if (btf) this.close(btfFd);
    return { fd, log: this.#log.toString("latin1", 0, this.#log.indexOf(0)) };
  }

  /** PROG_TEST_RUN on 64 zero bytes: retval. */
  testRun(fd: number): number {
    const attr = new AttrBytes(Limit.ATTR_SIZE);
    const data = Buffer.alloc(64);
    attr.u32(0, fd).u32(8, data.length).u64(16, Number(koffi.address(data)));
    this.#must("PROG_TEST_RUN", this.#bpf(Cmd.PROG_TEST_RUN, attr.bytes));
    return new DataView(attr.bytes.buffer).getUint32(4, true);
  }

  #loadBtf(bytes: Uint8Array): number {
    const buffer = Buffer.from(bytes);
    return this.#must("BTF_LOAD", this.#bpf(Cmd.BTF_LOAD, new AttrBytes(Limit.ATTR_SIZE).u64(0, Number(koffi.address(buffer))).u32(16, buffer.length).bytes));
  }

  #elem(cmd: number, fd: number, key: Buffer, value: Buffer): number {
    const attr = new AttrBytes(Limit.ATTR_SIZE);
    attr.u32(At.elem.map_fd, fd).u64(At.elem.key, key.length ? Number(koffi.address(key)) : 0).u64(At.elem.value, Number(koffi.address(value)));
    return this.#bpf(cmd, attr.bytes);
  }

  #bpf(cmd: number, attr: Uint8Array): number {
    const answer = Number(this.#syscall(SYS_BPF, cmd, attr, Limit.ATTR_SIZE));
    return answer < 0 ? -koffi.errno() : answer;
  }

  #must(command: string, answer: number): number {
    if (answer < 0) throw new Error(`${command} fails with errno ${-answer}`);
    return answer;
  }
}

/** A static `int f(void)` for each function of a program that has callbacks or functions; undefined for others. */
function btfOf(insns: readonly Insn[]): { bytes: Uint8Array; records: Uint8Array } | undefined {
  const starts = new Set<number>([0]);
  insns.forEach(({ code, src, imm }, index) => {
    const calls = code === (op.JMP | op.CALL) && src === op.PSEUDO_CALL;
    const loads = code === (op.LD | op.IMM | op.DW) && src === op.PSEUDO_FUNC;
    if (calls || loads) starts.add(index + 1 + imm);
  });
  if (starts.size === 1) return undefined;
  const builder = new BtfBuilder();
  const proto = builder.proto(builder.int(), []);
  const records = new Uint32Array([...starts].sort((a, b) => a - b).flatMap((start) => [start, builder.func(`f${start}`, proto, start ? 0 : 1)]));
  return { bytes: builder.bytes(), records: new Uint8Array(records.buffer) };
}
