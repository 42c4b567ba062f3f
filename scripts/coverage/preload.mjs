// Loaded before the suites in a coverage run: wherever the release or the debug core would be compiled, the counting
// core is, with the import that notes each function at its first entry. The names noted are written when the run ends.
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const path = process.env.BPF_MAPS_COUNTING_CORE;
const counting = readFileSync(path);
const names = JSON.parse(readFileSync(join(dirname(path), "names.json"), "utf8"));
const cores = ["build/release.wasm", "build/debug.wasm"].map((file) => readFileSync(file));

const entered = new Set();
const coverage = { note: (id) => void entered.add(names[id]) };

const bytesOf = (source) =>
  ArrayBuffer.isView(source)
    ? Buffer.from(source.buffer, source.byteOffset, source.byteLength)
    : source instanceof ArrayBuffer
      ? Buffer.from(source)
      : undefined;

function replaced(source) {
  const bytes = bytesOf(source);
  return bytes !== undefined && cores.some((core) => core.equals(bytes)) ? counting : source;
}

const { Module, Instance, instantiate, compile } = WebAssembly;
const withCoverage = (imports) => ({ ...imports, coverage });

WebAssembly.Module = new Proxy(Module, {
  construct: (target, [source], newTarget) => Reflect.construct(target, [replaced(source)], newTarget),
});
WebAssembly.Instance = new Proxy(Instance, {
  construct: (target, [module, imports], newTarget) =>
    Reflect.construct(target, [module, withCoverage(imports)], newTarget),
});
WebAssembly.compile = (source) => compile(replaced(source));
WebAssembly.instantiate = (source, imports) => instantiate(replaced(source), withCoverage(imports));

process.on("exit", () => writeFileSync(process.env.BPF_MAPS_HITS, JSON.stringify([...entered])));
