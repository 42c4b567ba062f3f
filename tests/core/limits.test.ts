// A kernel at its memory limit or its fd limit: ENOMEM or EMFILE, with nothing half done, and usable afterwards.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Kernel } from "../../bindings/index.ts";
import { newKernel, threadBytes } from "../harness/kernel.ts";
import { Cmd, Errno, MapFlag, MapType } from "../kernel/abi.ts";
import { createAttr, fill, lives } from "./lives.ts";
import { is } from "./table.ts";

const LIMIT = 20 * 65536 + threadBytes(2);
const { ENOMEM, EMFILE } = Errno;

/** What a command that failed must not have changed. */
function held(kernel: Kernel): object {
  const { memoryBytes: _, usedBytes: __, ...live } = kernel.stats();
  return live;
}

const template = (kernel: Kernel): number =>
  kernel.bpf(Cmd.MAP_CREATE, { map_type: MapType.ARRAY, key_size: 4, value_size: 8, max_entries: 4 });

const small = suite("memory limit");

for (const { name, base } of lives) {
  small(`${name}: maps until nothing is left`, () => {
    const kernel = newKernel({ cpus: 2, seed: 1, maxMemoryBytes: LIMIT });
    const attr = createAttr(base, template(kernel));
    const start = held(kernel);
    const fds: number[] = [];
    let answer: number;
    while ((answer = kernel.bpf(Cmd.MAP_CREATE, attr)) >= 0) fds.push(answer);
    is(answer, -ENOMEM);
    assert.ok(fds.length > 0, "some were made");
    const full = held(kernel);
    is(kernel.bpf(Cmd.MAP_CREATE, attr), -ENOMEM, "once more");
    assert.equal(held(kernel), full, "a failed MAP_CREATE leaves nothing");
    kernel.close(fds[0]);
    is(kernel.bpf(Cmd.MAP_CREATE, attr), fds[0], "in the place of a closed one");
    for (const fd of fds) kernel.close(fd);
    const { lastId: _, ...end } = held(kernel) as { lastId: number };
    const { lastId: __, ...begin } = start as { lastId: number };
    assert.equal(end, begin, "all closed");
    assert.ok(kernel.memory.buffer.byteLength <= LIMIT, "the limit was kept");
  });
}

// Types that take memory with each element: an update is what fails.
const growing = [
  { name: "HASH, NO_PREALLOC", attr: { map_type: MapType.HASH, key_size: 8, map_flags: MapFlag.NO_PREALLOC } },
  { name: "PERCPU_HASH, NO_PREALLOC", attr: { map_type: MapType.PERCPU_HASH, key_size: 8, map_flags: MapFlag.NO_PREALLOC } },
  { name: "LPM_TRIE", attr: { map_type: MapType.LPM_TRIE, key_size: 8, map_flags: MapFlag.NO_PREALLOC } },
];

for (const { name, attr } of growing) {
  for (const value_size of [8, 1000, 30000]) {
    small(`${name}: elements with values of ${value_size} bytes until nothing is left`, () => {
      const kernel = newKernel({ cpus: 2, seed: 1, maxMemoryBytes: LIMIT });
      const start = held(kernel);
      // More than fit, but not so many that the buckets alone take the memory.
      const max_entries = Math.min(28_000, Math.floor((2 * LIMIT) / value_size));
      const map_fd = kernel.bpf(Cmd.MAP_CREATE, { ...attr, value_size, max_entries });
      const empty = held(kernel);
      const key = new Uint8Array(8);
      const words = new DataView(key.buffer);
      const value = new Uint8Array(2 * Math.ceil(value_size / 8) * 8);
      const at = (index: number): void => {
        words.setUint32(0, attr.map_type === MapType.LPM_TRIE ? 32 : 0, true);
        words.setUint32(4, index, false);
      };
      let count = 0;
      for (let answer = 0; ; count++) {
        at(count);
        const before = held(kernel);
        if ((answer = kernel.bpf(Cmd.MAP_UPDATE_ELEM, { map_fd, key, value })) === 0) continue;
        is(answer, -ENOMEM);
        assert.equal(held(kernel), before, "a failed update leaves nothing");
        break;
      }
      assert.ok(count > 5, `${count} elements were stored`);
      is(kernel.bpf(Cmd.MAP_LOOKUP_ELEM, { map_fd, key, value }), -Errno.ENOENT, "the key that failed");
      at(0);
      is(kernel.bpf(Cmd.MAP_DELETE_ELEM, { map_fd, key }), 0);
      is(kernel.bpf(Cmd.MAP_UPDATE_ELEM, { map_fd, key, value }), 0, "in the place of a deleted one");
      for (let index = 0; index < count; index++) {
        at(index);
        is(kernel.bpf(Cmd.MAP_DELETE_ELEM, { map_fd, key }), 0, `element ${index}`);
      }
      assert.equal(held(kernel), empty, "all deleted");
      kernel.close(map_fd);
      assert.equal({ ...held(kernel), lastId: 0 }, { ...start, lastId: 0 }, "closed");
    });
  }
}

small("one map that is larger than the limit", () => {
  const kernel = newKernel({ maxMemoryBytes: LIMIT });
  const start = held(kernel);
  for (const { base } of lives) {
    if (base.max_entries === 0 || base.value_size !== 8 || base.map_flags & MapFlag.NO_PREALLOC) continue;
    const attr = createAttr({ ...base, value_size: 32768, max_entries: 5000 }, -1);
    const answer = kernel.bpf(Cmd.MAP_CREATE, attr);
    // A bloom filter's size does not depend on its values', and other types take no such value.
    if (answer === -Errno.EINVAL || base.type === MapType.BLOOM_FILTER) kernel.close(answer);
    else is(answer, -ENOMEM, MapType[base.type]);
  }
  assert.equal({ ...held(kernel), lastId: 0 }, { ...start, lastId: 0 });
});
small.run();

const fds = suite("fd limit");

for (const { name, base } of lives) {
  fds(`${name}: EMFILE for every command that opens an fd`, () => {
    const kernel = newKernel({ cpus: 2, maxFds: 5 });
    const attr = createAttr(base, 3);
    template(kernel);
    const fd = kernel.bpf(Cmd.MAP_CREATE, attr);
    is(fd, 4);
    fill(kernel, fd, base, 3);
    is(kernel.bpf(Cmd.OBJ_PIN, { bpf_fd: fd, pathname: "/sys/fs/bpf/limit" }), 0);
    const full = held(kernel);
    const opening = [
      () => kernel.bpf(Cmd.MAP_CREATE, attr),
      () => kernel.bpf(Cmd.MAP_GET_FD_BY_ID, { map_id: 2 }),
      () => kernel.bpf(Cmd.OBJ_GET, { pathname: "/sys/fs/bpf/limit" }),
      () => kernel.dup(fd),
    ];
    for (const open of opening) is(open(), -EMFILE);
    assert.equal(held(kernel), full, "a failed command leaves nothing");
    kernel.close(fd);
    for (const open of opening.slice(0, 3)) {
      is(open(), 4, "the next call");
      kernel.close(4);
    }
  });
}

fds.run();
