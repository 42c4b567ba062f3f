// Batches whose buffers lie over their own attr, beside the live kernel: which of the two is read or written first shows.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import koffi from "koffi";
import { newKernel } from "../harness/kernel.ts";
import { skip } from "../harness/skip.ts";
import { Cmd, MapFlag, MapType } from "../kernel/abi.ts";
import { liveKernelRefusal } from "../kernel/live.node.ts";

const SYS_BPF = 321;
const SIZE = 65536;
const ATTR = 256;
/** Where buffers lie that do not lie over the attr. */
const IN_BATCH = 1024;
const OUT_BATCH = 1152;
const KEYS = 1280;
const VALUES = 1536;
const END = 2048;
/** The map's fd on both sides, since a batch may read it as a key. */
const FD = 600;
/** Offsets of the attr's fields: in_batch, out_batch, keys, values, count with map_fd, elem_flags, flags; and around it. */
const OFFSETS = [-8, -4, 0, 4, 8, 12, 16, 20, 24, 28, 32, 36, 40, 48, 56];

const maps = [
  { name: "HASH", type: MapType.HASH, key_size: 4, map_flags: MapFlag.ZERO_SEED },
  { name: "ARRAY", type: MapType.ARRAY, key_size: 4, map_flags: 0 },
  { name: "LPM_TRIE", type: MapType.LPM_TRIE, key_size: 8, map_flags: MapFlag.NO_PREALLOC },
] as const;
const commands = [Cmd.MAP_LOOKUP_BATCH, Cmd.MAP_LOOKUP_AND_DELETE_BATCH, Cmd.MAP_UPDATE_BATCH, Cmd.MAP_DELETE_BATCH];
const buffers = [
  { name: "in_batch", at: 0 }, { name: "out_batch", at: 8 }, { name: "keys", at: 16 }, { name: "values", at: 24 },
] as const;

type Bpf = (cmd: number, attr: number, size: number) => number;

/** A map with three elements, one batch on it, and what it left: the answer, the memory, the elements. */
function play(bpf: Bpf, memory: Uint8Array, base: number, map: (typeof maps)[number], place: (data: DataView) => void, cmd: number): unknown {
  const data = new DataView(memory.buffer, memory.byteOffset);
  const u32 = (at: number, value: number): void => data.setUint32(at, value, true);
  const u64 = (at: number, value: number): void => data.setBigUint64(at, BigInt(value), true);
  memory.fill(0, 0, END);
  [map.type, map.key_size, 4, 4, map.map_flags].forEach((word, index) => u32(ATTR + 4 * index, word));
  assert.is(bpf(Cmd.MAP_CREATE, base + ATTR, 168), FD);
  const elem = (key: number): void => {
    memory.fill(0, ATTR, ATTR + 168);
    u32(ATTR, FD);
    u64(ATTR + 8, base + KEYS);
    u64(ATTR + 16, base + VALUES);
    // For a trie the first word is the prefixlen.
    u32(KEYS, map.type === MapType.LPM_TRIE ? 32 : key);
    u32(KEYS + 4, key);
  };
  for (let key = 0; key < 3; key++) {
    elem(key);
    u32(VALUES, 0x100 + key);
    assert.is(bpf(Cmd.MAP_UPDATE_ELEM, base + ATTR, 32), 0);
  }
  memory.fill(0, 0, END);
  u64(ATTR + 8, base + OUT_BATCH);
  u64(ATTR + 16, base + KEYS);
  u64(ATTR + 24, base + VALUES);
  u32(ATTR + 36, FD);
  for (let i = 0; i < 4; i++) u32(KEYS + 4 * i, map.type === MapType.LPM_TRIE && i % 2 === 0 ? 32 : i);
  for (let i = 0; i < 4; i++) u32(VALUES + 4 * i, 0xabc0 + i);
  place(data);
  const answer = bpf(cmd, base + ATTR, 56);
  const left = memory.slice(0, END);
  const elements: string[] = [];
  for (let key = 0; key < 4; key++) {
    elem(key);
    u32(VALUES, 0);
    const found = bpf(Cmd.MAP_LOOKUP_ELEM, base + ATTR, 32);
    elements.push(`${key}: ${found} ${data.getUint32(VALUES, true)}`);
  }
  return { answer, left: Buffer.from(left).toString("hex"), elements };
}

const test = suite("batches over their attr");
const refusal = liveKernelRefusal();
const name = "every buffer at every field";

if (refusal !== undefined) {
  skip(test, name, refusal);
} else {
  test(name, () => {
    const libc = koffi.load(null);
    const syscall = libc.func("long syscall(long nr, int cmd, intptr_t attr, uint32_t size)");
    const mmap = libc.func("intptr_t mmap(intptr_t address, size_t size, int prot, int flags, int fd, int64_t offset)");
    const munmap = libc.func("int munmap(intptr_t address, size_t size)");
    const dup2 = libc.func("int dup2(int fd, int to)");
    const close = libc.func("int close(int fd)");
    const kernel = newKernel();
    while (kernel.dup(0) < FD - 1);
    const base = kernel.alloc(SIZE);
    // Grow now, so that views stay.
    kernel.free(kernel.alloc(2 ** 22));
    // The live kernel's memory lies at the same address, so that pointers are the same bytes.
    const [READ_WRITE, PRIVATE_ANONYMOUS_FIXED_NOREPLACE] = [3, 0x100022];
    assert.is(Number(mmap(base, SIZE, READ_WRITE, PRIVATE_ANONYMOUS_FIXED_NOREPLACE, -1, 0)), base);
    try {
      const liveMemory = new Uint8Array(koffi.view(base, SIZE));
      const live: Bpf = (cmd, attr, size) => {
        const answer = Number(syscall(SYS_BPF, cmd, attr, size));
        if (answer < 0) return -koffi.errno();
        if (cmd !== Cmd.MAP_CREATE) return answer;
        const fd = dup2(answer, FD);
        close(answer);
        return fd;
      };
      const engineMemory = new Uint8Array(kernel.memory.buffer, base, SIZE);
      const engine: Bpf = (cmd, attr, size) => kernel.bpf(cmd, attr, size);
      for (const map of maps) {
        for (const cmd of commands) {
          for (const { name: buffer, at } of buffers) {
            for (const offset of OFFSETS) {
              for (const count of [1, 2, 3, 4]) {
                const place = (data: DataView): void => {
                  data.setUint32(ATTR + 32, count, true);
                  data.setBigUint64(ATTR + at, BigInt(base + ATTR + offset), true);
                };
                const right = play(live, liveMemory, base, map, place, cmd);
                const got = play(engine, engineMemory, base, map, place, cmd);
                close(FD);
                kernel.close(FD);
                assert.equal(got, right, `${Cmd[cmd]} of ${map.name}, ${count} elements, ${buffer} at attr${offset < 0 ? "" : "+"}${offset}`);
              }
            }
          }
        }
      }
    } finally {
      munmap(base, SIZE);
    }
  });
}

test.run();
