// The rules of mapping.test.ts as the live kernel has them.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import koffi from "koffi";
import { skip } from "../harness/skip.ts";
import { Cmd, Errno, MapFlag, MapType } from "../kernel/abi.ts";
import { liveKernelRefusal } from "../kernel/live.node.ts";

const SYS_BPF = 321;
const [READ, READ_WRITE] = [1, 3];
const SHARED = 1;
const test = suite("mapping, live");
const name = "a mapping keeps its map, and a writable one keeps it from being frozen";
const refusal = liveKernelRefusal();

if (refusal !== undefined) {
  skip(test, name, refusal);
} else {
  test(name, () => {
    const libc = koffi.load(null);
    const syscall = libc.func("long syscall(long nr, int cmd, void *attr, uint32_t size)");
    const mmap = libc.func("intptr_t mmap(intptr_t address, size_t size, int prot, int flags, int fd, int64_t offset)");
    const munmap = libc.func("int munmap(intptr_t address, size_t size)");
    const close = libc.func("int close(int fd)");
    const bpf = (cmd: number, words: number[]): number => {
      const answer = Number(syscall(SYS_BPF, cmd, new Uint8Array(new Uint32Array(42).map((_, index) => words[index] ?? 0).buffer), 168));
      return answer < 0 ? -koffi.errno() : answer;
    };
    const create = (): number => bpf(Cmd.MAP_CREATE, [MapType.ARRAY, 4, 8, 4, MapFlag.MMAPABLE]);
    const fd = create();
    const [reading, writing] = [READ, READ_WRITE].map((prot) => Number(mmap(0, 4096, prot, SHARED, fd, 0)));
    assert.is(bpf(Cmd.MAP_FREEZE, [fd]), -Errno.EBUSY);
    munmap(writing, 4096);
    assert.is(bpf(Cmd.MAP_FREEZE, [fd]), 0);
    assert.is(bpf(Cmd.MAP_FREEZE, [fd]), -Errno.EPERM);
    munmap(reading, 4096);
    close(fd);
    const ring = bpf(Cmd.MAP_CREATE, [MapType.RINGBUF, 0, 0, 4096]);
    const consumer = Number(mmap(0, 4096, READ_WRITE, SHARED, ring, 0));
    assert.is(bpf(Cmd.MAP_FREEZE, [ring]), -Errno.EBUSY, "a ring's reader");
    munmap(consumer, 4096);
    assert.is(bpf(Cmd.MAP_FREEZE, [ring]), 0);
    close(ring);
  });
}

test.run();
