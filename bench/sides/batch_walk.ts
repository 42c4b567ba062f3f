// A walk over a whole map in batches, on the raw surface.
import { BPF_MAP_LOOKUP_BATCH, type Kernel } from "../library.js";

const ENOENT = -2;

/**
 * Sums all keys and values of a map of u32 keys and u32 values. The buffers lie in the kernel's own memory, where commands use
 * them in place; elsewhere they would be copied.
 */
export function batchWalk(kernel: Kernel, map: { fd: number }, batchCount = 4096): () => number {
  const block = kernel.alloc((2 * batchCount + 1) * 4);
  const view = (first: number, count: number): Uint32Array => new Uint32Array(kernel.memory.buffer, block + first * 4, count);
  return () => {
    // Made for each walk, since views are empty once memory has grown.
    const keys = view(0, batchCount);
    const values = view(batchCount, batchCount);
    const cursor = view(2 * batchCount, 1);
    const attr = { map_fd: map.fd, in_batch: null as Uint32Array | null, out_batch: cursor, keys, values, count: 0 };
    let sum = 0;
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
