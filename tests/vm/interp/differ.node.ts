// The same random programs on the live kernel and in the interpreter.
import { Prng } from "../../kernel/prng.ts";
import { hex } from "../../kernel/hex.ts";
import { CoreRunner } from "../helper/core_runner.ts";
import { LiveRunner } from "../helper/live.node.ts";
import type { Runner } from "../helper/case.ts";
import { IN_SIZE, MEMORY_SIZE, OUT_SIZE, randomInput, randomProgram } from "./random_program.ts";
import type { Fds } from "./random_program.ts";
import type { Insn } from "../../../vm/insn/insn.ts";

export interface Difference {
  readonly seed: number;
  readonly text: string;
}

export interface Totals {
  readonly programs: number;
  /** Programs that the kernel's verifier refuses. */
  readonly refused: number;
  readonly differences: readonly Difference[];
}

const KEY = new Uint8Array(4);

function mapsOf(runner: Runner): Fds {
  const array = (valueSize: number): number => runner.createMap({ type: 2, keySize: 4, valueSize, maxEntries: 1 });
  return { input: array(IN_SIZE), memory: array(MEMORY_SIZE), out: array(OUT_SIZE) };
}

/** Runs `count` programs, the first of this seed. */
export function compare(seed: number, count: number): Totals {
  const core = new CoreRunner();
  const live = new LiveRunner();
  const coreFds = mapsOf(core);
  const liveFds = mapsOf(live);
  const differences: Difference[] = [];
  let refused = 0;
  for (let index = 0; index < count; ++index) {
    const here = new Prng(seed + index, "program");
    const input = randomInput(here);
    const memory = here.bytes(MEMORY_SIZE);
    const result = (runner: Runner, fds: Fds, run: (insns: readonly Insn[]) => void): string => {
      runner.update(fds.input, KEY, input);
      runner.update(fds.memory, KEY, memory);
      run(randomProgram(new Prng(seed + index, "insns"), fds));
      return `${hex(runner.lookup(fds.out, KEY, OUT_SIZE))} ${hex(runner.lookup(fds.memory, KEY, MEMORY_SIZE))}`;
    };
    let accepted = true;
    const expected = result(live, liveFds, (insns) => {
      const { fd } = live.load(insns);
      accepted = fd >= 0;
      if (!accepted) return;
      live.testRun(fd);
      live.close(fd);
    });
    if (!accepted) {
      ++refused;
      continue;
    }
    const answer = result(core, coreFds, (insns) => core.machine.run(insns));
    if (answer !== expected) differences.push({ seed: seed + index, text: `kernel ${expected}\nhere   ${answer}` });
  }
  for (const fd of Object.values(liveFds)) live.close(fd as number);
  return { programs: count, refused, differences };
}
