// The bare module, without the library around it: random lookups inside the core.
import { BPF_MAP_CREATE, BPF_MAP_TYPE_HASH, BPF_MAP_UPDATE_ELEM } from "../library.js";

/** The exports that the loop calls. */
interface Core {
  memory: WebAssembly.Memory;
  alloc(size: number): number;
  bpf(cmd: number, attr: number, size: number): number;
  lookup_many?(fd: number, keys: number, values: number, count: number, found: number): number;
}

const CHUNK = 4096;

/** Bytes of the attr of an element command. */
const ELEM_ATTR_SIZE = 32;

/**
 * A pass over `order`, `CHUNK` keys a call, in a map that holds `keys`, u32 → u32; or why there is none. Exports beside bpf() may
 * have other names in an engine that this one is compared with.
 */
export async function bareLookups(wasm: Uint8Array, keys: Uint32Array, order: Uint32Array): Promise<(() => number) | string> {
  const { instance } = await WebAssembly.instantiate(wasm as BufferSource);
  const core = instance.exports as unknown as Core;
  const { lookup_many } = core;
  if (lookup_many === undefined) return "the module exports no lookup_many";
  const attr = core.alloc(ELEM_ATTR_SIZE + 8);
  new Uint32Array(core.memory.buffer, attr, 4).set([BPF_MAP_TYPE_HASH, 4, 4, keys.length]);
  const fd = core.bpf(BPF_MAP_CREATE, attr, 16);
  if (fd < 0) throw new Error(`MAP_CREATE answers ${fd}`);
  // map_fd, and the addresses of a key and a value behind the attr; the fields are 8 bytes each.
  const words = new Uint32Array(core.memory.buffer, attr, (ELEM_ATTR_SIZE + 8) / 4);
  words.set([fd, 0, attr + ELEM_ATTR_SIZE, 0, attr + ELEM_ATTR_SIZE + 4, 0, 0, 0]);
  keys.forEach((key, i) => {
    words.set([key, i], ELEM_ATTR_SIZE / 4);
    if (core.bpf(BPF_MAP_UPDATE_ELEM, attr, ELEM_ATTR_SIZE) !== 0) throw new Error(`UPDATE_ELEM refuses key ${i}`);
  });
  const keysPtr = core.alloc(order.length * 4);
  const [valuesPtr, foundPtr] = [core.alloc(CHUNK * 4), core.alloc(CHUNK)];
  new Uint32Array(core.memory.buffer).set(order, keysPtr >>> 2);
  return () => {
    let found = 0;
    for (let at = 0; at < order.length; at += CHUNK) {
      found += lookup_many(fd, keysPtr + at * 4, valuesPtr, Math.min(CHUNK, order.length - at), foundPtr);
    }
    if (found !== order.length) throw new Error(`found ${found} of ${order.length} keys`);
    return found;
  };
}
