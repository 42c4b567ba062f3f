// Loading: options, sources of the core, and that kernels share nothing.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { BPF_F_NO_COMMON_LRU, BPF_F_NO_PREALLOC, BPF_MAP_CREATE, BpfError, bytes, Kernel, u32, u64 } from "../../bindings/index.ts";
import { defaultSource } from "../../bindings/abi/source.ts";
import { newKernel } from "../harness/kernel.ts";
import { compileRefusal } from "../harness/runtime.ts";
import { skip } from "../harness/skip.ts";

const test = suite("load");
const spec = { type: "hash", key: u32, value: u64, maxEntries: 1000 } as const;

test("load and loadSync", async () => {
  for (const kernel of [await Kernel.load(), Kernel.loadSync(), await Kernel.load({}), Kernel.loadSync({ seed: 1 })]) {
    const map = kernel.createMap(spec);
    assert.is(map.fd, 3);
    assert.is(map.set(1, 2n).get(1), 2n);
  }
});

const ownBytes = "bytes and a module of one's own";
const refusal = compileRefusal();
if (refusal !== undefined) skip(test, ownBytes, refusal);
else test(ownBytes, async () => {
  const wasm = defaultSource() as Uint8Array<ArrayBuffer>;
  const module = await WebAssembly.compile(wasm);
  for (const options of [{ wasm }, { wasm: wasm.buffer }, { module }]) {
    assert.is(Kernel.loadSync(options).createMap(spec).fd, 3);
    assert.is((await Kernel.load(options)).createMap(spec).fd, 3);
  }
  assert.throws(() => Kernel.loadSync({ wasm: new Uint8Array(8) }), (error: unknown) => error instanceof WebAssembly.CompileError);
});

/** Runs `work` while `object[name]` is what `descriptor` says. */
async function replaced(object: object, name: string, descriptor: PropertyDescriptor, work: () => Promise<void>): Promise<void> {
  const before = Object.getOwnPropertyDescriptor(object, name);
  Object.defineProperty(object, name, { ...descriptor, configurable: true });
  try {
    await work();
  } finally {
    if (before === undefined) Reflect.deleteProperty(object, name);
    else Object.defineProperty(object, name, before);
  }
}

test("load asks for nothing of fetch, which Node loads at the first mention", async () => {
  const get = (): never => assert.unreachable("Response was asked for") as never;
  await replaced(globalThis, "Response", { get }, async () => {
    assert.is((await Kernel.load()).createMap(spec).fd, 3);
  });
});

test("load goes on where a module may not be instantiated synchronously", async () => {
  const value = function Instance(): never {
    throw new RangeError("not in this thread");
  };
  await replaced(WebAssembly, "Instance", { value, writable: true }, async () => {
    assert.throws(() => Kernel.loadSync(), /not in this thread/);
    assert.is((await Kernel.load()).createMap(spec).fd, 3);
  });
});

test("kernels share nothing", () => {
  const first = newKernel();
  const second = newKernel();
  const map = first.createMap(spec);
  map.pin("/sys/fs/bpf/a");
  map.set(1, 1n);
  assert.equal(second.maps(), []);
  assert.equal(second.bpffs.readdir("/sys/fs/bpf"), []);
  assert.is(second.createMap(spec).fd, 3);
  assert.is.not(first.memory, second.memory);
});

test("cpus and cpu", () => {
  assert.is(newKernel().cpus, 1);
  const kernel = newKernel({ cpus: 4 });
  assert.equal([kernel.cpus, kernel.cpu], [4, 0]);
  kernel.cpu = 3;
  assert.is(kernel.cpu, 3);
  for (const cpu of [4, -1, 0.5, NaN]) assert.throws(() => (kernel.cpu = cpu), (error: unknown) => error instanceof RangeError);
  assert.throws(() => (kernel.cpu = "1" as never), (error: unknown) => error instanceof TypeError);
  assert.is(kernel.cpu, 3);
});

test("maxMemoryBytes: beyond it ENOMEM, and within it everything goes on", () => {
  const kernel = newKernel({ maxMemoryBytes: 2 ** 21 });
  const noMemory = (error: unknown) => error instanceof BpfError && error.code === "ENOMEM";
  assert.throws(() => kernel.createMap({ ...spec, maxEntries: 1_000_000 }), noMemory);
  const map = kernel.createMap({ ...spec, maxEntries: 10_000, flags: BPF_F_NO_PREALLOC, value: bytes(1000) });
  const value = new Uint8Array(1000);
  // The first walk gets the map its batch buffer, for which there is no room later.
  assert.is(map.count(), 0);
  let key = 0;
  assert.throws(() => {
    for (;;) map.set(key++, value);
  }, noMemory);
  assert.ok(key > 100);
  assert.is(map.count(), key - 1);
  map.delete(0);
  map.set(0, value);
  map.close();
  assert.ok(kernel.memory.buffer.byteLength <= 2 ** 21);
  assert.is(kernel.alloc(2 ** 22), 0);
});

