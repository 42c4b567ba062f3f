// The death of a thread between any two stores: a thread does an operation and dies at its first store, then at its second, and
// so on until it gets through. After each death another thread reaps it: the engine's own rules hold, and the operation was
// done, or it never happened.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { readFileSync } from "node:fs";
import { exportsOf } from "../../bindings/abi/internals.ts";
import { Kernel } from "../../bindings/index.ts";
import { bytesOf, type Script, scripts } from "./operations.ts";

interface DebugExports {
  die_after(after: number): void;
  check_invariants(): number;
}

const wasm = new Uint8Array(readFileSync("build/shared_debug.wasm"));
const module = new WebAssembly.Module(wasm);

const test = suite("death at every store");

function debug(kernel: Kernel): DebugExports {
  return exportsOf(kernel) as unknown as DebugExports;
}

/** A thread that does the operation and dies at a store, counted from 1: false when it got through. */
function diesAt(handle: ReturnType<Kernel["share"]>, store: number, script: Script): boolean {
  const victim = Kernel.attachSync(handle);
  const cpu = victim.cpu;
  debug(victim).die_after(store);
  try {
    script.act(victim);
  } catch (error) {
    if (!(error instanceof WebAssembly.RuntimeError)) throw error;
    return cpu > 0;
  }
  debug(victim).die_after(0);
  victim.detach();
  return false;
}

let deaths = 0;

for (const script of scripts) {
  test(script.name, () => {
    let store = 1;
    for (; ; store++) {
      const kernel = Kernel.loadSync({ shared: { source: () => module }, cpus: 3, seed: 1, maxMemoryBytes: script.memoryBytes });
      script.setUp(kernel);
      const before = bytesOf(kernel);
      const died = diesAt(kernel.share(), store, script);
      if (!died) break;
      deaths++;
      assert.ok(kernel.reap(1), `store ${store}: reaped`);
      const broken = debug(kernel).check_invariants();
      assert.is(broken, 0, `store ${store}: number of the broken rule`);
      const after = bytesOf(kernel);
      if (after !== before) {
        // It was finished, at least as far as anybody can tell: done again from the start it leads to the same.
        const whole = Kernel.loadSync({ shared: { source: () => module }, cpus: 3, seed: 1, maxMemoryBytes: script.memoryBytes });
        script.setUp(whole);
        script.act(whole);
        assert.is(after, bytesOf(whole), `store ${store}: done or undone`);
      }
      // Everything goes on.
      script.act(kernel);
      assert.is(debug(kernel).check_invariants(), 0, `store ${store}: afterwards`);
    }
    assert.ok(store > 1, "it stores something");
  });
}

test.after(() => console.log(`${deaths} deaths`));

test.run();
