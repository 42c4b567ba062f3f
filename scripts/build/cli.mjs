// The command line program. What starts fast is one CommonJS file (node's ESM loader alone costs a tenth of a start) with
// the commands of bpftool; everything else is a second file that is loaded when it is asked for. Both read the core
// from the .wasm file beside them, which is cheaper than decoding it from text.
import { chmodSync } from "node:fs";
import { resolve } from "node:path";
import { build } from "esbuild";
import { StepError, writeFileAtomic } from "./files.mjs";
import { lazyLoader } from "./lazy_loader.mjs";
import { noteLicences } from "./licences.mjs";

const ENTRY = "cli/main.ts";
const MORE = "cli/more.ts";

/** Replaces the inlined bytes of the core by its file. */
const fileSource = {
  name: "file-source",
  setup({ onLoad, onEnd }) {
    const source = resolve("bindings/abi/source.ts");
    let replaced = 0;
    onLoad({ filter: /\/source\.ts$/ }, ({ path }) => {
      if (path !== source) return undefined;
      replaced++;
      return {
        contents:
          'import { readFileSync } from "node:fs";\n' +
          'export const defaultSource = () => readFileSync(__dirname + "/bpf-maps.wasm");\n',
        resolveDir: resolve("bindings/abi"),
      };
    });
    onEnd(() => (replaced === 1 ? undefined : { errors: [{ text: "bindings/abi/source.ts is not part of the program" }] }));
  },
};

/** The second file stays a file of its own. */
const moreApart = {
  name: "more-apart",
  setup({ onResolve }) {
    const more = resolve(MORE);
    onResolve({ filter: /\/more\.ts$/ }, ({ resolveDir, path }) =>
      resolve(resolveDir, path) === more ? { path: "./cli-more.cjs", external: true } : undefined,
    );
  },
};

async function bundle(entry, outfile, plugins, banner) {
  try {
    const result = await build({
      entryPoints: [entry],
      outfile,
      bundle: true,
      platform: "node",
      format: "cjs",
      target: "node20",
      minify: true,
      legalComments: "none",
      banner: banner ? { js: banner } : {},
      plugins: [lazyLoader, noteLicences, ...plugins],
      write: false,
      logLevel: "silent",
    });
    for (const file of result.outputFiles) writeFileAtomic(file.path, file.contents);
  } catch (error) {
    const reasons = (error.errors ?? []).map(({ text, location }) =>
      location ? `${location.file}:${location.line}: ${text}` : text,
    );
    throw new StepError(`Cannot bundle ${outfile}:\n  ${reasons.join("\n  ") || error.message}`);
  }
}

/** Writes dist/cli.cjs and dist/cli-more.cjs. */
export async function buildCli() {
  await Promise.all([
    bundle(ENTRY, "dist/cli.cjs", [fileSource, moreApart], "#!/usr/bin/env node"),
    bundle(MORE, "dist/cli-more.cjs", [fileSource]),
  ]);
  // npm sets the mode of a program on install; this is for running it from the checkout.
  chmodSync("dist/cli.cjs", 0o755);
}
