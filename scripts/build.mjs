// Builds everything that is generated: the core (debug with asserts, release), the release bytes for the bindings, and
// dist/ as it is published. Cheap to call again: the core is compiled only when its sources changed.
//   node scripts/build.mjs            build
//   node scripts/build.mjs --force    compile the core even if nothing changed
import { chdir } from "node:process";
import { fileURLToPath } from "node:url";
import { withLock } from "./build/lock.mjs";
import { buildCore } from "./build/core.mjs";
import { buildBundles } from "./build/bundles.mjs";
import { buildTypes } from "./build/types.mjs";
import { removeStale, StepError } from "./build/files.mjs";

chdir(fileURLToPath(new URL("..", import.meta.url)));

try {
  await withLock("build/.lock", async () => {
    await buildCore({ force: process.argv.includes("--force") });
    await Promise.all([buildBundles(), buildTypes()]);
    removeStale("dist");
  });
} catch (error) {
  // A compiler's own messages are enough; the stack of this script would only hide them.
  if (!(error instanceof StepError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
