import type { Environment } from "./environment.ts";
import type { Machine } from "./machine.ts";
import type { SkbContext } from "./skb_context.ts";
import type { XdpContext } from "./xdp_context.ts";

/** What a helper of the host knows of the run that calls it. */
export interface Run {
  readonly machine: Machine;
  readonly environment: Environment;
  /** The packet, for the types that have one. */
  readonly xdp?: XdpContext;
  readonly skb?: SkbContext;
}

/**
 * A helper of the host: registers R1 to R5 (as many as it takes) to R0. It throws HostFault for an argument that no program
 * which the verifier passed can have.
 */
export type HostHelper = (run: Run, r1: bigint, r2: bigint, r3: bigint, r4: bigint, r5: bigint) => bigint;

/** A helper's argument broke a rule; the engine that called turns it into a ProgramFault. */
export class HostFault extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = "HostFault";
  }
}

/** The bytes of a buffer that the program gave, to be read or written at once; a fault when they are not data memory. */
export function bufferOf({ machine }: Run, address: bigint, size: number): Uint8Array {
  const at = Number(address);
  if (size === 0) return new Uint8Array(0);
  if (address > 0xffffffffn || !machine.isData(at, size)) throw new HostFault("the argument reaches outside data memory");
  return machine.bytes().subarray(at, at + size);
}
