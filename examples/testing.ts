// Testing code that uses maps: a function under test, made to fail on demand, watched, and set back to a known state.
//   npx tsx examples/testing.ts
import assert from "node:assert/strict";
import { BPF_F_NO_PREALLOC, BpfError, formatCall, type HashMap, Kernel, u32, u64 } from "bpf-maps";

/** The code under test: blocks all addresses or none. */
function blockAll(blocked: HashMap<number, bigint>, addresses: number[]): boolean {
  const added: number[] = [];
  try {
    for (const address of addresses) if (blocked.add(address, 0n)) added.push(address);
    return true;
  } catch (error) {
    if (!(error instanceof BpfError)) throw error;
    for (const address of added) blocked.delete(address);
    return false;
  }
}

const kernel = await Kernel.load({ seed: 1 });
const blocked = kernel.createMap({ type: "hash", key: u32, value: u64, maxEntries: 4, flags: BPF_F_NO_PREALLOC, name: "blocked" });
blocked.set(1, 7n);

// One state for every test: each begins with a kernel of its own that is just like this one.
const state = kernel.snapshot();
const fresh = (): [Kernel, HashMap<number, bigint>] => {
  const copy = Kernel.loadSync({ snapshot: state });
  return [copy, copy.openFd(blocked.fd, { type: "hash", key: u32, value: u64 })];
};

{
  const [, map] = fresh();
  assert.equal(blockAll(map, [2, 3, 4]), true);
  assert.deepEqual([...map.keys()].sort(), [1, 2, 3, 4]);
}
{
  const [, map] = fresh();
  assert.equal(blockAll(map, [2, 3, 4, 5]), false, "the map is full at the fourth");
  assert.deepEqual([...map], [[1, 7n]], "nothing is half done");
}
{
  const [other, map] = fresh();
  const lines: string[] = [];
  const stop = other.onCall((call) => lines.push(formatCall(call)));
  other.failNext("ENOMEM", { after: 1 });
  assert.equal(blockAll(map, [2, 3]), false, "memory ran out at the second");
  stop();
  assert.deepEqual([...map], [[1, 7n]]);
  console.log(lines.join("\n"));
  assert.match(lines[1], /= -1 ENOMEM \(Cannot allocate memory\)$/);
}
console.log("all tests passed");
