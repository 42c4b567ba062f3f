import type { Executable } from "../image.ts";
import type { Environment } from "./environment.ts";
import type { Machine } from "./machine.ts";
import type { Run } from "./run.ts";

/** The results of a run, or of many. */
export interface Runs {
  /** Low half of the last R0. */
  readonly retval: number;
  /** Nanoseconds of one run, on average. */
  readonly duration: number;
}

const LOW_HALF = 0xffffffffn;

/** Runs one program on one kernel. The helpers of the host find the run that calls them in `current`. */
export class Runner {
  readonly machine: Machine;
  readonly environment: Environment;
  readonly #executable: Executable;
  readonly #enter: (run: Run, body: () => void) => void;

  /** `enter` makes a run the one that host helpers are called for, until its body has ended. */
  constructor(machine: Machine, environment: Environment, executable: Executable, enter: (run: Run, body: () => void) => void) {
    this.machine = machine;
    this.environment = environment;
    this.#executable = executable;
    this.#enter = enter;
  }

  /**
   * Runs the program `count` times, at least once, on the same context: what it changed stays for the next run, but what
   * `reset` sets before each.
   */
  repeat(context: Pick<Run, "xdp" | "skb"> & { reset?(): void }, ctx: number, count: number): Runs {
    const { reset, ...packet } = context;
    const runs = Math.max(1, count);
    let r0 = 0n;
    const started = this.environment.monotonic();
    this.#enter({ machine: this.machine, environment: this.environment, ...packet }, () => {
      for (let run = 0; run < runs; ++run) {
        reset?.();
        r0 = this.#executable.run(ctx);
      }
    });
    const spent = this.environment.monotonic() - started;
    return { retval: Number(r0 & LOW_HALF), duration: Number(spent / BigInt(runs)) };
  }

  /** Calls `body` on a CPU, and comes back; undefined stays where the caller is. */
  onCpu<T>(cpu: number | undefined, body: () => T): T {
    if (cpu === undefined) return body();
    const home = this.machine.cpu;
    this.machine.cpu = cpu;
    try {
      return body();
    } finally {
      this.machine.cpu = home;
    }
  }
}
