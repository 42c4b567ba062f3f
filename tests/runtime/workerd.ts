// workerd: the `workerd` condition's entry with the static module, run by `workerd test`.
import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { packageFile } from "./setup.ts";
import { executeHost } from "./report.ts";
import { bundleWorker } from "./suites.ts";
import type { Job } from "./report.ts";
import type { Project } from "./project.ts";

/** The suites and the smoke test inside a worker. */
export function workerdJob(project: Project): Job {
  return {
    name: "workerd",
    run: async () => {
      const outdir = join(project.directory, "workerd");
      mkdirSync(outdir, { recursive: true });
      await bundleWorker(project, outdir);
      copyFileSync(join(project.directory, "workerd.capnp"), join(outdir, "workerd.capnp"));
      copyFileSync(join(project.installed, "dist/bpf-maps.wasm"), join(outdir, "bpf-maps.wasm"));
      return executeHost(packageFile("@cloudflare/workerd-linux-64/bin/workerd"), ["test", "workerd.capnp"], outdir);
    },
  };
}
