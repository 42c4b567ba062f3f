// A memory at its largest, 4 GiB less 64 KiB: blocks and pointers at its very end.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { freemem } from "node:os";
import { newKernel } from "../harness/kernel.ts";
import { skip } from "../harness/skip.ts";
import { Cmd, Errno, MapType } from "../kernel/abi.ts";

const { EFAULT, ENOMEM } = Errno;
const GIB = 2 ** 30;
const END = 2 ** 32 - 65536;
const test = suite("4 GiB");
const name = "attrs, keys, values and buffers that end with memory";

if (freemem() < 2 * GIB) {
  skip(test, name, `only ${Math.floor(freemem() / 2 ** 20)} MiB of memory are free`);
} else {
  test(name, () => {
    const kernel = newKernel({ seed: 1 });
    const map_fd = kernel.bpf(Cmd.MAP_CREATE, { map_type: MapType.HASH, key_size: 4, value_size: 4, max_entries: 8 });
    const array = kernel.bpf(Cmd.MAP_CREATE, { map_type: MapType.ARRAY, key_size: 4, value_size: 8, max_entries: 8 });
    // All that is left, in two blocks, of which nobody touches more than the ends.
    const low = kernel.alloc(2 ** 31);
    assert.ok(low > 0, "2 GiB");
    let size = END - low - 2 ** 31;
    let high = 0;
    while (size > 0 && (high = kernel.alloc(size)) === 0) size -= 65536;
    assert.is(high + size, END, "the last block ends with memory");
    assert.is(kernel.memory.buffer.byteLength, END);
    const view = new DataView(kernel.memory.buffer);
    const u32 = (at: number, value: number): void => view.setUint32(at, value, true);
    const attr = END - 4096;
    const elem = (key: number, value: number): void => {
      u32(attr, map_fd);
      view.setBigUint64(attr + 8, BigInt(key), true);
      view.setBigUint64(attr + 16, BigInt(value), true);
      view.setBigUint64(attr + 24, 0n, true);
    };
    elem(END - 8, END - 4);
    u32(END - 8, 7);
    u32(END - 4, 70);
    assert.is(kernel.bpf(Cmd.MAP_UPDATE_ELEM, attr, 32), 0);
    u32(END - 4, 0);
    assert.is(kernel.bpf(Cmd.MAP_LOOKUP_ELEM, attr, 32), 0);
    assert.is(view.getUint32(END - 4, true), 70);
    for (const behind of [END - 3, END - 1, END, END + 1, END + 65528, END + 65532, END + 65535]) {
      elem(behind, END - 4);
      assert.is(kernel.bpf(Cmd.MAP_LOOKUP_ELEM, attr, 32), -EFAULT, `key at ${behind}`);
      elem(END - 8, behind);
      assert.is(kernel.bpf(Cmd.MAP_LOOKUP_ELEM, attr, 32), -EFAULT, `value at ${behind}`);
      for (const bytes of [169, 176, 4096]) assert.is(kernel.bpf(Cmd.MAP_LOOKUP_ELEM, behind, bytes), -EFAULT, `attr at ${behind}`);
      const info = { bpf_fd: map_fd, info_len: 104, info: behind };
      assert.is(kernel.bpf(Cmd.OBJ_GET_INFO_BY_FD, info), -EFAULT, `info at ${behind}`);
      const batch = { map_fd: array, keys: behind, values: behind, out_batch: behind, count: 2 ** 32 - 1 };
      assert.is(kernel.bpf(Cmd.MAP_LOOKUP_BATCH, batch), -EFAULT, `batch at ${behind}`);
    }
    // Counts whose products pass 2^32 and buffers that could hold none of them.
    const batch = { map_fd, keys: low, values: low, out_batch: low, count: 2 ** 32 - 1 };
    assert.is(kernel.bpf(Cmd.MAP_LOOKUP_BATCH, batch), -Errno.ENOENT);
    assert.is(kernel.bpf(Cmd.MAP_CREATE, { map_type: MapType.ARRAY, key_size: 4, value_size: 2 ** 20, max_entries: 1 }), -ENOMEM);
    kernel.free(high);
    kernel.free(low);
  });
}

test.run();
