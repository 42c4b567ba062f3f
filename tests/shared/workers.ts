// Starts worker threads on TypeScript files: each is bundled first, since a worker has no loader for it.
import { buildSync } from "esbuild";
import { resolve } from "node:path";
import { Worker } from "node:worker_threads";

const bundles = new Map<string, string>();

/** A worker that runs a file of this folder. */
export function startWorker(file: string, workerData: unknown): Worker {
  let path = bundles.get(file);
  if (path === undefined) {
    path = resolve(`build/tests_${file.replace(/\.ts$/, "")}_${process.pid}.mjs`);
    buildSync({
      entryPoints: [`tests/shared/${file}`], outfile: path, bundle: true, format: "esm", platform: "node", target: "node20", logLevel: "error",
    });
    bundles.set(file, path);
  }
  return new Worker(path, { workerData, execArgv: [] });
}
