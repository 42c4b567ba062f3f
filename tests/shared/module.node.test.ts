// The core for shared memory as a module: what it imports, and what making an instance of it does to a memory in use.
import { readFileSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Kernel, u32 } from "../../bindings/index.ts";
import { shared } from "../../bindings/shared.ts";

const PAGES_MAX = 256;

const test = suite("shared memory");
const module = new WebAssembly.Module(readFileSync("build/shared.wasm"));
const instance = (memory: WebAssembly.Memory): WebAssembly.Instance => new WebAssembly.Instance(module, { env: { memory } });

test("the module imports a shared memory and nothing else", () => {
  assert.equal(WebAssembly.Module.imports(module).map(({ module, name, kind }) => `${module}.${name}: ${kind}`), ["env.memory: memory"]);
  assert.throws(() => instance(new WebAssembly.Memory({ initial: 2, maximum: PAGES_MAX })), /memory/);
});

test("an instance on a memory in use changes not one byte of it", () => {
  const kernel = Kernel.loadSync({ shared, cpus: 2, maxMemoryBytes: PAGES_MAX << 16 });
  const flows = kernel.createMap({ type: "hash", key: u32, value: u32, maxEntries: 8 });
  flows.set(1, 2);
  const memory = kernel.memory as WebAssembly.Memory;
  const before = new Uint8Array(memory.buffer).slice();
  instance(memory);
  assert.equal(Buffer.compare(new Uint8Array(memory.buffer).slice(), before), 0);
  assert.is(flows.get(1), 2);
});

test.run();
