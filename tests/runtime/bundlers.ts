// One tiny application per bundler: built from the installed package, and then run.
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build as esbuild } from "esbuild";
import { executeHost, outcomeOf, skippedOnce } from "./report.ts";
import { stuckKernel } from "../kernel/programs.node.ts";
import { runPage } from "./browsers.ts";
import type { Job } from "./report.ts";
import type { Project } from "./project.ts";

const CLI_APP = `
import { smoke } from "../smoke.mjs";
console.log("\\n@@report " + JSON.stringify({ smoke: await smoke(), error: "" }));
`;

/** The same as a page; with the module of `bpf-maps/wasm`, where the bundler copies the file that it is made of. */
const pageApp = (withModule: boolean): string => `
import { smoke } from "../smoke.mjs";
${withModule ? `import module from "bpf-maps/wasm";` : ""}
const report = await smoke(${withModule ? "{ module }" : ""}).then((smoke) => ({ smoke, error: "" }), (error) => ({ smoke: "", error: String(error) }));
await fetch("/report", { method: "POST", body: JSON.stringify(report) });
`;

/** A module of this folder's own packages, which the root's type check does not have. */
const own = (name: string): Promise<any> => import(name);

function createApp({ directory }: Project, name: string, source: string): string {
  const app = join(directory, name);
  mkdirSync(app, { recursive: true });
  writeFileSync(join(app, "main.mjs"), source);
  writeFileSync(join(app, "index.html"), `<!doctype html><script type="module" src="/main.mjs"></script>\n`);
  return app;
}

/** esbuild: a bundle for Node, run away from the package it was built from; the second one brings the core's bytes itself. */
function esbuildJob(project: Project, withBytes: boolean): Job {
  return {
    name: withBytes ? "esbuild app, bytes by loader" : "esbuild app in node",
    run: async () => {
      const source = withBytes ? CLI_APP.replace("smoke()", `smoke({ wasm })`) + `import wasm from "bpf-maps/dist/bpf-maps.wasm";` : CLI_APP;
      const app = createApp(project, withBytes ? "app-esbuild-bytes" : "app-esbuild", source);
      const { metafile } = await esbuild({
        entryPoints: [join(app, "main.mjs")],
        outfile: join(app, "out/main.mjs"),
        bundle: true,
        format: "esm",
        target: "es2022",
        platform: "node",
        minify: true,
        loader: { ".wasm": "binary" },
        metafile: true,
        logLevel: "error",
      });
      const outcome = await executeHost(process.execPath, ["out/main.mjs"], app);
      const [{ bytes }] = Object.values(metafile.outputs);
      return { ...outcome, note: `${(bytes / 1024).toFixed(0)} KiB` };
    },
  };
}

/** Rollup: a bundle for Node. */
function rollupJob(project: Project): Job {
  return {
    name: "rollup app in node",
    run: async () => {
      const app = createApp(project, "app-rollup", CLI_APP);
      const { rollup } = await own("rollup");
      const { nodeResolve } = await own("@rollup/plugin-node-resolve");
      const bundle = await rollup({ input: join(app, "main.mjs"), plugins: [nodeResolve()] });
      await bundle.write({ file: join(app, "out/main.mjs"), format: "es" });
      await bundle.close();
      return executeHost(process.execPath, ["out/main.mjs"], app);
    },
  };
}

/** A row that opens pages in Chromium, where the kernel lets it run. */
const inChromium = (job: Job): Job => ({
  name: job.name,
  run: async () => {
    const stuck = stuckKernel();
    return stuck === undefined ? job.run() : skippedOnce(stuck);
  },
});

/** Vite: a production build, opened in Chromium. */
function viteJob(project: Project, withModule: boolean): Job {
  return inChromium({
    name: withModule ? "vite app, bpf-maps/wasm" : "vite app in chromium",
    run: async () => {
      const app = createApp(project, withModule ? "app-vite-wasm" : "app-vite", pageApp(withModule));
      const { build } = await own("vite");
      await build({ root: app, configFile: false, logLevel: "error", build: { target: "es2022" } });
      return outcomeOf(await runPage("chromium", join(app, "dist"), "/index.html"));
    },
  });
}

/** webpack: a production build, opened in Chromium; with its own support of .wasm files, which must not be in the way. */
function webpackJob(project: Project, asyncWebAssembly: boolean): Job {
  return inChromium({
    name: asyncWebAssembly ? "webpack app, bpf-maps/wasm" : "webpack app in chromium",
    run: async () => {
      const app = createApp(project, asyncWebAssembly ? "app-webpack-wasm" : "app-webpack", pageApp(asyncWebAssembly));
      const { default: webpack } = await own("webpack");
      const output = join(app, "out");
      const stats = await new Promise<any>((resolve, reject) => {
        webpack(
          {
            mode: "production",
            context: app,
            entry: "./main.mjs",
            output: { path: output, filename: "main.mjs" },
            experiments: { asyncWebAssembly },
          },
          (error: Error | null, result: unknown) => (error ? reject(error) : resolve(result)),
        );
      });
      if (stats.hasErrors()) throw new Error(stats.toString({ all: false, errors: true }));
      copyFileSync(join(app, "index.html"), join(output, "index.html"));
      return outcomeOf(await runPage("chromium", output, "/index.html"));
    },
  });
}

/** A page under the strictest Content-Security-Policy that the documents name, and one under a policy that forbids WebAssembly. */
function policyJob({ directory }: Project): Job {
  return inChromium({
    name: "content security policy",
    run: async () => {
      const allowed = await runPage("chromium", directory, "/csp.html");
      const forbidden = await runPage("chromium", directory, "/csp_without_wasm.html");
      if (!/Content Security Policy/.test(forbidden.error)) {
        throw new Error(`without 'wasm-unsafe-eval' the page said ${JSON.stringify(forbidden)}`);
      }
      return { ...outcomeOf(allowed), note: "script-src 'self' 'wasm-unsafe-eval'" };
    },
  });
}

/** The rows of the bundlers. */
export const bundlerJobs = (project: Project): Job[] => [
  esbuildJob(project, false),
  esbuildJob(project, true),
  rollupJob(project),
  viteJob(project, false),
  viteJob(project, true),
  webpackJob(project, false),
  webpackJob(project, true),
  policyJob(project),
];
