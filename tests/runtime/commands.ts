// Node, Deno and Bun: the suites and the plain import by package name, and the one-file build by URL.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { packageFile } from "./setup.ts";
import { execute, executeHost, passedOnce } from "./report.ts";
import type { Job } from "./report.ts";
import type { Project } from "./project.ts";

/** A program that imports the one-file library by URL, with the types beside it. */
const typedByUrl = (origin: string): string => `
// @ts-types="${origin}/bpf-maps.esm.d.ts"
import { Kernel, u32 } from "${origin}/bpf-maps.esm.js";

const map = Kernel.loadSync().createMap({ type: "hash", key: u32, value: u32, maxEntries: 8 });
const value: number | undefined = map.set(1, 2).get(1);
console.log(value);
// @ts-expect-error: a string is not a key of this map.
map.get("1");
`;

/** One row per command line runtime; `origin` serves the project's files over HTTP. */
export function commandJobs({ directory }: Project, origin: string): Job[] {
  const floor = packageFile("node20.0/bin/node");
  const nodes = ["node22", "node24", "node26"].map((name) => packageFile(`${name}/bin/node`));
  const deno = packageFile("@deno/linux-x64-glibc/deno");
  // Bun's ordinary build needs a processor with AVX2.
  const bunBuild = readFileSync("/proc/cpuinfo", "utf8").includes("avx2") ? "bun-linux-x64" : "bun-linux-x64-baseline";
  const bun = packageFile(`@oven/${bunBuild}/bin/bun`);
  const denoRun = ["run", "--quiet", "--no-lock", "--node-modules-dir=manual", "--allow-read", "--allow-env"];
  const url = `${origin}/bpf-maps.esm.js`;
  return [
    ...[process.execPath, ...nodes].map((node) => ({
      name: `node ${node === process.execPath ? process.versions.node : node.match(/node(\d+)/)![1]}`,
      run: () => executeHost(node, ["cli.mjs"], directory),
    })),
    // The oldest Node that `engines` names: it does not know how to require() an ES module.
    { name: "node 20.0, import", run: () => executeHost(floor, ["cli.mjs"], directory) },
    ...[floor, process.execPath, nodes[0], nodes[2]].map((node, index) => ({
      name: `node ${["20.0", process.versions.node, "22", "26"][index]}, require`,
      run: () => executeHost(node, ["require.cjs"], directory),
    })),
    { name: "bun, require", run: () => executeHost(bun, ["require.cjs"], directory) },
    ...[[process.execPath], [deno, ...denoRun], [bun]].map(([command, ...args], index) => ({
      name: `${["node", "deno", "bun"][index]}, bpf-maps/wasm`,
      run: () => executeHost(command, [...args, "wasm.mjs"], directory),
    })),
    { name: "deno", run: () => executeHost(deno, [...denoRun, "cli.mjs"], directory) },
    {
      name: "deno, import by URL",
      run: () => executeHost(deno, ["run", "--quiet", "--no-lock", "--reload", "--allow-import", "url_import.mjs", url], directory),
    },
    {
      name: "deno, types by URL",
      run: async () => {
        writeFileSync(join(directory, "url_types.ts"), typedByUrl(origin));
        await execute(deno, ["check", "--quiet", "--no-lock", "--reload", "--allow-import", "url_types.ts"], directory);
        return passedOnce("checked with bpf-maps.esm.d.ts");
      },
    },
    { name: "bun", run: () => executeHost(bun, ["cli.mjs"], directory) },
    {
      name: "bpf-maps, the program",
      run: async () => {
        const output = await execute(join(directory, "node_modules/.bin/bpf-maps"), ["version"], directory);
        const { version } = JSON.parse(readFileSync(join(directory, "node_modules/bpf-maps/package.json"), "utf8"));
        if (!output.includes(version)) throw new Error(`bpf-maps version does not print ${version}:\n${output}`);
        return passedOnce(output.split("\n")[0]);
      },
    },
  ];
}
