import type { HelperExports } from "../helpers/exports.ts";
import { absentHelpers } from "./absent_helpers.ts";
import { csumHelpers } from "./csum_helpers.ts";
import { loadAbsolute } from "./ld_abs.ts";
import { networkHelpers } from "./network_helpers.ts";
import { perfHelpers } from "./perf_helpers.ts";
import { HostFault, type HostHelper, type Run } from "./run.ts";
import { skbBytesHelpers } from "./skb_bytes_helpers.ts";
import { skbRoomHelpers } from "./skb_room_helpers.ts";
import { skbShapeHelpers } from "./skb_shape_helpers.ts";
import { taskHelpers } from "./task_helpers.ts";
import { traceHelpers } from "./trace_helpers.ts";
import { xdpHelpers } from "./xdp_helpers.ts";

/** A helper as engines call it: as many registers as it takes. */
export type HostFunction = (...registers: bigint[]) => bigint;

/** The helpers of one kernel that are JavaScript, and the run that they are called for. */
export class HostFunctions {
  /** By the helper's name; and `ld_abs(skb, offset, size)`. */
  readonly functions: { readonly [name: string]: HostFunction };
  #current: Run | undefined;

  constructor(core: HelperExports) {
    const helpers: { readonly [name: string]: HostHelper } = {
      ...absentHelpers,
      ...taskHelpers,
      ...traceHelpers(core),
      ...xdpHelpers,
      ...skbBytesHelpers,
      ...skbShapeHelpers,
      ...skbRoomHelpers,
      ...csumHelpers,
      ...networkHelpers,
      ...perfHelpers,
    };
    const bound = Object.entries(helpers).map(([name, helper]): [string, HostFunction] => [
      name,
      (r1 = 0n, r2 = 0n, r3 = 0n, r4 = 0n, r5 = 0n) => helper(this.#run(), ...unsigned(r1, r2, r3, r4, r5)),
    ]);
    this.functions = {
      ...Object.fromEntries(bound),
      ld_abs: (_skb, offset, size) => loadAbsolute(this.#run(), Number(BigInt.asIntN(32, offset)), Number(size)),
    };
  }

  /** Makes `run` the one that helpers are called for while `body` runs. */
  enter(run: Run, body: () => void): void {
    const outer = this.#current;
    this.#current = run;
    try {
      body();
    } finally {
      this.#current = outer;
    }
  }

  #run(): Run {
    if (!this.#current) throw new HostFault("the helper needs a run");
    return this.#current;
  }
}

type Registers = [r1: bigint, r2: bigint, r3: bigint, r4: bigint, r5: bigint];

/** Engines hand registers over signed. */
const unsigned = (...registers: Registers): Registers => registers.map((register) => BigInt.asUintN(64, register)) as Registers;
