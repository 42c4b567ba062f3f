// Reads a whole map through GET_NEXT_KEY and LOOKUP, or through batches, and answers with all its elements.

import { AttrBytes, At, Cmd, Errno } from "./abi.ts";
import { hex, textOrDigest } from "./hex.ts";
import type { WalkOp } from "./ops.ts";
import type { Runner } from "./runner.ts";

/** More steps than any script's map has elements: a walk that gets here does not end. */
const STEPS_MAX = 20000;

export function walk(runner: Runner, op: WalkOp): string {
  const { steps, elements } = op.how === "next" ? byNextKey(runner, op) : byBatch(runner, op);
  // How the elements fall into buckets depends on the seed, so then only the last step's result is comparable.
  const shownSteps = op.sorted ? steps.slice(-1) : steps;
  if (op.sorted) elements.sort();
  return `${shownSteps.join(",")} [${textOrDigest(elements.join(" "))}]`;
}

interface Walked {
  steps: string[];
  elements: string[];
}

function byNextKey(runner: Runner, op: WalkOp): Walked {
  const { target, placer } = runner;
  const fd = runner.fd(op.slot);
  const walked: Walked = { steps: [], elements: [] };
  let key: Uint8Array | undefined;
  for (let step = 0; step < STEPS_MAX; step++) {
    placer.reset();
    const next = placer.place(new Uint8Array(op.keySize), false, 0);
    const attr = new AttrBytes(24).u32(At.elem.map_fd, fd).address(At.elem.next_key, next.address);
    if (key !== undefined) attr.address(At.elem.key, placer.place(key, false, 0).address);
    runner.calls++;
    const ret = target.bpf(Cmd.MAP_GET_NEXT_KEY, attr.bytes, 24);
    if (ret !== 0) {
      walked.steps.push(String(ret));
      return walked;
    }
    key = next.read();
    const value = placer.place(new Uint8Array(op.viewSize), false, 0);
    const lookup = new AttrBytes(32).u32(At.elem.map_fd, fd).address(At.elem.key, next.address);
    runner.calls++;
    const found = target.bpf(Cmd.MAP_LOOKUP_ELEM, lookup.address(At.elem.value, value.address).bytes, 32);
    walked.elements.push(`${hex(key)}=${found === 0 ? valueText(runner, op, value.read()) : found}`);
  }
  walked.steps.push("endless");
  return walked;
}

function byBatch(runner: Runner, op: WalkOp): Walked {
  const { target, placer } = runner;
  const cmd = op.how === "drain" ? Cmd.MAP_LOOKUP_AND_DELETE_BATCH : Cmd.MAP_LOOKUP_BATCH;
  const walked: Walked = { steps: [], elements: [] };
  let count = op.count;
  let cursor: Uint8Array | undefined;
  for (let step = 0; step < STEPS_MAX; step++) {
    placer.reset();
    const keys = placer.place(new Uint8Array(count * op.keySize), false, 0);
    const values = placer.place(new Uint8Array(count * op.viewSize), false, 0);
    const out = placer.place(new Uint8Array(op.cursorSize), false, 0);
    const attr = new AttrBytes(56).u32(At.batch.map_fd, runner.fd(op.slot)).u32(At.batch.count, count);
    attr.address(At.batch.keys, keys.address).address(At.batch.values, values.address);
    attr.address(At.batch.out_batch, out.address);
    if (cursor !== undefined) attr.address(At.batch.in_batch, placer.place(cursor, false, 0).address);
    runner.calls++;
    const ret = target.bpf(cmd, attr.bytes, 56);
    const delivered = new DataView(attr.bytes.buffer).getUint32(At.batch.count, true);
    walked.steps.push(`${ret}/${delivered}@${hex(out.read())}`);
    if (ret === -Errno.ENOSPC && count < STEPS_MAX) {
      count *= 2;
      continue;
    }
    // A command that fails before it counts leaves the requested count in place, so it has delivered nothing.
    if (ret !== 0 && ret !== -Errno.ENOENT) break;
    collect(runner, op, keys.read(), values.read(), delivered, walked.elements);
    if (ret !== 0) break;
    cursor = out.read();
  }
  if (op.sorted) walked.steps = walked.steps.map((text) => text.split("/")[0]);
  return walked;
}

function collect(runner: Runner, op: WalkOp, keys: Uint8Array, values: Uint8Array, count: number, to: string[]): void {
  for (let i = 0; i < count; i++) {
    const key = keys.subarray(i * op.keySize, (i + 1) * op.keySize);
    const value = values.subarray(i * op.viewSize, (i + 1) * op.viewSize);
    to.push(`${hex(key)}=${valueText(runner, op, value)}`);
  }
}

function valueText(runner: Runner, op: WalkOp, value: Uint8Array): string {
  if (op.ids !== true) return hex(value);
  const id = new DataView(value.buffer, value.byteOffset).getUint32(0, true);
  return runner.symbolOfId(id).toString(16);
}
