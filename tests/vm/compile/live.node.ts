// Programs on the live kernel: PROG_LOAD and TEST_RUN.
import { encodeInsns } from "../../../vm/insn/insn.ts";
import type { Insn } from "../../../vm/insn/insn.ts";
import { LiveTarget } from "../../kernel/live.node.ts";
import type { XdpResult } from "./xdp.ts";

const PROG_LOAD = 5;
const PROG_TEST_RUN = 10;
const XDP = 6;
const ATTR_SIZE = 168;
const INSNS_MAX = 65_536;
const LOG_SIZE = 1 << 16;
/**
 * Programs that may be freed before a pause. The kernel (6.18) frees them in the background, a work item each, behind a lock that
 * loading holds while it waits for other items of the same queue: with 1,024 of them waiting, neither goes on, for good.
 */
const FREED_MAX = 200;

export class LivePrograms {
  readonly target = new LiveTarget();
  readonly #insns = this.target.region(INSNS_MAX);
  readonly #license = this.target.region(4096);
  readonly #packet = this.target.region(4096);
  readonly #out = this.target.region(4096);
  readonly #log = this.target.region(LOG_SIZE);

  #freed = 0;

  constructor() {
    this.#license.bytes.set([0x47, 0x50, 0x4c, 0]);
  }

  /** An fd, or a negated errno. */
  load(insns: readonly Insn[], withLog = false): number {
    this.#insns.bytes.set(encodeInsns(insns));
    const attr = new DataView(new ArrayBuffer(ATTR_SIZE));
    attr.setUint32(0, XDP, true);
    attr.setUint32(4, insns.length, true);
    attr.setBigUint64(8, BigInt(this.#insns.address), true);
    attr.setBigUint64(16, BigInt(this.#license.address), true);
    if (withLog) {
      attr.setUint32(24, 1, true);
      attr.setUint32(28, LOG_SIZE, true);
      attr.setBigUint64(32, BigInt(this.#log.address), true);
    }
    return this.target.bpf(PROG_LOAD, new Uint8Array(attr.buffer), ATTR_SIZE);
  }

  /** The log of the last load with one. */
  get log(): string {
    const { bytes } = this.#log;
    return new TextDecoder().decode(bytes.subarray(0, bytes.indexOf(0)));
  }

  run(fd: number, packet: Uint8Array): XdpResult {
    this.#packet.bytes.set(packet);
    const attr = new DataView(new ArrayBuffer(ATTR_SIZE));
    attr.setUint32(0, fd, true);
    attr.setUint32(8, packet.length, true);
    attr.setUint32(12, 4096, true);
    attr.setBigUint64(16, BigInt(this.#packet.address), true);
    attr.setBigUint64(24, BigInt(this.#out.address), true);
    const ret = this.target.bpf(PROG_TEST_RUN, new Uint8Array(attr.buffer), ATTR_SIZE);
    if (ret < 0) throw new Error(`TEST_RUN fails with errno ${-ret}`);
    return { retval: attr.getUint32(4, true), packet: this.#out.bytes.slice(0, attr.getUint32(12, true)) };
  }

  close(fd: number): void {
    this.target.close(fd);
    if (++this.#freed % FREED_MAX === 0) this.target.settle();
  }

  dispose(): void {
    this.target.dispose();
  }
}
