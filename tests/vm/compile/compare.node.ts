// Random programs in the engine and on the live kernel.
import { Prng } from "../../kernel/prng.ts";
import { randomPacket, randomProgram } from "./generator.ts";
import type { LivePrograms } from "./live.node.ts";
import { PACKETS_PER_PROGRAM } from "./vectors.ts";
import { XdpMachine } from "./xdp.ts";


/** Programs that one memory and engine run. */
const PROGRAMS_PER_MACHINE = 2000;

export interface Comparison {
  readonly programs: number;
  readonly runs: number;
  /** Programs that the kernel did not load, by errno. */
  readonly refused: ReadonlyMap<number, number>;
  /** Seeds whose results differ, with what differs. */
  readonly differences: readonly string[];
}

export function compareRandomPrograms(live: LivePrograms, firstSeed: number, count: number): Comparison {
  const refused = new Map<number, number>();
  const differences: string[] = [];
  let machine = new XdpMachine();
  let programs = 0;
  let runs = 0;
  for (let seed = firstSeed; seed < firstSeed + count; ++seed) {
    if (programs % PROGRAMS_PER_MACHINE === 0) machine = new XdpMachine();
    const insns = randomProgram(seed);
    const fd = live.load(insns);
    if (fd < 0) {
      refused.set(-fd, (refused.get(-fd) ?? 0) + 1);
      continue;
    }
    ++programs;
    const program = machine.prepare(insns);
    const random = new Prng(seed, "packets");
    for (let index = 0; index < PACKETS_PER_PROGRAM; ++index) {
      const packet = randomPacket(random);
      const theirs = live.run(fd, packet);
      const ours = machine.run(program, packet);
      ++runs;
      if (ours.retval !== theirs.retval) differences.push(`seed ${seed}, packet ${index}: R0 ${ours.retval}, the kernel's ${theirs.retval}`);
      const at = ours.packet.findIndex((byte, offset) => byte !== theirs.packet[offset]);
      if (at !== -1) differences.push(`seed ${seed}, packet ${index}: byte ${at} is ${ours.packet[at]}, the kernel's ${theirs.packet[at]}`);
    }
    live.close(fd);
  }
  return { programs, runs, refused, differences };
}
