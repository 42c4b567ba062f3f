// A walk over a whole map in batches, on the raw surface.
import { BPF_MAP_LOOKUP_BATCH, type Kernel } from "../library.js";

const ENOENT = -2;

/** Sums all keys and values of a map of u32 keys and u32 values. */
export function batchWalk(kernel: Kernel, map: { fd: number }, batchCount = 4096): () => number {
  const cursor = new Uint32Array(1);
  const keys = new Uint32Array(batchCount);
  const values = new Uint32Array(batchCount);
  const attr = { map_fd: map.fd, in_batch: null as Uint32Array | null, out_batch: cursor, keys, values, count: batchCount };
  return () => {
    let sum = 0;
    attr.in_batch = null;
    for (let ret = 0; ret === 0; ) {
      attr.count = batchCount;
      ret = kernel.bpf(BPF_MAP_LOOKUP_BATCH, attr);
      if (ret !== 0 && ret !== ENOENT) throw new Error(`LOOKUP_BATCH answers ${ret}`);
      for (let i = 0; i < attr.count; i++) sum += keys[i] ^ values[i];
      attr.in_batch = cursor;
    }
    return sum;
  };
}
