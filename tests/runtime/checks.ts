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
`;

/** A program in TypeScript against the installed declarations, under both module resolutions. */
function consumerJob({ directory }: Project): Job {
  return {
    name: "typescript consumer",
    run: async () => {
      writeFileSync(join(directory, "consumer.mts"), CONSUMER);
      const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
      for (const [module, moduleResolution] of [["nodenext", "nodenext"], ["esnext", "bundler"]]) {
        const options = ["--target", "es2022", "--lib", "es2023,esnext.disposable,dom", "--types", "", "--strict", "--noEmit"];
        const args = ["--ignoreConfig", "--module", module, "--moduleResolution", moduleResolution, ...options];
        await execute(process.execPath, [tsc, ...args, "consumer.mts"], directory);
      }
      return passedOnce("nodenext and bundler resolution, strict");
    },
  };
}

/** The file names that must be in the package, and nothing of the sources. */
function filesJob({ installed }: Project): Job {
  const expected = ["bpf-maps.esm.js", "bpf-maps.wasm", "cli-more.cjs", "cli.cjs", "index.js", "types", "wasm.d.ts", "workerd.js"];
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
        // The package is ESM only: how CommonJS or node10 sees it is not a question it answers. The module behind
        // ./wasm is a .wasm file, whose declaration no resolution can pair with it by name.
        const profile = ["--profile", "esm-only", "--exclude-entrypoints", "./wasm", "--no-emoji"];
        await execute(process.execPath, [packageFile("@arethetypeswrong/cli/dist/index.js"), project.tarball, ...profile], ROOT);
        return passedOnce("no finding, esm-only profile");
      },
    },
  ];
}
