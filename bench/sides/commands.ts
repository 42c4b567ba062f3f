// The raw surface (attr objects with views) and the exact surface (addresses): the same loops around kernel.bpf.
import {
  BPF_MAP_CREATE,
  BPF_MAP_DELETE_ELEM,
  BPF_MAP_GET_NEXT_KEY,
  BPF_MAP_LOOKUP_ELEM,
  BPF_MAP_TYPE_HASH,
  BPF_MAP_UPDATE_ELEM,
  type BpfAttr,
  type Kernel,
} from "../library.js";
import { own, time } from "../harness/timing.ts";
import type { Fixture, Store } from "./fixture.ts";
import { repeated } from "./typed.ts";

/** An attr object or its address: kernel.bpf takes either, but no union of them. */
type Attr = BpfAttr | number;

/** Everything a loop needs of a map: how to name it in an attr, and the words that the attr's key points to. */
interface Opened {
  fd: number;
  elem: Attr;
  /** The attr of DELETE, whose unused fields must be absent or zero. */
  remove: Attr;
  /** The attr of GET_NEXT_KEY, which continues after the key that LOOKUP has just used. */
  next: Attr;
  first: Attr;
  key: Uint32Array;
  close(): void;
}

function create(kernel: Kernel, { keyWords, valueWords, count }: Fixture): number {
  const [key_size, value_size] = [keyWords * 4, valueWords * 4];
  return kernel.bpf(BPF_MAP_CREATE, { map_type: BPF_MAP_TYPE_HASH, key_size, value_size, max_entries: count });
}

function openRaw(kernel: Kernel, fixture: Fixture): Opened {
  const fd = create(kernel, fixture);
  const key = new Uint8Array(fixture.keyWords * 4);
  const value = new Uint8Array(fixture.valueWords * 4);
  return {
    fd,
    elem: { map_fd: fd, key, value, flags: 0 },
    remove: { map_fd: fd, key },
    next: { map_fd: fd, key, next_key: key },
    first: { map_fd: fd, key: null, next_key: key },
    key: new Uint32Array(key.buffer),
    close: () => void kernel.close(fd),
  };
}

function openExact(kernel: Kernel, fixture: Fixture): Opened {
  const fd = create(kernel, fixture);
  const ATTR = 168;
  const block = kernel.alloc(3 * ATTR + 64);
  const [remove, next, keyPtr] = [block + ATTR, block + 2 * ATTR, block + 3 * ATTR];
  const words = new Uint32Array(kernel.memory.buffer);
  for (const attr of [block, remove, next]) {
    words[attr >>> 2] = fd;
    words[(attr + 8) >>> 2] = keyPtr;
  }
  words[(block + 16) >>> 2] = keyPtr + 32;
  words[(next + 16) >>> 2] = keyPtr;
  const first = kernel.alloc(ATTR);
  words[first >>> 2] = fd;
  words[(first + 16) >>> 2] = keyPtr;
  return {
    fd,
    elem: block,
    remove: remove,
    next: next,
    first: first,
    key: new Uint32Array(kernel.memory.buffer, keyPtr, fixture.keyWords),
    close: () => {
      kernel.free(block);
      kernel.free(first);
      kernel.close(fd);
    },
  };
}

const runOne = (kernel: Kernel, cmd: number, attr: Attr, order: Uint32Array, key: Uint32Array) => {
  let done = 0;
  for (let i = 0; i < order.length; i++) {
    key[0] = order[i];
    if (kernel.bpf(cmd, attr as number) === 0) done++;
  }
  return done;
};

const runFour = (kernel: Kernel, cmd: number, attr: Attr, order: Uint32Array, key: Uint32Array) => {
  let done = 0;
  for (let i = 0; i < order.length; i += 4) {
    key[0] = order[i];
    key[1] = order[i + 1];
    key[2] = order[i + 2];
    key[3] = order[i + 3];
    if (kernel.bpf(cmd, attr as number) === 0) done++;
  }
  return done;
};

const runWalk = (kernel: Kernel, lookup: number, nextKey: number, elem: Attr, first: Attr, next: Attr, repeats: number) => {
  let done = 0;
  for (let r = 0; r < repeats; r++) {
    for (let ret = kernel.bpf(nextKey, first as number); ret === 0; ret = kernel.bpf(nextKey, next as number)) {
      done += kernel.bpf(lookup, elem as number);
    }
  }
  return done;
};

type Open = (kernel: Kernel, fixture: Fixture) => Opened;

function commandStore(kernel: Kernel, fixture: Fixture, open: Open): Store {
  const { keys, order, count, ops, repeats, keyWords } = fixture;
  const loop = keyWords === 1 ? runOne : runFour;
  const [lookup, update, remove, walk] = [own(loop), own(loop), own(loop), own(runWalk)];
  // Room for the maps of insertions is made before the lasting one: its views must not be lost to memory growth.
  const reserve = open(kernel, fixture);
  open(kernel, fixture).close();
  const map = open(kernel, fixture);
  reserve.close();
  const fill = (opened: Opened): number => update(kernel, BPF_MAP_UPDATE_ELEM, opened.elem, keys, opened.key);
  if (fill(map) !== count) throw new Error("a map did not take its elements");
  const fresh = (): Opened => {
    // A view over memory that has grown meanwhile is empty.
    const opened = open(kernel, fixture);
    if (map.key.length === 0) throw new Error("the kernel's memory grew in the middle of a case");
    return opened;
  };
  return {
    lookup: () => time(ops, () => lookup(kernel, BPF_MAP_LOOKUP_ELEM, map.elem, order, map.key)),
    update: () => time(ops, () => update(kernel, BPF_MAP_UPDATE_ELEM, map.elem, order, map.key)),
    insert: () =>
      repeated(repeats, () => {
        let opened!: Opened;
        const ns = time(count, () => fill((opened = fresh())));
        opened.close();
        return ns;
      }),
    delete: () =>
      repeated(repeats, () => {
        const ns = time(count, () => remove(kernel, BPF_MAP_DELETE_ELEM, map.remove, keys, map.key));
        fill(map);
        return ns;
      }),
    iterate: () =>
      time(count * repeats, () =>
        walk(kernel, BPF_MAP_LOOKUP_ELEM, BPF_MAP_GET_NEXT_KEY, map.elem, map.first, map.next, repeats),
      ),
    close: () => map.close(),
  };
}

export const rawStore = (kernel: Kernel, fixture: Fixture): Store => commandStore(kernel, fixture, openRaw);
export const exactStore = (kernel: Kernel, fixture: Fixture): Store => commandStore(kernel, fixture, openExact);
