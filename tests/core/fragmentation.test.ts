// After many maps of all types have come and gone, memory is one piece again.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { newKernel, threadBytes } from "../harness/kernel.ts";
import { Cmd, Errno, MapFlag, MapType } from "../kernel/abi.ts";
import { Prng } from "../kernel/prng.ts";
import { createAttr, fill, lives } from "./lives.ts";

const MIB = 2 ** 20;
const test = suite("fragmentation");

for (const seed of [1, 2, 3]) {
  test(`maps of all types until memory is full, freed in any order, seed ${seed}`, () => {
    const limit = 32 * MIB + threadBytes(2);
    const kernel = newKernel({ cpus: 2, seed: 1, maxMemoryBytes: limit });
    const random = new Prng(seed);
    const template = kernel.bpf(Cmd.MAP_CREATE, { map_type: MapType.ARRAY, key_size: 4, value_size: 8, max_entries: 4 });
    for (let round = 0; round < 2; round++) {
      const fds: number[] = [];
      const blocks: number[] = [];
      for (let failures = 0; failures < 30; ) {
        const { base } = random.pick(lives);
        const attr = createAttr(base, template);
        const fd = kernel.bpf(Cmd.MAP_CREATE, { ...attr, max_entries: Math.min(attr.max_entries as number << random.below(6), 1 << 16) });
        if (fd === -Errno.ENOMEM) failures++;
        if (fd > 0) {
          fds.push(fd);
          if (random.below(8) === 0) fill(kernel, fd, base, template);
        }
        if (random.below(4) === 0) blocks.push(kernel.alloc(1 << random.below(17)));
        // Some go while others come.
        if (fds.length > 50 && random.below(3) === 0) kernel.close(fds.splice(random.below(fds.length), 1)[0]);
      }
      assert.ok(fds.length > 100, `${fds.length} maps`);
      while (fds.length > 0) kernel.close(fds.splice(random.below(fds.length), 1)[0]);
      for (const block of blocks) kernel.free(block);
      const large = kernel.bpf(Cmd.MAP_CREATE, { map_type: MapType.ARRAY, key_size: 4, value_size: MIB, max_entries: 24, map_flags: 0 });
      assert.ok(large > 0, `three quarters of memory: ${large}`);
      assert.is(kernel.close(large), 0);
      const block = kernel.alloc(24 * MIB);
      assert.ok(block > 0, "the same of the caller's");
      kernel.free(block);
    }
  });
}

test("200 of 256 MiB after ten thousand small maps", () => {
  const kernel = newKernel({ seed: 1, maxMemoryBytes: 256 * MIB + threadBytes(1) });
  const fds: number[] = [];
  const random = new Prng(4);
  for (let i = 0; i < 10_000; i++) {
    const shape = random.pick([
      { map_type: MapType.HASH, key_size: 8, value_size: 64, max_entries: 100 },
      { map_type: MapType.ARRAY, key_size: 4, value_size: 20000, max_entries: 1 },
      { map_type: MapType.LRU_HASH, key_size: 4, value_size: 8, max_entries: 50 },
      { map_type: MapType.HASH, key_size: 4, value_size: 500, max_entries: 40, map_flags: MapFlag.NO_PREALLOC },
    ]);
    fds.push(kernel.bpf(Cmd.MAP_CREATE, shape));
  }
  assert.ok(fds.every((fd) => fd > 0));
  while (fds.length > 0) kernel.close(fds.splice(random.below(fds.length), 1)[0]);
  const fd = kernel.bpf(Cmd.MAP_CREATE, { map_type: MapType.ARRAY, key_size: 4, value_size: MIB, max_entries: 200 });
  assert.ok(fd > 0, `answers ${fd}`);
});

test.run();
