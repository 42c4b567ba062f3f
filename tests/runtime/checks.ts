// What the package looks like from outside: its exports, its types, its files.
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execute, passedOnce } from "./report.ts";
import { packageFile, ROOT } from "./setup.ts";
import type { Job } from "./report.ts";
import type { Project } from "./project.ts";

const CONSUMER = `
import { BPF_MAP_CREATE, BPF_MAP_TYPE_HASH, BpfError, Kernel, u32, u64 } from "bpf-maps";
import module from "bpf-maps/wasm";

async function main(): Promise<void> {
  const kernel: Kernel = await Kernel.load({ cpus: 2, module });
  const fd: number = kernel.bpf(BPF_MAP_CREATE, { map_type: BPF_MAP_TYPE_HASH, key_size: 4, value_size: 8, max_entries: 1 });
  kernel.close(fd);
  using flows = kernel.createMap({ type: "hash", key: u32, value: u64, maxEntries: 1024, name: "flows" });
  flows.set(1, 2n);
  const value: bigint | undefined = flows.get(1);
  for (const [key, bytes] of flows) console.log(key.toFixed(), BigInt.asUintN(32, bytes), value);
  // @ts-expect-error: a string is not a key of this map.
  flows.get("1");
  try {
    kernel.createMap({ type: "array", key: u32, value: u64, maxEntries: 0 });
  } catch (error) {
    if (error instanceof BpfError) console.log(error.code, error.errno, error.command);
  }
}
void main();
`;

/** A program in TypeScript against the installed declarations, as ES module and as CommonJS, under each module resolution. */
function consumerJob({ directory }: Project): Job {
  return {
    name: "typescript consumer",
    run: async () => {
      for (const name of ["consumer.mts", "consumer.cts"]) writeFileSync(join(directory, name), CONSUMER);
      const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
      const settings = [
        ["nodenext", "nodenext", "consumer.mts"],
        ["node16", "node16", "consumer.cts"],
        ["esnext", "bundler", "consumer.mts"],
      ];
      for (const [module, moduleResolution, file] of settings) {
        const options = ["--target", "es2022", "--lib", "es2023,esnext.disposable,dom", "--types", "", "--strict", "--noEmit"];
        const args = ["--ignoreConfig", "--module", module, "--moduleResolution", moduleResolution, ...options];
        await execute(process.execPath, [tsc, ...args, file], directory);
      }
      return passedOnce("nodenext, node16 from CommonJS and bundler resolution, strict");
    },
  };
}

/** The file names that must be in the package, and nothing of the sources. */
function filesJob({ installed }: Project): Job {
  const expected = [
    "LICENSES.txt", "bpf-maps.esm.d.ts", "bpf-maps.esm.js", "bpf-maps.wasm", "cli-more.cjs", "cli.cjs", "edge-light.js", "index.cjs",
    "index.d.cts", "index.js", "types", "wasm.cjs", "wasm.d.cts", "wasm.d.ts", "wasm.edge-light.js", "wasm.js", "wasm.node.js", "workerd.js",
  ];
  return {
    name: "files of the package",
    run: async () => {
      const found = readdirSync(join(installed, "dist"));
      const missing = expected.filter((name) => !found.includes(name));
      if (missing.length > 0) throw new Error(`dist/ lacks ${missing.join(", ")}`);
      const top = readdirSync(installed).filter((name) => /^(assembly|bindings|build|tests|scripts)$/.test(name));
      if (top.length > 0) throw new Error(`the package contains ${top.join(", ")}`);
      return passedOnce(found.join(" "));
    },
  };
}

/** The rows of the package checks. */
export function checkJobs(project: Project): Job[] {
  return [
    filesJob(project),
    consumerJob(project),
    {
      name: "publint",
      run: async () => {
        await execute(process.execPath, [packageFile("publint/src/cli.js"), "run", project.tarball, "--strict"], ROOT);
        return passedOnce("no finding, strict");
      },
    },
    {
      name: "arethetypeswrong",
      run: async () => {
        const check = (...args: string[]) =>
          execute(process.execPath, [packageFile("@arethetypeswrong/cli/dist/index.js"), project.tarball, "--no-emoji", ...args], ROOT);
        await check("--profile", "strict", "--entrypoints", ".", "./wasm");
        // The one-file library is for hosts that import by URL; it is an ES module alone.
        await check("--profile", "esm-only", "--entrypoints", "./esm", "./dist/bpf-maps.esm.js");
        return passedOnce("no finding, strict");
      },
    },
  ];
}
