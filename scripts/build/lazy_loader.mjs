// @assemblyscript/loader, evaluated when the first kernel is loaded. As published it makes a TextDecoder and writes to
// Object when it is imported: hosts without the one (jsdom) and with a frozen other could not even import the package.
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { StepError } from "./files.mjs";

const NAME = "@assemblyscript/loader";
const SOURCE = fileURLToPath(import.meta.resolve(NAME));
/** Its name in the bundles, on every machine the same. */
const PATH = `node_modules/${NAME}/${basename(SOURCE)}`;

// What load.ts imports. esbuild evaluates a module that is required, and not imported, at its first use.
const LAZY = `
const loader = () => require("${NAME}/source");
export const instantiate = (source, imports) => loader().instantiate(source, imports);
export const instantiateSync = (source, imports) => loader().instantiateSync(source, imports);
`;

/** What of the loader's source is replaced, and by what. */
const CHANGES = [
  // Every runtime that knows ES2022 has it.
  [/^\/\*\* polyfill for Object\.hasOwn \*\/\nObject\.hasOwn = [\s\S]*?\n};\n/m, ""],
  // The core has no strings; and should there be one, the loader reads it by itself where decoding fails.
  [/^const utf16 = new TextDecoder\(.*$/m, "const utf16 = {};"],
];

/** The loader's source without what it asks of its host. */
function quietSource() {
  return CHANGES.reduce((source, [found, replacement]) => {
    if (!found.test(source)) throw new StepError(`${SOURCE} has no ${found} any more, which lazy_loader.mjs replaces`);
    return source.replace(found, replacement);
  }, readFileSync(SOURCE, "utf8"));
}

/** An esbuild plugin for every bundle that contains bindings/abi/load.ts. */
export const lazyLoader = {
  name: "lazy-loader",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^@assemblyscript\/loader$/ }, () => ({ path: NAME, namespace: "lazy-loader", sideEffects: false }));
    onResolve({ filter: /^@assemblyscript\/loader\/source$/ }, () => ({ path: PATH, namespace: "loader-source" }));
    onLoad({ filter: /.*/, namespace: "lazy-loader" }, () => ({ contents: LAZY }));
    onLoad({ filter: /.*/, namespace: "loader-source" }, () => ({ contents: quietSource() }));
  },
};
