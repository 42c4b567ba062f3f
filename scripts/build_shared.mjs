// Compiles the core for a memory that is imported and shared, which several instances can run on: build/shared.wasm. It is
// not published yet. Cheap to call again.
//   node scripts/build_shared.mjs
import { chdir } from "node:process";
import { fileURLToPath } from "node:url";
import { buildShared } from "./build/core.mjs";
import { StepError } from "./build/files.mjs";
import { withLock } from "./build/lock.mjs";

chdir(fileURLToPath(new URL("..", import.meta.url)));

try {
  console.log(await withLock("build/.lock-shared", buildShared));
} catch (error) {
  if (!(error instanceof StepError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
