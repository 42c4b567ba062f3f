// Which buckets of a hash map hold how many elements, read with LOOKUP_BATCH, whose cursor is a bucket.
import type { Kernel } from "../../bindings/index.ts";
import { At, Cmd, Errno } from "../kernel/abi.ts";

/** Numbers of elements in the buckets that hold any. */
export function bucketSizes(kernel: Kernel, map_fd: number, key_size: number, count: number): number[] {
  const block = kernel.alloc(512 + count * (key_size + 8));
  const [attr, cursor, keys] = [block, block + 256, block + 512];
  const view = (): DataView => new DataView(kernel.memory.buffer);
  const sizes: number[] = [];
  let bucket = 0;
  for (let room = 1; ; ) {
    const data = view();
    for (let at = 0; at < 64; at += 4) data.setUint32(attr + at, 0, true);
    data.setUint32(cursor, bucket, true);
    data.setUint32(attr + At.batch.in_batch, cursor, true);
    data.setUint32(attr + At.batch.out_batch, cursor + 8, true);
    data.setUint32(attr + At.batch.keys, keys, true);
    data.setUint32(attr + At.batch.values, keys + count * key_size, true);
    data.setUint32(attr + At.batch.count, room, true);
    data.setUint32(attr + At.batch.map_fd, map_fd, true);
    const answer = kernel.bpf(Cmd.MAP_LOOKUP_BATCH, attr, 56);
    // The least room that is enough for the next bucket is its size, as long as no second bucket fits.
    if (answer === -Errno.ENOSPC) {
      bucket = view().getUint32(cursor + 8, true);
      room++;
      continue;
    }
    const delivered = view().getUint32(attr + At.batch.count, true);
    if (delivered === 0) break;
    sizes.push(delivered);
    bucket = answer === 0 ? view().getUint32(cursor + 8, true) : 2 ** 31;
    room = 1;
  }
  kernel.free(block);
  return sizes;
}

/** Pairs of elements that share a bucket, over the number that random buckets would give: 1 for random ones. */
export function crowding(sizes: number[], buckets: number): number {
  const count = sizes.reduce((sum, size) => sum + size, 0);
  const pairs = sizes.reduce((sum, size) => sum + (size * (size - 1)) / 2, 0);
  return pairs / ((count * (count - 1)) / 2 / buckets);
}
