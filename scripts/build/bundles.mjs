// The JavaScript of the package: dist/, one file per way of loading the engine.
import { chmodSync, existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { build } from "esbuild";
import { buildCli } from "./cli.mjs";
import { StepError, writeFileAtomic } from "./files.mjs";

// A pinned target: without one esbuild emits the newest syntax and library calls, which Node 20 does not have.
const TARGET = "es2022";
const LOADER = "@assemblyscript/loader";

const common = {
  bundle: true,
  format: "esm",
  target: TARGET,
  platform: "neutral",
  mainFields: ["module", "main"],
  conditions: ["import"],
  legalComments: "none",
  // Constants of a module become literals: an engine cannot know that a bundle's variables never change.
  minifySyntax: true,
  write: false,
  logLevel: "silent",
};

/** Workers refuse to compile bytes: there the module comes from a static import that the host resolves. */
const staticModule = {
  name: "static-module",
  setup({ onResolve, onLoad, onEnd }) {
    const source = resolve("bindings/abi/source.ts");
    let replaced = 0;
    onLoad({ filter: /\/source\.ts$/ }, ({ path }) => {
      if (path !== source) return undefined;
      replaced++;
      return {
        contents: 'import module from "./bpf-maps.wasm";\nexport const defaultSource = () => module;\n',
        resolveDir: resolve("bindings/abi"),
      };
    });
    onResolve({ filter: /\.wasm$/ }, () => ({ path: "./bpf-maps.wasm", external: true }));
    // A renamed file would silently ship the inlined bytes, which workerd refuses only when they are used.
    onEnd(() => (replaced === 1 ? undefined : { errors: [{ text: "bindings/abi/source.ts is not part of the bundle" }] }));
  },
};

/** Programs share the library's file with the importer instead of carrying a second copy of the engine. */
const sharedLibrary = (path) => ({
  name: "shared-library",
  setup({ onResolve }) {
    const index = resolve("bindings/index.ts");
    onResolve({ filter: /\/index\.ts$/ }, ({ resolveDir, path: imported }) =>
      resolve(resolveDir, imported) === index ? { path, external: true } : undefined,
    );
  },
});

/** Programs are built as soon as they exist; `{ entry, outfile }`. */
const PROGRAMS = [
  { entry: "cli/flows/main.ts", outfile: "build/flows.js", library: "../dist/index.js" },
];

async function bundle(options) {
  try {
    const result = await build({ ...common, ...options });
    for (const file of result.outputFiles) writeFileAtomic(file.path, file.contents);
  } catch (error) {
    const reasons = (error.errors ?? []).map(({ text, location }) =>
      location ? `${location.file}:${location.line}: ${text}` : text,
    );
    throw new StepError(`Cannot bundle ${options.outfile}:\n  ${reasons.join("\n  ") || error.message}`);
  }
}

/** Writes every bundle of dist/ and the programs that exist. */
export async function buildBundles() {
  const library = "bindings/index.ts";
  await Promise.all([
    buildCli(),
    bundle({ entryPoints: [library], outfile: "dist/index.js", external: [LOADER] }),
    bundle({ entryPoints: [library], outfile: "dist/workerd.js", external: [LOADER], plugins: [staticModule] }),
    // Imported by URL, so its size is what a page loads; names stay, because error classes are known by theirs.
    bundle({ entryPoints: [library], outfile: "dist/bpf-maps.esm.js", minifyWhitespace: true }),
    ...PROGRAMS.filter(({ entry }) => existsSync(entry)).map(({ entry, outfile, library }) =>
      bundle({
        entryPoints: [entry],
        outfile,
        platform: "node",
        packages: "external",
        banner: readFileSync(entry, "utf8").startsWith("#!") ? {} : { js: "#!/usr/bin/env node" },
        plugins: [sharedLibrary(library)],
      }),
    ),
  ]);
  writeFileAtomic("dist/bpf-maps.wasm", readFileSync("build/release.wasm"));
  // npm sets the mode of a program on install; this is for running it from the checkout.
  for (const { outfile } of PROGRAMS) if (existsSync(outfile)) chmodSync(outfile, 0o755);
}
