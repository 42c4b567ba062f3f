import { Cmd } from "../../kernel/abi.ts";
import { Machine } from "../interp/machine.ts";
import type { MapShape } from "../interp/machine.ts";
import type { Runner } from "./case.ts";

const TRACE_PRINTK = 6;
const TRACE_VPRINTK = 177;

/** Cases through the interpreter. */
export class CoreRunner implements Runner {
  readonly machine: Machine;

  constructor(machine = new Machine()) {
    this.machine = machine;
    // The text is the core's, the answer its length; nobody reads it here.
    machine.host.set(TRACE_PRINTK, (...args) => machine.core.trace_format(...args));
    machine.host.set(TRACE_VPRINTK, (...args) => machine.core.trace_vformat(args[0], args[1], args[2], args[3]));
  }

  createMap(shape: MapShape): number {
    return this.machine.createMap(shape);
  }

  update(fd: number, key: Uint8Array, value: Uint8Array): void {
    const { answer } = this.machine.elem(Cmd.MAP_UPDATE_ELEM, fd, key, value);
    if (answer !== 0) throw new Error(`MAP_UPDATE_ELEM answers ${answer}`);
  }

  lookup(fd: number, key: Uint8Array, size: number): Uint8Array {
    const { answer, value } = this.machine.elem(Cmd.MAP_LOOKUP_ELEM, fd, key, new Uint8Array(size));
    if (answer !== 0) throw new Error(`MAP_LOOKUP_ELEM answers ${answer}`);
    return value;
  }

  freeze(fd: number): void {
    this.machine.freeze(fd);
  }

  runOnce(text: string): number {
    return Number(BigInt.asIntN(32, this.machine.run(text)));
  }

  close(fd: number): void {
    this.machine.core.close(fd);
  }
}
