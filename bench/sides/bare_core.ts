// The bare module, without the library around it: random lookups inside the core.
import { BPF_MAP_CREATE, BPF_MAP_TYPE_HASH } from "../library.js";

/** The exports that the loop calls. */
interface Core {
  memory: WebAssembly.Memory;
  alloc(size: number): number;
  bpf(cmd: number, attr: number, size: number): number;
  update_u32(fd: number, key: number, value: number, flags: number): number;
  lookup_many(fd: number, keys: number, values: number, count: number, found: number): number;
}

const CHUNK = 4096;

/** A pass over `order`, `CHUNK` keys a call, in a map that holds `keys`, u32 → u32. */
export async function bareLookups(wasm: Uint8Array, keys: Uint32Array, order: Uint32Array): Promise<() => number> {
  const { instance } = await WebAssembly.instantiate(wasm as BufferSource);
  const core = instance.exports as unknown as Core;
  const attr = core.alloc(16);
  new Uint32Array(core.memory.buffer, attr, 4).set([BPF_MAP_TYPE_HASH, 4, 4, keys.length]);
  const fd = core.bpf(BPF_MAP_CREATE, attr, 16);
  if (fd < 0) throw new Error(`MAP_CREATE answers ${fd}`);
  keys.forEach((key, i) => core.update_u32(fd, key, i, 0));
  const keysPtr = core.alloc(order.length * 4);
  const [valuesPtr, foundPtr] = [core.alloc(CHUNK * 4), core.alloc(CHUNK)];
  new Uint32Array(core.memory.buffer).set(order, keysPtr >>> 2);
  return () => {
    let found = 0;
    for (let at = 0; at < order.length; at += CHUNK) {
      found += core.lookup_many(fd, keysPtr + at * 4, valuesPtr, Math.min(CHUNK, order.length - at), foundPtr);
    }
    if (found !== order.length) throw new Error(`found ${found} of ${order.length} keys`);
    return found;
  };
}
