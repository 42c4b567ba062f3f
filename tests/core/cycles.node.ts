// The long run: npx tsx tests/core/cycles.node.ts [cycles], 10,000 of every type if left out.
import { checkCycles } from "./cycles.ts";
import { lives } from "./lives.ts";

const count = Number(process.argv[2] ?? 10_000);
for (const life of lives) {
  const started = performance.now();
  checkCycles(life, count);
  console.log(`${life.name}: ${count} cycles, memory is flat (${((performance.now() - started) / 1000).toFixed(2)} s)`);
}
