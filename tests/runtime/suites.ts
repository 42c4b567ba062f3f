// One file with all portable suites, which reaches the engine only through the package's name.
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve, sep } from "node:path";
import { build } from "esbuild";
import type { Plugin } from "esbuild";
import { ROOT } from "./setup.ts";
import type { Project } from "./project.ts";

/** Suites of programs bring the core of another entry, `bpf-maps/programs`: they run in Node alone. */
const isOfPrograms = (path: string): boolean => path.startsWith("vm/");

/** The portable test files, relative to tests/. */
export function portableFiles(): string[] {
  return (readdirSync(join(ROOT, "tests"), { recursive: true }) as string[])
    .map((path) => path.split(sep).join("/"))
    .filter((path) => path.endsWith(".test.ts") && !path.endsWith(".node.test.ts") && !path.includes("node_modules") && !isOfPrograms(path))
    .sort();
}

const entrySource = (files: string[]): string =>
  [
    `import { runFiles } from "./tests/harness/runner.ts";`,
    `const files = [`,
    ...files.map((file) => `  { name: ${JSON.stringify(file)}, load: () => import("./tests/${file}") },`),
    `];`,
    `export const runSuites = () => runFiles(files);`,
  ].join("\n");

/** The sources' public entry becomes the installed package, and the bytes of the core the ones that it ships. */
const packageForSources = ({ installed }: Project): Plugin => ({
  name: "package-for-sources",
  setup(hooks) {
    const source = resolve(ROOT, "bindings/abi/source.ts");
    hooks.onLoad({ filter: /\/source\.ts$/ }, ({ path }) => {
      if (path !== source) return undefined;
      const base64 = readFileSync(join(installed, "dist/bpf-maps.wasm")).toString("base64");
      return {
        contents: `export const defaultSource = () => Uint8Array.from(atob("${base64}"), (text) => text.charCodeAt(0));`,
      };
    });
    const internals = resolve(ROOT, "bindings/abi/internals.ts");
    hooks.onResolve({ filter: /\/internals\.ts$/ }, ({ path, resolveDir }) =>
      resolve(resolveDir, path) === internals ? { path: resolve(ROOT, "tests/runtime/package_internals.ts") } : undefined,
    );
    const index = resolve(ROOT, "bindings/index.ts");
    hooks.onResolve({ filter: /\/index\.ts$/ }, ({ path, resolveDir }) =>
      resolve(resolveDir, path) === index ? { path: "bpf-maps", external: true } : undefined,
    );
  },
});

/** Writes suite.mjs into the project; returns the bindings' sources that came along past the public entry. */
export async function bundleSuites(project: Project): Promise<string[]> {
  const { metafile } = await build({
    stdin: { contents: entrySource(portableFiles()), resolveDir: ROOT, sourcefile: "suites.ts", loader: "ts" },
    outfile: join(project.directory, "suite.mjs"),
    absWorkingDir: ROOT,
    bundle: true,
    format: "esm",
    target: "es2022",
    platform: "neutral",
    mainFields: ["module", "main"],
    conditions: ["import"],
    plugins: [packageForSources(project)],
    metafile: true,
    logLevel: "error",
  });
  return Object.keys(metafile.inputs).filter((path) => path.startsWith("bindings/"));
}

/** Bundles the workerd host with the package as the `workerd` condition resolves it; the module stays an import. */
export async function bundleWorker({ directory }: Project, outdir: string): Promise<void> {
  await build({
    entryPoints: [join(directory, "worker.mjs")],
    outfile: join(outdir, "worker.mjs"),
    absWorkingDir: directory,
    bundle: true,
    format: "esm",
    target: "es2022",
    platform: "neutral",
    conditions: ["workerd", "import"],
    external: ["*.wasm"],
    logLevel: "error",
  });
}
