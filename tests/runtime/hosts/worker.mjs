// Host of the suites in workerd, run by `workerd test`: prints one report line.
import { runSuites } from "./suite.mjs";
import { Kernel, u32 } from "bpf-maps";
import { smoke } from "./smoke.mjs";

// While a worker starts it may not draw random numbers; a kernel can be loaded all the same.
const early = Kernel.loadSync();

export default {
  async test() {
    const report = { smoke: "", error: "", summary: undefined };
    try {
      report.smoke = await smoke();
      early.createMap({ type: "hash", key: u32, value: u32, maxEntries: 1 }).close();
      report.summary = await runSuites();
    } catch (error) {
      report.error = String(error?.stack ?? error);
    }
    console.log(`\n@@report ${JSON.stringify(report)}`);
  },
};
