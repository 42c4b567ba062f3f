// @assemblyscript/loader, evaluated when the first kernel is loaded. As published it makes a TextDecoder and writes to
// Object when it is imported: hosts without the one (jsdom) and with a frozen other could not even import the package.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { StepError } from "./files.mjs";

const NAME = "@assemblyscript/loader";
const SOURCE = fileURLToPath(import.meta.resolve(NAME));

// What load.ts imports. esbuild evaluates a module that is required, and not imported, at its first use.
const LAZY = `
const loader = () => require("${NAME}/source");
export const instantiate = (source, imports) => loader().instantiate(source, imports);
export const instantiateSync = (source, imports) => loader().instantiateSync(source, imports);
`;

// Every runtime that knows ES2022 has it.
const POLYFILL = /^\/\*\* polyfill for Object\.hasOwn \*\/\nObject\.hasOwn = [\s\S]*?\n};\n/m;

/** The loader's source without the line that changes its host. */
function quietSource() {
  const source = readFileSync(SOURCE, "utf8");
  if (!POLYFILL.test(source)) throw new StepError(`${SOURCE} has no polyfill of Object.hasOwn any more: lazy_loader.mjs looks for it`);
  return source.replace(POLYFILL, "");
}

/** An esbuild plugin for every bundle that contains bindings/abi/load.ts. */
export const lazyLoader = {
  name: "lazy-loader",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^@assemblyscript\/loader$/ }, () => ({ path: NAME, namespace: "lazy-loader", sideEffects: false }));
    onResolve({ filter: /^@assemblyscript\/loader\/source$/ }, () => ({ path: SOURCE, namespace: "loader-source" }));
    onLoad({ filter: /.*/, namespace: "lazy-loader" }, () => ({ contents: LAZY }));
    onLoad({ filter: /.*/, namespace: "loader-source" }, () => ({ contents: quietSource() }));
  },
};
