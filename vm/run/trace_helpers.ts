import type { HelperExports } from "../helpers/exports.ts";
import type { HostHelper } from "./run.ts";

/** bpf_trace_printk and bpf_trace_vprintk: the core makes the text, the environment takes it. R0 is its number of bytes. */
export function traceHelpers(core: HelperExports): { readonly [name: string]: HostHelper } {
  const traced =
    (format: (r1: bigint, r2: bigint, r3: bigint, r4: bigint, r5: bigint) => bigint): HostHelper =>
    ({ machine, environment }, ...registers) => {
      const length = BigInt.asIntN(64, format(...registers));
      if (length < 0n) return BigInt.asUintN(64, length);
      const start = core.trace_text();
      environment.trace(new TextDecoder().decode(machine.bytes().slice(start, start + Number(length))));
      return length;
    };
  return {
    trace_printk: traced((r1, r2, r3, r4, r5) => core.trace_format(r1, r2, r3, r4, r5)),
    trace_vprintk: traced((r1, r2, r3, r4) => core.trace_vformat(r1, r2, r3, r4)),
  };
}
