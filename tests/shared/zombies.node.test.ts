// Threads that were taken for dead and live: in some runtimes a terminated worker runs on. And what is reaped besides.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { readFileSync } from "node:fs";
import { exportsOf } from "../../bindings/abi/internals.ts";
import { Kernel, u32 } from "../../bindings/index.ts";
import { shared } from "../../bindings/shared.ts";
import { judge, Op, type RaceSpec } from "./history.ts";

const module = new WebAssembly.Module(new Uint8Array(readFileSync("build/shared_debug.wasm")));
const OPEN = { type: "hash", key: u32, value: u32 } as const;
const FLOWS = { ...OPEN, maxEntries: 100 } as const;
const newKernel = (cpus = 3): Kernel => Kernel.loadSync({ shared: { source: () => module }, cpus });
const rules = (kernel: Kernel): number => (exportsOf(kernel) as unknown as { check_invariants(): number }).check_invariants();

/** The memory without user chunks, in which the bindings of a zombie may still write their own blocks (assembly/mem/chunk.ts). */
function engineBytes(kernel: Kernel): Buffer {
  const memory = Buffer.from(new Uint8Array(kernel.memory.buffer).slice());
  const [CHUNK, KIND_USER] = [65536, 4];
  for (let chunk = 0; chunk < memory.length / CHUNK; chunk++) {
    if (memory[CHUNK + chunk] === KIND_USER) memory.fill(0, chunk * CHUNK, (chunk + 1) * CHUNK);
  }
  return memory;
}

const test = suite("zombies");

test("a thread that was reaped and lives writes nothing more, and is told so", () => {
  const kernel = newKernel();
  const flows = kernel.createMap(FLOWS);
  flows.set(1, 10);
  const zombie = Kernel.attachSync(kernel.share());
  const its = zombie.openById(flows.info().id, OPEN);
  its.set(2, 20);
  assert.ok(kernel.reap(zombie.cpu));
  // Its slot and its frame are given to somebody else.
  const heir = Kernel.attachSync(kernel.share());
  assert.is(heir.cpu, 1);
  const before = engineBytes(kernel);
  assert.throws(() => its.set(2, 21), WebAssembly.RuntimeError);
  assert.throws(() => its.delete(1), /taken for dead/);
  assert.throws(() => zombie.bpf(0, { map_type: 1, key_size: 4, value_size: 4, max_entries: 1 }), /taken for dead/);
  assert.throws(() => zombie.alloc(8), /taken for dead/);
  assert.throws(() => zombie.snapshot(), /taken for dead/);
  assert.is(Buffer.compare(engineBytes(kernel), before), 0, "not one byte of the engine's");
  assert.equal([...flows.entries()].sort(), [[1, 10], [2, 20]]);
  heir.detach();
  assert.is(rules(kernel), 0);
});

test("records that a dead thread had reserved are discarded", () => {
  const kernel = newKernel();
  const ring = kernel.createMap({ type: "ringbuf", maxEntries: 4096 });
  const victim = Kernel.attachSync(kernel.share());
  const its = victim.openById(ring.info().id, { type: "ringbuf" });
  its.reserve(100);
  ring.output(new Uint8Array([1, 2, 3]));
  assert.is(ring.consume(), undefined, "it stands behind an unfinished record");
  assert.ok(kernel.reap(victim.cpu));
  assert.equal(ring.consume(), new Uint8Array([1, 2, 3]));
  assert.is(rules(kernel), 0);
});

test("a dead thread that is met by others is reaped by them, within its time", () => {
  const kernel = newKernel();
  const flows = kernel.createMap(FLOWS);
  const victim = Kernel.attachSync(kernel.share());
  const its = victim.openById(flows.info().id, OPEN);
  (exportsOf(victim) as unknown as { die_after(stores: number): void }).die_after(1);
  assert.throws(() => its.set(7, 7), WebAssembly.RuntimeError);
  const began = Date.now();
  flows.set(7, 8);
  const took = Date.now() - began;
  assert.is(flows.get(7), 8);
  assert.ok(took < 10_000, `${took} ms`);
  assert.is(rules(kernel), 0);
  assert.is(kernel.reap(victim.cpu), false, "it was done already");
});

test("CPUs are given out once each, and again after detach", () => {
  const kernel = newKernel(2);
  const other = Kernel.attachSync(kernel.share());
  assert.throws(() => Kernel.attachSync(kernel.share()), /each of its 2 CPUs has a thread/);
  assert.throws(() => (kernel.cpu = 1), /another thread runs on CPU 1/);
  assert.is(kernel.reap(0), false, "the caller's own");
  other.detach();
  other.detach();
  assert.throws(() => other.bpf(0, {}), /has detached/);
  assert.is(Kernel.attachSync(kernel.share()).cpu, 1);
  assert.is(kernel.reap(1), true);
  assert.throws(() => Kernel.loadSync().share(), TypeError);
});

test("the published core shares as the debug one does", async () => {
  const kernel = await Kernel.load({ shared, cpus: 2, maxMemoryBytes: 32 << 20 });
  const flows = kernel.createMap(FLOWS);
  const other = await Kernel.attach(kernel.share());
  other.openById(flows.info().id, OPEN).set(1, 2);
  assert.is(flows.get(1), 2);
  assert.is(kernel.reap(1), true);
});

test("what no order explains is found", () => {
  const spec = { keys: 1 } as RaceSpec;
  const note = (op: Op, given: number, answer: number, begun: number, ended: number): number[] => [op, 0, given, answer, begun, ended];
  const one = Int32Array.from([...note(Op.SET, 5, 0, 1, 2), ...note(Op.GET, 0, 5, 5, 6)]);
  assert.is(judge(spec, [one, Int32Array.from(note(Op.GET, 0, 5, 3, 4))]), undefined);
  assert.match(judge(spec, [one, Int32Array.from(note(Op.GET, 0, -1, 3, 4))]) ?? "", /no order/);
  assert.match(judge(spec, [one, Int32Array.from(note(Op.GET, 0, 7, 1, 4))]) ?? "", /no order/);
  assert.match(judge(spec, [Int32Array.from(note(Op.ADD, 1, 0, 1, 4)), Int32Array.from(note(Op.ADD, 2, 0, 2, 3))]) ?? "", /no order/);
});

test.run();
