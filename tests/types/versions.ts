// The declarations of the packed package, compiled by every TypeScript that the package promises, with each way to find
// modules that it knows, and with all of them checked (no skipLibCheck). The lowest version is the first.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { execute, passedOnce } from "../runtime/report.ts";
import type { Job } from "../runtime/report.ts";
import type { Project } from "../runtime/project.ts";

/** This folder; its node_modules hold the compilers. */
export const TYPES = fileURLToPath(new URL(".", import.meta.url));

const PROGRAMS = join(TYPES, "consumer");
const NEVER = 99;

interface Way {
  name: string;
  options: Record<string, unknown>;
  /** How a program's file is called, which decides in Node's own ways whether it is a module or CommonJS. */
  extension: "ts" | "mts" | "cts";
  /** Major version from which TypeScript lacks it. */
  until: number;
}

const WAYS: readonly Way[] = [
  { name: "bundler", options: { module: "esnext", moduleResolution: "bundler" }, extension: "ts", until: NEVER },
  { name: "node16 ESM", options: { module: "node16", moduleResolution: "node16" }, extension: "mts", until: NEVER },
  { name: "node16 CJS", options: { module: "node16", moduleResolution: "node16", esModuleInterop: true }, extension: "cts", until: NEVER },
  { name: "nodenext", options: { module: "nodenext", moduleResolution: "nodenext" }, extension: "mts", until: NEVER },
  { name: "node10", options: { module: "esnext", moduleResolution: "node10" }, extension: "ts", until: 7 },
];

const STRICT = { target: "es2022", types: [], strict: true, exactOptionalPropertyTypes: true, noEmit: true, skipLibCheck: false };

/** The programs, with the libs that each has; those that do not depend on how modules are found are compiled one way only. */
const CONSUMERS = [
  { program: "plain", lib: ["es2022"], everywhere: true },
  { program: "web", lib: ["es2022", "dom"], everywhere: false },
  { program: "wasm", lib: ["es2022"], everywhere: false },
] as const;

/** The versions of TypeScript that are installed here, "5.2" first. */
function versions(): string[] {
  const { devDependencies } = JSON.parse(readFileSync(join(TYPES, "package.json"), "utf8")) as { devDependencies: object };
  return Object.keys(devDependencies).map((alias) => alias.replace("typescript-", ""));
}

async function compile(directory: string, version: string, way: Way, consumer: (typeof CONSUMERS)[number]): Promise<void> {
  const { program, lib } = consumer;
  const folder = join(directory, `typescript-${version}`, `${way.name.replace(" ", "-")}-${program}`);
  mkdirSync(folder, { recursive: true });
  const file = `${program}.${way.extension}`;
  copyFileSync(join(PROGRAMS, `${program}.ts`), join(folder, file));
  // What 6.0 calls deprecated it still has.
  const deprecated = version.startsWith("6.") ? { ignoreDeprecations: "6.0" } : {};
  const compilerOptions = { ...STRICT, ...way.options, ...deprecated, lib };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, files: [file] }));
  const tsc = join(TYPES, "node_modules", `typescript-${version}`, "bin/tsc");
  await execute(process.execPath, [tsc, "-p", folder], directory);
}

/** One row for each version. */
export function typeJobs({ directory, installed }: Project): Job[] {
  const { main = "" } = JSON.parse(readFileSync(join(installed, "package.json"), "utf8")) as { main?: string };
  return versions().map((version) => ({
    name: `typescript ${version}`,
    run: async () => {
      const ways = WAYS.filter((way) => Number.parseInt(version) < way.until && (way.extension !== "cts" || main.endsWith(".cjs")));
      for (const way of ways) {
        for (const consumer of CONSUMERS) {
          if (consumer.everywhere || way === WAYS[0]) await compile(directory, version, way, consumer);
        }
      }
      return passedOnce(ways.map((way) => way.name).join(", "));
    },
  }));
}
