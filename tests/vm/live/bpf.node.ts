// bpf(2) of the live kernel for programs and BTF, through koffi: what a load answers and what its log says.
import koffi from "koffi";
import { programsRefusal } from "../../kernel/programs.node.ts";

const SYS_BPF = 321;
const ATTR_BYTES = 168;
const LOG_BYTES = 1 << 20;
/** The shortest log, without its NUL, and the digits that a longer one may have. */
const FOOTER_BYTES = 97;
const FOOTER_SLACK = 14;
const ENOSPC = 28;
/**
 * The kernel frees programs later, on workers of its own, of which there are 1024 for each CPU. Closing many in a row can take up all
 * of them, and then nothing on the machine can be compiled again: so there is a rest after this many.
 */
const CLOSES_WITHOUT_REST = 100;
const REST_MS = 30;
const MAP_CREATE = 0;
const MAP_FREEZE = 22;
const PROG_LOAD = 5;
const BTF_LOAD = 18;

/** What a load answered. */
export interface LiveAnswer {
  /** 0, or a positive errno. */
  readonly errno: number;
  /** The descriptor; -1 after an error. */
  readonly fd: number;
  readonly log: string;
  /** Bytes that the whole log takes, of programs. */
  readonly logSize?: number;
}

/** Fields of PROG_LOAD's attr beside insns. Addresses are filled in for bytes. */
export interface LiveProgram {
  readonly type: number;
  readonly insns: Uint8Array;
  readonly license?: string;
  readonly logLevel?: number;
  readonly logBytes?: number;
  readonly flags?: number;
  readonly expectedAttachType?: number;
  readonly btfFd?: number;
  readonly funcInfo?: Uint8Array;
  readonly funcInfoRecordSize?: number;
  readonly lineInfo?: Uint8Array;
  readonly lineInfoRecordSize?: number;
  readonly coreRelos?: Uint8Array;
  readonly attachBtfId?: number;
  readonly fdArray?: Uint8Array;
  readonly fdArrayCount?: number;
}

export interface LiveMap {
  readonly type: number;
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  readonly flags?: number;
  readonly innerMapFd?: number;
  readonly btfFd?: number;
  readonly keyTypeId?: number;
  readonly valueTypeId?: number;
}

/** Why there is no live kernel to compare with, or undefined where there is one. */
export { programsRefusal };

/** The live kernel. `dispose` closes what is open. */
export class LiveBpf {
  readonly #libc = koffi.load(null);
  readonly #syscall = this.#libc.func("long syscall(long nr, int cmd, void *attr, uint32_t size)");
  readonly #close = this.#libc.func("int close(int fd)");
  readonly #log = Buffer.alloc(LOG_BYTES);
  readonly #fds = new Set<number>();
  #closes = 0;

