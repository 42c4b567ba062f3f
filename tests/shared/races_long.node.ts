// Races and terminations for as long as one likes:
//   npm run races -- [OPERATIONS] [KILLS]     of each kind of map; 1,000,000 and 200 by default
import { readFileSync } from "node:fs";
import { killThreads } from "./kills.ts";
import { victims } from "./mischief.ts";
import { race, races } from "./races.ts";

const [operations = 1_000_000, kills = 200] = process.argv.slice(2).map(Number);
/** Of one race: its history is judged as a whole. */
const SLICE = 100_000;
const debug = new WebAssembly.Module(new Uint8Array(readFileSync("build/shared_debug.wasm")));
const release = new WebAssembly.Module(new Uint8Array(readFileSync("build/shared.wasm")));

let wrong = 0;
for (const spec of races) {
  let done = 0;
  for (let seed = 1; done < operations; seed++) {
    const answer = await race(spec, seed % 2 === 0 ? debug : release, SLICE, seed);
    done += SLICE * spec.threads;
    if (answer === undefined) continue;
    wrong++;
    console.log(`${spec.name}, seed ${seed}: ${answer}`);
  }
  console.log(`${spec.name}: ${done} operations`);
}
for (const [index, { name }] of victims.entries()) {
  const report = kills === 0 ? undefined : await killThreads(index, debug, kills, index + 1);
  if (report === undefined) break;
  wrong += report.broken.length;
  console.log(`${name}: ${report.kills} kills, differences: ${report.broken.length === 0 ? 0 : report.broken.join("; ")}`);
}
console.log(`${wrong} differences`);
process.exitCode = wrong > 0 ? 1 : 0;
