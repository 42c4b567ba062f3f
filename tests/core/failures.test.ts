// One allocation that fails, at every place where a command allocates: ENOMEM, everything as before, and the same command
// then answers what it would have. On a fresh kernel each time, so that the growth of its tables is among the places.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Kernel } from "../../bindings/index.ts";
import { newKernel } from "../harness/kernel.ts";
import { Cmd, Errno, MapFlag } from "../kernel/abi.ts";
import { type Life, createAttr, fill, lives } from "./lives.ts";
import { answerText } from "./machine.ts";
import { is, ok } from "./table.ts";

const { ENOMEM, EMFILE } = Errno;
const NEVER = 2 ** 31 - 1;
const PATH = "/sys/fs/bpf/pin";
const BATCH = 3;

/** A kernel in which a command is about to run; the map has its elements unless it is to be made. */
interface Stage {
  kernel: Kernel;
  map_fd: number;
  inner: number;
}

interface Action {
  name: string;
  /** What must be there before; it may allocate. */
  prepare?(stage: Stage, life: Life): void;
  run(stage: Stage, life: Life): number;
  opensFd?: boolean;
}

const keyOf = ({ base }: Life, byte: number): Uint8Array | null => {
  if (base.key_size === 0) return null;
  const key = new Uint8Array(base.key_size);
  key[0] = byte;
  return key;
};
const valueOf = ({ kernel, inner }: Stage, { base }: Life): Uint8Array => {
  const value = new Uint8Array(Math.ceil(base.value_size / 8) * 8 * kernel.cpus || 8);
  new DataView(value.buffer).setInt32(0, inner, true);
  return value;
};
const elem = (cmd: Cmd, byte: number) => (stage: Stage, life: Life): number =>
  stage.kernel.bpf(cmd, { map_fd: stage.map_fd, key: keyOf(life, byte), value: valueOf(stage, life), flags: 0 });
const batch = (cmd: Cmd, count: number) => (stage: Stage, { base }: Life): number => {
  const { kernel, map_fd, inner } = stage;
  const keys = new Uint8Array(Math.max(base.key_size, 4) * BATCH).fill(20);
  const values = new Uint8Array((Math.ceil(base.value_size / 8) * 8 * kernel.cpus || 8) * BATCH);
  for (let at = 0; at < values.length; at += 4) new DataView(values.buffer).setInt32(at, inner, true);
  const out_batch = new Uint8Array(Math.max(base.key_size, 4));
  return kernel.bpf(cmd, { map_fd, in_batch: null, out_batch, keys, values, count });
};

const actions: readonly Action[] = [
  { name: "MAP_CREATE", run: ({ kernel, inner }, { base }) => kernel.bpf(Cmd.MAP_CREATE, createAttr(base, inner)), opensFd: true },
  { name: "LOOKUP", run: elem(Cmd.MAP_LOOKUP_ELEM, 8) },
  { name: "UPDATE of a new key", run: elem(Cmd.MAP_UPDATE_ELEM, 30) },
  { name: "UPDATE of a present key", run: elem(Cmd.MAP_UPDATE_ELEM, 1) },
  { name: "DELETE", run: elem(Cmd.MAP_DELETE_ELEM, 1) },
  { name: "LOOKUP_AND_DELETE", run: elem(Cmd.MAP_LOOKUP_AND_DELETE_ELEM, 1) },
  {
    name: "GET_NEXT_KEY",
    run: ({ kernel, map_fd }, { base }) =>
      kernel.bpf(Cmd.MAP_GET_NEXT_KEY, { map_fd, key: null, next_key: new Uint8Array(base.key_size || 4) }),
  },
  { name: "LOOKUP_BATCH", run: batch(Cmd.MAP_LOOKUP_BATCH, BATCH) },
  { name: "LOOKUP_AND_DELETE_BATCH", run: batch(Cmd.MAP_LOOKUP_AND_DELETE_BATCH, BATCH) },
  { name: "UPDATE_BATCH of one", run: batch(Cmd.MAP_UPDATE_BATCH, 1) },
  { name: "DELETE_BATCH of one", run: batch(Cmd.MAP_DELETE_BATCH, 1) },
  { name: "FREEZE", run: ({ kernel, map_fd }) => kernel.bpf(Cmd.MAP_FREEZE, { map_fd }) },
  {
    name: "OBJ_GET_INFO_BY_FD",
    run: ({ kernel, map_fd }) =>
      kernel.bpf(Cmd.OBJ_GET_INFO_BY_FD, { bpf_fd: map_fd, info_len: 88, info: new Uint8Array(88) }),
  },
  { name: "MAP_GET_NEXT_ID", run: ({ kernel }) => kernel.bpf(Cmd.MAP_GET_NEXT_ID, { start_id: 0 }) },
  { name: "MAP_GET_FD_BY_ID", run: ({ kernel }) => kernel.bpf(Cmd.MAP_GET_FD_BY_ID, { map_id: 2 }), opensFd: true },
  { name: "OBJ_PIN", run: ({ kernel, map_fd }) => kernel.bpf(Cmd.OBJ_PIN, { bpf_fd: map_fd, pathname: PATH }) },
  {
    name: "OBJ_GET",
    prepare: ({ kernel, map_fd }) => is(kernel.bpf(Cmd.OBJ_PIN, { bpf_fd: map_fd, pathname: PATH }), 0),
    run: ({ kernel }) => kernel.bpf(Cmd.OBJ_GET, { pathname: PATH }),
    opensFd: true,
  },
  { name: "dup", run: ({ kernel, map_fd }) => kernel.dup(map_fd), opensFd: true },
];

