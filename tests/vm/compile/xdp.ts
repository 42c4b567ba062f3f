// Runs of XDP programs on a packet, in the engine.
import type { CompiledExecutable } from "../../../vm/engine/engine.ts";
import type { Insn } from "../../../vm/insn/insn.ts";
import { Machine, codeOf } from "./machine.ts";

/** What a run leaves: its result, and the packet. */
export interface XdpResult {
  readonly retval: number;
  readonly packet: Uint8Array;
}

/** An engine with a packet and its context. */
export class XdpMachine {
  readonly machine = new Machine();
  readonly ctx = this.machine.data(64);
  readonly packet = this.machine.data(4096);

  prepare(insns: readonly Insn[]): CompiledExecutable {
    return this.machine.engine.prepare(codeOf(insns));
  }

  run(program: CompiledExecutable, packet: Uint8Array): XdpResult {
    const { bytes, view } = this.machine;
    bytes.set(packet, this.packet);
    bytes.fill(0, this.ctx, this.ctx + 64);
    view.setUint32(this.ctx, this.packet, true);
    view.setUint32(this.ctx + 4, this.packet + packet.length, true);
    view.setUint32(this.ctx + 8, this.packet, true);
    const retval = program.run32(this.ctx);
    return { retval, packet: this.machine.bytes.slice(this.packet, this.packet + packet.length) };
  }
}
