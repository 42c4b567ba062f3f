// Frees wait while somebody may hold an address of data memory (assembly/mem/deferral.ts): a stale address reaches data memory
// and nothing else, and what waited is free afterwards.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { exportsOf } from "../../bindings/abi/internals.ts";
import { bytes, type Kernel, u32, BPF_F_NO_PREALLOC } from "../../bindings/index.ts";
import { newKernel } from "../harness/kernel.ts";
import { Errno } from "../kernel/abi.ts";

const test = suite("deferral");
const CHUNK = 65536;
const FILL = 0xa5;

function check(kernel: Kernel): void {
  const exports = exportsOf(kernel) as { check_invariants?(): number };
  assert.is(exports.check_invariants?.() ?? 0, 0, "number of the broken rule (assembly/debug)");
}

/** A map whose values lie in chunks of their own, and the address of one of them. */
function large(kernel: Kernel): { address: number; close: () => void } {
  const map = kernel.createMap({ type: "hash", key: u32, value: bytes(3 * CHUNK), maxEntries: 2, flags: BPF_F_NO_PREALLOC });
  map.set(1, new Uint8Array(3 * CHUNK));
  const key = kernel.alloc(4);
  new Uint32Array(kernel.memory.buffer)[key >>> 2] = 1;
  const address = exportsOf(kernel).lookup_elem(map.fd, key) >>> 0;
  kernel.free(key);
  return { address, close: () => map.close() };
}

test("what is written to a stale address reaches nobody's state, whatever is made meanwhile", () => {
  const kernel = newKernel({ maxMemoryBytes: 256 * CHUNK });
  const exports = exportsOf(kernel);
  exports.addresses_hold();
  const { address, close } = large(kernel);
  close();
  const others = Array.from({ length: 40 }, (_, i) => kernel.createMap({ type: "hash", key: u32, value: u32, maxEntries: 64 }).set(i, i));
  const block = kernel.alloc(2 * CHUNK);
  new Uint8Array(kernel.memory.buffer, address, 3 * CHUNK).fill(FILL);
  others.forEach((map, i) => assert.equal([...map], [[i, i]]));
  assert.ok(new Uint8Array(kernel.memory.buffer, block, 2 * CHUNK).every((byte) => byte === 0));
  check(kernel);
  assert.is(exports.addresses_release(), 0);
  check(kernel);
  const again = kernel.createMap({ type: "array", value: bytes(3 * CHUNK), maxEntries: 1 });
  assert.ok(again.get(0)!.every((byte) => byte === 0), "handed out anew, it is cleared");
});

test("memory that waits is not handed out, and is all there afterwards", () => {
  const kernel = newKernel({ maxMemoryBytes: 64 * CHUNK });
  const exports = exportsOf(kernel);
  const before = kernel.stats().usedBytes;
  exports.addresses_hold();
  exports.addresses_hold();
  for (let i = 0; ; i++) {
    let made;
    try {
      made = large(kernel);
    } catch (error) {
      assert.is((error as { code?: string }).code, "ENOMEM");
      assert.ok(i > 5, "some rounds fit");
      break;
    }
    made.close();
    check(kernel);
  }
  assert.is(exports.addresses_release(), 1);
  assert.ok(kernel.stats().usedBytes > before + 32 * CHUNK, "somebody still holds addresses");
  assert.is(exports.addresses_release(), 0);
  assert.is(exports.addresses_release(), -Errno.EINVAL);
  check(kernel);
  for (let i = 0; i < 40; i++) large(kernel).close();
});

test("a snapshot brings no holders back", () => {
  const kernel = newKernel();
  exportsOf(kernel).addresses_hold();
  large(kernel).close();
  const again = newKernel({ snapshot: kernel.snapshot() });
  assert.is(exportsOf(again).addresses_release(), -Errno.EINVAL);
});

test.run();
