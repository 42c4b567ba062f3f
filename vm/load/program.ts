import { Cmd, Errno } from "../../assembly/uapi/constants.ts";
import { ProgLimit, ProgType } from "../../assembly/uapi/prog_constants.ts";
import type { Program, ProgramInfo, ProgramKernel, ProgramRun, ProgramRunOptions } from "../../bindings/abi/program_types.ts";
import { dispose } from "../../bindings/dispose.ts";
import { nameOf } from "./map_facts.ts";
import { type RunMachine, runProgram } from "./program_run.ts";

/** Offsets in struct bpf_prog_info. */
const Info = {
  type: 0, id: 4, tag: 8, loadTime: 40, name: 64, flags: 84, btfId: 128, runTime: 192, runCount: 200, verifiedInsns: 216,
} as const;
const NAME_SIZE = 16;
const TAG_SIZE = 8;

/** What the object needs of the machine. */
export interface LoadedMachine extends RunMachine {
  /** Ids of the maps that the program with an id keeps. */
  mapIds(id: number): number[];
}

/** The object for a program's fd. */
export class LoadedProgram implements Program {
  readonly #kernel: ProgramKernel;
  readonly #name: string;
  readonly #machine: LoadedMachine;
  #fd: number;

  constructor(kernel: ProgramKernel, fd: number, name: string, machine: LoadedMachine) {
    this.#kernel = kernel;
    this.#fd = fd;
    this.#name = name;
    this.#machine = machine;
  }

  get fd(): number {
    return this.#fd;
  }

  info(): ProgramInfo {
    const bytes = this.#read(new Uint8Array(ProgLimit.INFO_SIZE));
    const view = new DataView(bytes.buffer);
    const word = (at: number): number => view.getUint32(at, true);
    const wide = (at: number): bigint => view.getBigUint64(at, true);
    const tag = bytes.subarray(Info.tag, Info.tag + TAG_SIZE);
    return {
      type: (ProgType[word(Info.type)] ?? String(word(Info.type))).toLowerCase(),
      typeNumber: word(Info.type),
      id: word(Info.id),
      name: nameOf(bytes.subarray(Info.name, Info.name + NAME_SIZE)),
      tag: Array.from(tag, (byte) => byte.toString(16).padStart(2, "0")).join(""),
      gplCompatible: (word(Info.flags) & 1) !== 0,
      loadTime: wide(Info.loadTime),
      verifiedInsns: word(Info.verifiedInsns),
      mapIds: this.#machine.mapIds(word(Info.id)),
      btfId: word(Info.btfId),
      runCount: wide(Info.runCount),
      runTime: wide(Info.runTime),
    };
  }

  pin(path: string): void {
    const ret = this.#kernel.bpf(Cmd.OBJ_PIN, { pathname: path, bpf_fd: this.#fd });
    if (ret < 0) throw this.#kernel.failure(ret, Cmd.OBJ_PIN, this.#subject());
  }

  run(options: ProgramRunOptions = {}): ProgramRun {
    if (this.#fd < 0) throw this.#kernel.failure(-Errno.EBADF, Cmd.PROG_TEST_RUN, this.#subject());
    const view = new DataView(this.#read(new Uint8Array(ProgLimit.INFO_SIZE)).buffer);
    const [id, type] = [Info.id, Info.type].map((at) => view.getUint32(at, true));
    return runProgram(this.#kernel, this.#machine, { fd: this.#fd, id, type, subject: this.#subject() }, options);
  }

  close(): void {
    const fd = this.#fd;
    if (fd < 0) return;
    this.#fd = -1;
    this.#kernel.close(fd);
  }

  #read(info: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
    const ret = this.#kernel.bpf(Cmd.OBJ_GET_INFO_BY_FD, { bpf_fd: this.#fd, info_len: info.length, info });
    if (ret < 0) throw this.#kernel.failure(this.#fd < 0 ? -Errno.EBADF : ret, Cmd.OBJ_GET_INFO_BY_FD, this.#subject());
    return info;
  }

  /** `close()`, for `using`. */
  [dispose](): void {
    this.close();
  }

  #subject(): string {
    return subjectOf(this.#name);
  }
}

/** A program as error messages call it. */
export const subjectOf = (name: string): string => (name === "" ? "program" : `program ${JSON.stringify(name)}`);