test("maxFds: beyond it EMFILE", () => {
  const kernel = newKernel({ maxFds: 5 });
  const maps = [kernel.createMap(spec), kernel.createMap(spec)];
  assert.throws(() => kernel.createMap(spec), (error: unknown) => error instanceof BpfError && error.code === "EMFILE");
  assert.throws(() => maps[0].dup(), (error: unknown) => error instanceof BpfError && error.code === "EMFILE");
  maps[0].close();
  kernel.createMap(spec);
});

/** The keys of a new kernel's map, in the map's own order. */
function order(seed?: number | bigint): string {
  return orderIn(newKernel(seed === undefined ? {} : { seed }));
}

function orderIn(kernel: Kernel): string {
  // A preallocated map is walked in the order of memory, this one bucket by bucket.
  const map = kernel.createMap({ ...spec, flags: BPF_F_NO_PREALLOC });
  for (let key = 0; key < 200; key++) map.set(key, 1n);
  return [...map.keys()].join();
}

test("a seed makes the order of a map repeatable; without one it differs", () => {
  assert.is(order(5), order(5n));
  assert.is.not(order(5), order(6));
  assert.is.not(order(), order());
  assert.is(order(2n ** 64n - 1n), order(2n ** 64n - 1n));
});

test("without a seed the order differs where there are no random UUIDs, too", async () => {
  await replaced(crypto, "randomUUID", { value: undefined }, async () => assert.is.not(order(), order()));
});

test("random numbers are drawn for the first map, once, and the CPU stays as it was", async () => {
  let drawn = 0;
  const counted = () => {
    drawn++;
    return "01234567-89ab-4cde-8f01-23456789abcd" as const;
  };
  await replaced(crypto, "randomUUID", { value: counted }, async () => {
    const kernel = await Kernel.load({ cpus: 2 });
    kernel.cpu = 1;
    assert.is(kernel.maps().length, 0);
    assert.is(drawn, 0);
    assert.ok(kernel.bpf(BPF_MAP_CREATE, { map_type: 0 }) < 0);
    assert.is(drawn, 1);
    // Each CPU has room for one element of its own here, so that only where the first one went the second has it thrown out.
    const lists = kernel.createMap({ type: "lru_hash", key: u32, value: u32, maxEntries: 2, flags: BPF_F_NO_COMMON_LRU });
    lists.set(1, 1);
    kernel.cpu = 0;
    lists.set(2, 2);
    assert.equal([lists.fd, drawn, [...lists.keys()].sort()], [3, 1, [1, 2]]);
    Kernel.loadSync({ seed: 1 }).createMap(spec);
    assert.is(drawn, 1);
  });
});

test("a snapshot that is taken before the first map has a random seed, too", () => {
  const restored = () => orderIn(Kernel.loadSync({ snapshot: Kernel.loadSync().snapshot() }));
  assert.is.not(restored(), restored());
  const snapshot = Kernel.loadSync().snapshot();
  assert.is(orderIn(Kernel.loadSync({ snapshot })), orderIn(Kernel.loadSync({ snapshot })));
});

const WRONG: [name: string, error: typeof TypeError | typeof RangeError, options: object][] = [
  ["cpus 0", RangeError, { cpus: 0 }],
  ["cpus 257", RangeError, { cpus: 257 }],
  ["half a CPU", RangeError, { cpus: 1.5 }],
  ["cpus as text", TypeError, { cpus: "2" }],
  ["no memory", RangeError, { maxMemoryBytes: 0 }],
  ["too little memory", RangeError, { maxMemoryBytes: 65536 }],
  ["more memory than there is", RangeError, { maxMemoryBytes: 2 ** 33 }],
  ["fewer fds than every process has", RangeError, { maxFds: 3 }],
  ["a negative seed", RangeError, { seed: -1 }],
  ["a seed of 65 bits", RangeError, { seed: 2n ** 64n }],
  ["a broken seed", TypeError, { seed: 0.5 }],
  ["a seed as text", TypeError, { seed: "1" }],
  ["an option that there is not", TypeError, { maxMemory: 2 ** 20 }],
  ["a misspelt option that is undefined", TypeError, { cpu: undefined }],
  ["options that are no object", TypeError, 4 as unknown as object],
  ["shared with a core of the caller's", TypeError, { shared: { source: () => new Uint8Array(0) }, wasm: new Uint8Array(0) }],
  ["shared with programs", TypeError, { shared: { source: () => new Uint8Array(0) }, programs: {} }],
  ["no options at all, as null", TypeError, null as unknown as object],
];
for (const [name, error, options] of WRONG) {
  test(`${name} is a ${error.name}`, async () => {
    assert.throws(() => Kernel.loadSync(options), (thrown: unknown) => thrown instanceof error);
    const rejected = await Kernel.load(options).catch((thrown: unknown) => thrown);
    assert.instance(rejected, error);
  });
}

test("an unknown option is named, with those that there are", () => {
  assert.throws(() => Kernel.loadSync({ cpu: 2 } as object), /: there is no option "cpu", only cpus, maxMemoryBytes, maxFds, seed, snapshot, dump, shared, wasm, module, programs: did you mean "cpus"\?$/);
});

test.run();
