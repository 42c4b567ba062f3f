// Declarations for the package: one .d.ts per source file below dist/types.
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { filesBelow, runNode, writeFileAtomic } from "./files.mjs";
import { oneFileTypes } from "./one_file_types.mjs";

const STAGING = "build/.staging-types";

// tsc keeps the sources' ".ts" in the declarations' import paths; a consumer has only ".d.ts" files, which every
// module resolution finds under the name of the JavaScript file they describe.
function rewriteImports(text) {
  return text.replace(/((?:from|import)\s*\(?\s*)"(\.{1,2}\/[^"]+)\.ts"/g, '$1"$2.js"');
}

/** Emits dist/types and the declarations beside the files of dist/ that are not in it. Type errors are only counted here: `npm run typecheck` prints and fails on them. */
export async function buildTypes() {
  rmSync(STAGING, { recursive: true, force: true });
  mkdirSync(STAGING, { recursive: true });
  const { code, output } = await runNode([
    "node_modules/typescript/bin/tsc", "--ignoreConfig", "bindings/index.ts", "bindings/shared.ts", "vm/index.ts", "bindings/host/globals.d.ts", "bindings/host/wasm.d.ts",
    "--declaration", "--emitDeclarationOnly", "--rootDir", ".", "--outDir", STAGING,
    "--target", "es2022", "--module", "esnext", "--moduleResolution", "bundler",
    "--lib", "es2022", "--types", "",
    "--strict", "--noImplicitOverride", "--verbatimModuleSyntax", "--allowImportingTsExtensions", "--skipLibCheck",
  ]);
  if (code !== 0) {
    const count = output.split("\n").filter((line) => line.includes("error TS")).length;
    console.warn(`types: ${count} type errors; npm run typecheck prints them`);
  }
  for (const path of filesBelow(STAGING)) writeFileSync(path, rewriteImports(readFileSync(path, "utf8")));
  mkdirSync("dist", { recursive: true });
  rmSync("dist/types", { recursive: true, force: true });
  renameSync(STAGING, "dist/types");
  const oneFile = oneFileTypes("dist/types", "bindings/index.d.ts");
  writeFileAtomic("dist/index.d.cts", oneFile);
  writeFileAtomic("dist/bpf-maps.esm.d.ts", oneFile);
  writeFileAtomic("dist/programs.d.cts", oneFileTypes("dist/types", "vm/index.d.ts"));
  writeFileAtomic("dist/shared.d.cts", oneFileTypes("dist/types", "bindings/shared.d.ts"));
  writeFileAtomic("dist/wasm.d.ts", `${WASM_TYPE}export default module;\n`);
  writeFileAtomic("dist/wasm.d.cts", `${WASM_TYPE}export = module;\n`);
}

const WASM_TYPE = "/** The core as a compiled module, for the option `module` of `Kernel.load()`. */\ndeclare const module: object;\n";
