// Random programs, as many as asked for, in the engine and on the live kernel:
//   tsx tests/vm/compile/diff.node.ts [count] [first seed]
import { compareRandomPrograms } from "./compare.node.ts";
import { LivePrograms } from "./live.node.ts";

const SHARE = 1000;
const count = Number(process.argv[2] ?? 100_000);
const firstSeed = Number(process.argv[3] ?? 1);

const live = new LivePrograms();
let programs = 0;
let runs = 0;
const refused = new Map<number, number>();
const differences: string[] = [];
for (let done = 0; done < count; done += SHARE) {
  const share = compareRandomPrograms(live, firstSeed + done, Math.min(SHARE, count - done));
  programs += share.programs;
  runs += share.runs;
  for (const [errno, times] of share.refused) refused.set(errno, (refused.get(errno) ?? 0) + times);
  for (const difference of share.differences) console.log(difference);
  differences.push(...share.differences);
}
live.dispose();
const refusals = [...refused].map(([errno, times]) => `${times} with errno ${errno}`).join(", ");
console.log(`${programs} programs, ${runs} runs, ${differences.length} differences; the kernel refused ${refusals || "none"}`);
process.exitCode = differences.length > 0 ? 1 : 0;
