// The module hooks of engine_hooks.mjs.
import { pathToFileURL } from "node:url";

let library;

export function initialize(folder) {
  library = pathToFileURL(`${folder}/dist/index.js`).href;
}

export function resolve(specifier, context, next) {
  const isOurs = specifier === "../dist/index.js" && /\/bench\/library\.js(\?|$)/.test(context.parentURL ?? "");
  return isOurs ? { url: library, format: "module", shortCircuit: true } : next(specifier, context);
}
