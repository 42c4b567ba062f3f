// A thread of a race: does random operations on one map and notes each with the moments at which it began and ended, taken from one
// counter that all threads share. Started with workerData.
import { parentPort, workerData } from "node:worker_threads";
import { Kernel, u32 } from "../../bindings/index.ts";
import type { KernelHandle } from "../../bindings/index.ts";
import { Cmd } from "../kernel/abi.ts";
import { FIELDS, MISSED, Op, type RaceSpec, TORN } from "./history.ts";

interface Data {
  handle: KernelHandle;
  id: number;
  spec: RaceSpec;
  thread: number;
  operations: number;
  clock: SharedArrayBuffer;
  seed: number;
}

const { handle, id, spec, thread, operations, clock, seed } = workerData as Data;
const time = new Int32Array(clock);
const kernel = Kernel.attachSync(handle);
const map_fd = kernel.bpf(Cmd.MAP_GET_FD_BY_ID, { map_id: id });
const typed = spec.typed ? kernel.openById(id, { type: "hash", key: u32, value: u32 }) : undefined;

let state = seed | 1;
function random(below: number): number {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) % below;
}

const key = new Uint8Array(spec.keySize);
const valueBytes = spec.percpu ? ((spec.valueSize + 7) & ~7) * kernel.cpus : spec.valueSize;
const value = new Uint8Array(valueBytes);
const keyView = new DataView(key.buffer);
const words = new Uint32Array(value.buffer);

function putKey(number: number): void {
  if (spec.lpm) {
    keyView.setUint32(0, 32, true);
    keyView.setUint32(4, Math.imul(number, 0x01000193));
    return;
  }
  key.fill(number * 37);
  keyView.setUint32(0, number, true);
}

/** The number that a value consists of. */
function wholeValue(): number {
  const first = words[0];
  for (const word of words) if (word !== first) return TORN;
  return first;
}

/** One operation: what it answered, a value or 0 for done, or MISSED with the errno apart. */
function act(op: Op, number: number, given: number): number {
  putKey(number);
  if (op === Op.GET) {
    if (typed !== undefined && (given & 1) === 0) return typed.get(number) ?? MISSED;
    return kernel.bpf(Cmd.MAP_LOOKUP_ELEM, { map_fd, key, value }) === 0 ? wholeValue() : MISSED;
  }
  if (op === Op.TAKE) return kernel.bpf(Cmd.MAP_LOOKUP_AND_DELETE_ELEM, { map_fd, key, value }) === 0 ? wholeValue() : MISSED;
  if (op === Op.DELETE) return kernel.bpf(Cmd.MAP_DELETE_ELEM, { map_fd, key }) === 0 ? 0 : MISSED;
  words.fill(given);
  if (op === Op.SET && typed !== undefined) {
    typed.set(number, given);
    return 0;
  }
  const flags = op === Op.ADD ? 1 : op === Op.REPLACE ? 2 : 0;
  const answer = kernel.bpf(Cmd.MAP_UPDATE_ELEM, { map_fd, key, value, flags });
  return answer === 0 ? 0 : MISSED;
}

const notes = new Int32Array(operations * FIELDS);
let at = 0;
const pace = random(2) === 0 ? 0 : 64;
parentPort!.postMessage({ cpu: kernel.cpu });
Atomics.add(time, 1, 1);
while (Atomics.load(time, 1) < spec.threads) Atomics.wait(time, 1, Atomics.load(time, 1), 5);
for (let i = 0; i < operations; i++) {
  const op = spec.ops[random(spec.ops.length)];
  const number = random(spec.keys);
  // No value is given twice, and none is one of the special answers.
  const given = ((i * spec.threads + thread) << 1) + 2;
  const begun = Atomics.add(time, 0, 1);
  const answer = act(op, number, given);
  const ended = Atomics.add(time, 0, 1);
  notes.set([op, number, given, answer, begun, ended], at);
  at += FIELDS;
  if (pace !== 0 && random(pace) === 0) for (let spin = random(3000); spin > 0; spin--) Atomics.load(time, 0);
}
kernel.detach();
parentPort!.postMessage({ notes }, [notes.buffer]);
