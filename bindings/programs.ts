// What a kernel gives the machine that runs its programs.
import type { Machine } from "./abi/machine.ts";
import type { Program, ProgramSpec } from "./abi/program_types.ts";
import { commandError } from "./errors.ts";

interface Calls {
  bpf(cmd: number, attr: object): number;
  close(fd: number): number;
}

/** `Kernel.loadProgram`. Throws TypeError where there is no machine. */
export function loadProgram(machine: Machine | undefined, kernel: Calls, spec: ProgramSpec): Program {
  if (machine === undefined) throw new TypeError("Cannot load program: the kernel has none: give Kernel.load() programs");
  return machine.loadProgram({
    bpf: (cmd, attr) => kernel.bpf(cmd, attr),
    close: (fd) => kernel.close(fd),
    failure: (errno, cmd, subject, why, log) => commandError(errno, cmd, subject, why, undefined, log),
  }, spec);
}