  btfLoad(bytes: Uint8Array): LiveAnswer {
    const attr = this.#attr();
    const held = Buffer.from(bytes);
    attr.pointer(0, held).pointer(8, this.#log).u32(16, bytes.length).u32(20, LOG_BYTES).u32(24, 1);
    return this.#load(BTF_LOAD, attr.bytes);
  }

  progLoad(program: LiveProgram): LiveAnswer {
    const attr = this.#attr();
    const license = Buffer.from(`${program.license ?? "GPL"}\0`, "latin1");
    attr.u32(0, program.type).u32(4, program.insns.length / 8).pointer(8, Buffer.from(program.insns)).pointer(16, license);
    attr.u32(24, program.logLevel ?? 1).u32(28, program.logBytes ?? LOG_BYTES).pointer(32, this.#log).u32(44, program.flags ?? 0);
    attr.u32(68, program.expectedAttachType ?? 0).u32(72, program.btfFd ?? 0).u32(108, program.attachBtfId ?? 0);
    const records = (at: number, countAt: number, sizeAt: number, bytes: Uint8Array | undefined, size: number): void => {
      if (bytes === undefined) return;
      attr.pointer(at, Buffer.from(bytes)).u32(countAt, Math.floor(bytes.length / size)).u32(sizeAt, size);
    };
    records(80, 88, 76, program.funcInfo, program.funcInfoRecordSize ?? 8);
    records(96, 104, 92, program.lineInfo, program.lineInfoRecordSize ?? 16);
    records(128, 116, 136, program.coreRelos, 16);
    if (program.fdArray !== undefined) attr.pointer(120, Buffer.from(program.fdArray));
    attr.u32(148, program.fdArrayCount ?? 0);
    return { ...this.#load(PROG_LOAD, attr.bytes), logSize: attr.bytes.readUInt32LE(140) };
  }

  /**
   * The verifier's judgement without a program. The kernel cuts the log of a good program back to its footer, but a log that was too
   * short at any time ends PROG_LOAD behind the verifier. A program that is refused is loaded again for its errno and whole log.
   */
  progJudge(program: LiveProgram): LiveAnswer {
    const shortest = this.progLoad({ ...program, logLevel: 1, logBytes: FOOTER_BYTES });
    if (shortest.errno === ENOSPC && (shortest.logSize ?? 0) <= FOOTER_BYTES + 1) return { errno: 0, fd: -1, log: `p${shortest.log}` };
    const { errno, log } = this.progLoad({ ...program, logLevel: 1, logBytes: Math.min(FOOTER_BYTES + FOOTER_SLACK, (shortest.logSize ?? 0) - 1) });
    if (errno === ENOSPC && log.startsWith("processed ")) return { errno: 0, fd: -1, log };
    return this.progLoad({ ...program, logLevel: 4 });
  }

  /** A map's descriptor. Throws when the kernel refuses it. */
  mapCreate(map: LiveMap): number {
    const attr = this.#attr();
    attr.u32(0, map.type).u32(4, map.keySize).u32(8, map.valueSize).u32(12, map.maxEntries).u32(16, map.flags ?? 0);
    attr.u32(20, map.innerMapFd ?? 0).u32(48, map.btfFd ?? 0).u32(52, map.keyTypeId ?? 0).u32(56, map.valueTypeId ?? 0);
    const answer = this.#bpf(MAP_CREATE, attr.bytes);
    if (answer < 0) throw new Error(`MAP_CREATE of type ${map.type} fails with errno ${-answer}`);
    return answer;
  }

  freeze(fd: number): void {
    const answer = this.#bpf(MAP_FREEZE, this.#attr().u32(0, fd).bytes);
    if (answer < 0) throw new Error(`MAP_FREEZE fails with errno ${-answer}`);
  }

  close(fd: number): void {
    if (!this.#fds.delete(fd)) return;
    this.#close(fd);
    if (++this.#closes % CLOSES_WITHOUT_REST === 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, REST_MS);
  }

  dispose(): void {
    for (const fd of [...this.#fds]) this.close(fd);
  }

  #load(cmd: number, attr: Buffer): LiveAnswer {
    this.#log[0] = 0;
    const answer = this.#bpf(cmd, attr);
    const log = this.#log.toString("latin1", 0, this.#log.indexOf(0));
    return answer < 0 ? { errno: -answer, fd: -1, log } : { errno: 0, fd: answer, log };
  }

  #bpf(cmd: number, attr: Buffer): number {
    const answer = Number(this.#syscall(SYS_BPF, cmd, attr, ATTR_BYTES));
    if (answer < 0) return -koffi.errno();
    this.#fds.add(answer);
    return answer;
  }

  #attr(): Attr {
    return new Attr();
  }
}

/** The attr with the buffers that it points to, which stay reachable as long as it. */
class Attr {
  readonly bytes = Buffer.alloc(ATTR_BYTES);
  readonly held: Buffer[] = [];

  u32(at: number, value: number): this {
    this.bytes.writeUInt32LE(value >>> 0, at);
    return this;
  }

  pointer(at: number, buffer: Buffer): this {
    this.held.push(buffer);
    this.bytes.writeBigUInt64LE(buffer.length === 0 ? 0n : BigInt(koffi.address(buffer)), at);
    return this;
  }
}
