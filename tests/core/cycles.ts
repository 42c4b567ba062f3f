// Maps that come and go, and the memory that must stay the same meanwhile.
import * as assert from "uvu/assert";
import { Cmd, MapType } from "../kernel/abi.ts";
import { newKernel } from "../harness/kernel.ts";
import { type Life, live } from "./lives.ts";

const WARM_UP = 20;

/** Makes, fills and closes a map `count` times, and fails unless memory is what it was after the first few rounds. */
export function checkCycles(life: Life, count: number): void {
  const kernel = newKernel({ cpus: 2, seed: 1 });
  const inner = kernel.bpf(Cmd.MAP_CREATE, { map_type: MapType.ARRAY, key_size: 4, value_size: 8, max_entries: 4 });
  const first = live(kernel, life, inner);
  for (let i = 1; i < WARM_UP; i++) live(kernel, life, inner);
  const size = kernel.memory.buffer.byteLength;
  const { lastId, usedBytes, ...start } = kernel.stats();
  for (let i = 0; i < count; i++) assert.is(live(kernel, life, inner), first, "elements that were stored");
  const { lastId: lastIdNow, usedBytes: usedNow, ...end } = kernel.stats();
  assert.is(lastIdNow - lastId, count, "maps made");
  assert.equal(end, start, "live bytes and objects");
  assert.is(kernel.memory.buffer.byteLength, size, "bytes of memory");
  assert.is(usedNow, usedBytes, "chunks in use");
}
