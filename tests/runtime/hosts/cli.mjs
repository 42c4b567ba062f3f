// Host of the suites in a command line runtime (Node, Deno, Bun): prints one report line.
import { runSuites } from "./suite.mjs";
import { smoke } from "./smoke.mjs";

const report = { smoke: "", error: "", summary: undefined };
try {
  report.smoke = await smoke();
  report.summary = await runSuites();
} catch (error) {
  report.error = String(error?.stack ?? error);
}
console.log(`\n@@report ${JSON.stringify(report)}`);
