// The package in realms that have next to nothing: importing it runs nothing, and loading a kernel says what is missing.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { transformSync } from "esbuild";
import { readFileSync } from "node:fs";
import vm from "node:vm";

const test = suite("bare realm");

// The bundles of modules, in the form that a context runs without a flag.
const BUNDLES = ["dist/index.js", "dist/index.cjs", "dist/bpf-maps.esm.js"].map((path) => ({
  path,
  code: path.endsWith(".cjs") ? readFileSync(path, "utf8") : transformSync(readFileSync(path, "utf8"), { format: "cjs" }).code,
}));

/** What a bundle exports in a new context that has V8's own globals, less those in `without`, and `globals`. */
function evaluate(code: string, { without = [] as string[], globals = {}, frozen = false } = {}) {
  const context = vm.createContext({ ...globals });
  for (const name of without) vm.runInContext(`delete globalThis.${name}`, context);
  if (frozen) vm.runInContext(FREEZE, context);
  vm.runInContext(`var module = { exports: {} }; (function (module, exports) {${code}\n})(module, module.exports);`, context);
  return { context, library: vm.runInContext("module.exports", context) };
}

// Everything that is reachable from the global object, as SES's lockdown() freezes it.
const FREEZE = `{
  const seen = new Set();
  const freeze = (value) => {
    if ((typeof value !== "object" && typeof value !== "function") || value === null || seen.has(value)) return;
    seen.add(value);
    if (!ArrayBuffer.isView(value)) Object.freeze(value);
    freeze(Object.getPrototypeOf(value));
    for (const { value: own, get, set } of Object.values(Object.getOwnPropertyDescriptors(value))) [own, get, set].forEach(freeze);
  };
  for (const name of Object.getOwnPropertyNames(globalThis)) if (name !== "globalThis") freeze(globalThis[name]);
}`;

const WORKS = `
  const { Kernel, u32, utf8 } = module.exports;
  const kernel = Kernel.loadSync(options);
  const map = kernel.createMap({ type: "hash", key: u32, value: utf8(8), maxEntries: 4, name: "names" });
  map.set(7, "käse");
  map.pin("/sys/fs/bpf/names");
  [map.get(7), kernel.maps()[0].name, kernel.bpffs.readdir("/sys/fs/bpf").join()].join();
`;

for (const { path, code } of BUNDLES) {
  test(`${path}: imports without TextDecoder, WebAssembly and crypto, and load says what is missing`, async () => {
    const { library } = evaluate(code, { without: ["WebAssembly"] });
    assert.throws(() => library.Kernel.loadSync(), /^Cannot load kernel: this host has no WebAssembly$/);
    const rejected = await library.Kernel.load().catch(String);
    assert.is(rejected, "TypeError: Cannot load kernel: this host has no WebAssembly");
  });

  test(`${path}: a realm without atob says so, one without crypto asks for a seed`, () => {
    const bare = evaluate(code).library;
    assert.throws(() => bare.Kernel.loadSync(), /this host has no atob\(\).*give Kernel\.load\(\) wasm or module/);
    const { Kernel, u32 } = evaluate(code, { globals: { atob } }).library;
    const spec = { type: "hash", key: u32, value: u32, maxEntries: 1 };
    assert.throws(() => Kernel.loadSync().createMap(spec), /this host has no crypto: give Kernel\.load\(\) a seed/);
    assert.is(Kernel.loadSync({ seed: 1 }).createMap(spec).fd, 3);
  });

  test(`${path}: works without TextEncoder and TextDecoder`, () => {
    const { context } = evaluate(code, { globals: { atob, options: { seed: 1 } } });
    assert.is(vm.runInContext(WORKS, context), "käse,names,names");
  });

  test(`${path}: works with frozen intrinsics`, () => {
    const { context } = evaluate(code, { globals: { atob, options: { seed: 1 } }, frozen: true });
    assert.is(vm.runInContext(WORKS, context), "käse,names,names");
  });

  test(`${path}: takes a module and bytes that were made in another realm`, async () => {
    const bytes = readFileSync("dist/bpf-maps.wasm");
    const module = new WebAssembly.Module(bytes);
    const { buffer } = Uint8Array.from(bytes);
    for (const option of [{ module }, { wasm: bytes }, { wasm: buffer }]) {
      const { context, library } = evaluate(code, { globals: { options: { ...option, seed: 1 } } });
      assert.is(vm.runInContext(WORKS, context), "käse,names,names");
      assert.is((await library.Kernel.load({ ...option, seed: 1 })).cpus, 1);
    }
  });
}

test.run();