function newStage(life: Life, { name, prepare }: Action): Stage {
  const kernel = newKernel({ cpus: 2, seed: 7 });
  // Only an outer map needs another map, and MAP_CREATE shall be the first allocation where it can be.
  const needsInner = life.base.type === 12 || life.base.type === 13 || name !== "MAP_CREATE";
  const inner = needsInner ? kernel.bpf(Cmd.MAP_CREATE, { map_type: 2, key_size: 4, value_size: 8, max_entries: 4 }) : 0;
  const stage = { kernel, map_fd: -1, inner };
  if (name !== "MAP_CREATE") {
    stage.map_fd = kernel.bpf(Cmd.MAP_CREATE, createAttr(life.base, inner));
    // Half full, so that a new key finds room.
    fill(kernel, stage.map_fd, { ...life.base, max_entries: Math.min(2, life.base.max_entries) }, inner);
  }
  prepare?.(stage, life);
  return stage;
}

const held = ({ kernel }: Stage): object => {
  const { memoryBytes: _, usedBytes: __, ...live } = kernel.stats();
  return live;
};

/** The most allocations that one command may make. */
const ALLOCATIONS_MAX = 40;

/** Fails each allocation in turn, until the command no longer reaches one; returns how many there were. */
function failEach(life: Life, action: Action): number {
  const again: number[] = [];
  for (let after = 0; after < ALLOCATIONS_MAX; after++) {
    const stage = newStage(life, action);
    const before = held(stage);
    stage.kernel.failNext("ENOMEM", { after });
    const answer = action.run(stage, life);
    stage.kernel.failNext("ENOMEM", { after: NEVER });
    if (answer !== -ENOMEM) {
      again.forEach((retried, index) => is(retried, answer, `${action.name}, allocation ${index}: the next call`));
      return after;
    }
    assert.equal(held(stage), before, `${action.name}, allocation ${after}: nothing is half done`);
    again.push(action.run(stage, life));
  }
  throw new Error(`${action.name} allocates more than ${ALLOCATIONS_MAX} times`);
}

const memory = suite("an allocation that fails");

const failed = new Map<string, number>();

for (const life of lives) {
  memory(life.name, () => {
    for (const action of actions) failed.set(action.name, (failed.get(action.name) ?? 0) + failEach(life, action));
  });
}

memory("the commands that allocate were made to fail", () => {
  for (const name of ["MAP_CREATE", "UPDATE of a new key", "UPDATE_BATCH of one", "OBJ_PIN"]) {
    assert.ok(failed.get(name)! > 0, name);
  }
  assert.ok(failed.get("MAP_CREATE")! >= 2 * lives.length, "a header and a table at least");
  for (const name of ["LOOKUP", "DELETE", "GET_NEXT_KEY", "FREEZE"]) assert.is(failed.get(name), 0, `${name} needs no memory`);
});

memory("UPDATE_BATCH says how far it came", () => {
  for (let after = 0; after < 12; after++) {
    const kernel = newKernel({ seed: 7 });
    const attr = { map_type: 1, key_size: 4, value_size: 30000, max_entries: 10, map_flags: MapFlag.NO_PREALLOC };
    const map_fd = kernel.bpf(Cmd.MAP_CREATE, attr);
    const keys = Uint32Array.from({ length: 5 }, (_, index) => index);
    const request = { map_fd, keys, values: new Uint8Array(5 * 30000), count: 5 };
    kernel.failNext("ENOMEM", { after });
    const answer = kernel.bpf(Cmd.MAP_UPDATE_BATCH, request);
    kernel.failNext("ENOMEM", { after: NEVER });
    assert.ok(answer === 0 || answer === -ENOMEM, answerText(answer));
    assert.is(answer === 0, request.count === 5);
    keys.forEach((key, index) => {
      const lookup = { map_fd, key: Uint32Array.of(key), value: new Uint8Array(30000) };
      is(kernel.bpf(Cmd.MAP_LOOKUP_ELEM, lookup), index < request.count ? 0 : -Errno.ENOENT, `key ${key}`);
    });
  }
});

memory.run();

const descriptors = suite("an fd that cannot be had");

for (const life of lives) {
  descriptors(life.name, () => {
    for (const action of actions.filter(({ opensFd }) => opensFd)) {
      const stage = newStage(life, action);
      const before = held(stage);
      stage.kernel.failNext("EMFILE");
      is(action.run(stage, life), -EMFILE, action.name);
      assert.equal(held(stage), before, `${action.name}: nothing is half done`);
      ok(action.run(stage, life), `${action.name}: the next call`);
    }
  });
}

descriptors.run();
