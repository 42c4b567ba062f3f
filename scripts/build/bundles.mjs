// The JavaScript of the package: dist/, one file per way of loading the engine.
import { chmodSync, existsSync, readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { build, transform } from "esbuild";
import { buildCli } from "./cli.mjs";
import { StepError, writeFileAtomic } from "./files.mjs";
import { lazyLoader } from "./lazy_loader.mjs";
import { licences, noteLicences } from "./licences.mjs";

// A pinned target: without one esbuild emits the newest syntax and library calls, which Node 20 does not have.
const TARGET = "es2022";

const common = {
  bundle: true,
  format: "esm",
  target: TARGET,
  platform: "neutral",
  mainFields: ["module", "main"],
  conditions: ["import"],
  legalComments: "none",
  // What jsdom lacks.
  inject: ["bindings/abi/text_codecs.ts"],
  // Constants of a module become literals: an engine cannot know that a bundle's variables never change.
  minifySyntax: true,
  write: false,
  logLevel: "silent",
};

/** The files that say where a core comes from, of the core with maps alone and of the one with programs. */
const MAPS_SOURCE = "bindings/abi/source.ts";
const PROGRAMS_SOURCE = "vm/load/source.ts";

/**
 * Workers refuse to compile bytes: there the module comes from a static import that the host resolves; `path` is how that
 * host spells the import of a compiled module.
 */
const staticModule = (path, sourceFile) => ({
  name: "static-module",
  setup({ onResolve, onLoad, onEnd }) {
    const source = resolve(sourceFile);
    let replaced = 0;
    onLoad({ filter: /\/source\.ts$/ }, ({ path: loaded }) => {
      if (loaded !== source) return undefined;
      replaced++;
      return {
        contents: `import module from "${path}";\nexport const defaultSource = () => module;\n`,
        resolveDir: dirname(source),
      };
    });
    onResolve({ filter: /\.wasm(\?module)?$/ }, () => ({ path, external: true }));
    // A renamed file would silently ship the inlined bytes, which such hosts refuse only when they are used.
    onEnd(() => (replaced === 1 ? undefined : { errors: [{ text: `${sourceFile} is not part of the bundle` }] }));
  },
});

/** The options of a build for hosts that bring the module compiled. */
const edge = (path, source = MAPS_SOURCE) => ({
  plugins: [staticModule(path, source)],
  inject: [...common.inject, "bindings/abi/no_compile.ts"],
  define: { "WebAssembly.compile": "compileRefused" },
});

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

/**
 * Gives every class its name for good. esbuild calls a class that mentions itself `_Kernel`, and a minifier of an application
 * renames classes; a getter is not in the way of tree shaking, as the calls of esbuild's `keepNames` would be.
 */
const nameClasses = (code) =>
  code.replace(/(?:([\w$]+) = )?class(?: ([\w$]+))?(?: extends [\w$.]+)? \{$/gm, (head, variable, own) =>
    `${head}\n  static get name() {\n    return "${variable ?? own}";\n  }`,
  );

async function bundle(options) {
  try {
    const result = await build({ ...common, ...options, plugins: [lazyLoader, noteLicences, ...(options.plugins ?? [])] });
    const [file] = result.outputFiles;
    return { path: file.path, code: nameClasses(file.text) };
  } catch (error) {
    const reasons = (error.errors ?? []).map(({ text, location }) =>
      location ? `${location.file}:${location.line}: ${text}` : text,
    );
    throw new StepError(`Cannot bundle ${options.outfile}:\n  ${reasons.join("\n  ") || error.message}`);
  }
}

/** `bpf-maps/wasm`: the core as a compiled module, written for each kind of host. */
const WASM_MODULES = {
  // Bundlers and browsers know an asset by this form of its address.
  "dist/wasm.js":
    'export default await WebAssembly.compileStreaming(fetch(new URL("./bpf-maps.wasm", import.meta.url)));\n',
  "dist/wasm.node.js":
    'import { readFileSync } from "node:fs";\n' +
    'export default new WebAssembly.Module(readFileSync(new URL("./bpf-maps.wasm", import.meta.url)));\n',
  "dist/wasm.cjs":
    'module.exports = new WebAssembly.Module(require("node:fs").readFileSync(`${__dirname}/bpf-maps.wasm`));\n',
  "dist/wasm.edge-light.js": 'export { default } from "./bpf-maps.wasm?module";\n',
};

/** Writes every bundle of dist/ and the programs that exist. */
export async function buildBundles() {
  const library = { entryPoints: ["bindings/index.ts"] };
  const programs = { entryPoints: ["vm/index.ts"] };
  const bundles = await Promise.all([
    bundle({ ...library, outfile: "dist/index.js" }),
    // For Node as platform esbuild adds the list of names that an `import` of this file looks for.
    bundle({ ...library, outfile: "dist/index.cjs", format: "cjs", platform: "node" }),
    bundle({ ...library, outfile: "dist/workerd.js", ...edge("./bpf-maps.wasm") }),
    bundle({ ...library, outfile: "dist/edge-light.js", ...edge("./bpf-maps.wasm?module") }),
    bundle({ ...programs, outfile: "dist/programs.js" }),
    bundle({ ...programs, outfile: "dist/programs.cjs", format: "cjs", platform: "node" }),
    bundle({ ...programs, outfile: "dist/programs.workerd.js", ...edge("./programs.wasm", PROGRAMS_SOURCE) }),
    bundle({ ...programs, outfile: "dist/programs.edge-light.js", ...edge("./programs.wasm?module", PROGRAMS_SOURCE) }),
    bundle({ entryPoints: ["bindings/shared.ts"], outfile: "dist/shared.js" }),
    bundle({ entryPoints: ["bindings/shared.ts"], outfile: "dist/shared.cjs", format: "cjs", platform: "node" }),
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
    buildCli(),
  ]);
  for (const { path, code } of bundles.slice(0, -1)) writeFileAtomic(path, code);
  const [{ code }] = bundles;
  // Imported by URL, so its size is what a page loads; names stay, because error classes are known by theirs.
  const { code: small } = await transform(code, { minifyWhitespace: true, target: TARGET, legalComments: "none" });
  // Tools that ask whether a file is an ES module look for the word at the start of a line.
  writeFileAtomic("dist/bpf-maps.esm.js", small.replace(/export\{(?=[^{}]*\};\s*$)/, "\n$&"));
  for (const [path, text] of Object.entries(WASM_MODULES)) writeFileAtomic(path, text);
  writeFileAtomic("dist/bpf-maps.wasm", readFileSync("build/release.wasm"));
  writeFileAtomic("dist/programs.wasm", readFileSync("build/programs.wasm"));
  writeFileAtomic("dist/LICENSES.txt", licences());
  // npm sets the mode of a program on install; this is for running it from the checkout.
  for (const { outfile } of PROGRAMS) if (existsSync(outfile)) chmodSync(outfile, 0o755);
}
