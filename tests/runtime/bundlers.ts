// One tiny application per bundler: built from the installed package, and then run.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build as esbuild } from "esbuild";
import { executeHost, outcomeOf } from "./report.ts";
import { runPage } from "./browsers.ts";
import type { Job } from "./report.ts";
import type { Project } from "./project.ts";

const CLI_APP = `
import { smoke } from "../smoke.mjs";
console.log("\\n@@report " + JSON.stringify({ smoke: await smoke(), error: "" }));
`;

const PAGE_APP = `
import { smoke } from "../smoke.mjs";
const report = await smoke().then((smoke) => ({ smoke, error: "" }), (error) => ({ smoke: "", error: String(error) }));
await fetch("/report", { method: "POST", body: JSON.stringify(report) });
`;

/** esbuild: a bundle for Node, run away from the package it was built from. */
function esbuildJob({ directory }: Project): Job {
  return {
    name: "esbuild app in node",
    run: async () => {
      const app = join(directory, "app-esbuild");
      mkdirSync(join(app, "out"), { recursive: true });
      writeFileSync(join(app, "main.mjs"), CLI_APP);
      const { metafile } = await esbuild({
        entryPoints: [join(app, "main.mjs")],
        outfile: join(app, "out/main.mjs"),
        bundle: true,
        format: "esm",
        platform: "node",
        minify: true,
        metafile: true,
        logLevel: "error",
      });
      const outcome = await executeHost(process.execPath, ["out/main.mjs"], app);
      const [{ bytes }] = Object.values(metafile.outputs);
      return { ...outcome, note: `${(bytes / 1024).toFixed(0)} KiB` };
    },
  };
}

/** Vite: a production build, opened in Chromium. */
function viteJob({ directory }: Project): Job {
  return {
    name: "vite app in chromium",
    run: async () => {
      const app = join(directory, "app-vite");
      mkdirSync(app, { recursive: true });
      writeFileSync(join(app, "index.html"), `<!doctype html><script type="module" src="/main.mjs"></script>\n`);
      writeFileSync(join(app, "main.mjs"), PAGE_APP);
      const bundler = "vite"; // From this folder's own packages, which the root's type check does not have.
      const { build } = await import(bundler);
      await build({ root: app, configFile: false, logLevel: "error", build: { target: "es2022" } });
      return outcomeOf(await runPage("chromium", join(app, "dist"), "/index.html"));
    },
  };
}

/** The rows of both bundlers. */
export const bundlerJobs = (project: Project): Job[] => [esbuildJob(project), viteJob(project)];
