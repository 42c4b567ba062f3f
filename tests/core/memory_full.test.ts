// A kernel whose memory is full, with maps that only their pins hold: it can be looked at and emptied.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { newKernel } from "../harness/kernel.ts";
import { Cmd, Errno, MapType } from "../kernel/abi.ts";

const LIMIT = 2 ** 21;
const test = suite("memory full");

/** A kernel without a byte to give, and the names of its pins. */
function full(): { kernel: ReturnType<typeof newKernel>; names: string[]; objects: number } {
  const kernel = newKernel({ maxMemoryBytes: LIMIT, seed: 1 });
  const names: string[] = [];
  // Many small maps, then large ones until nothing is left.
  for (;;) {
    const value_size = names.length < 300 ? 8 : 60000;
    const fd = kernel.bpf(Cmd.MAP_CREATE, { map_type: MapType.ARRAY, key_size: 4, value_size, max_entries: 1 });
    if (fd < 0) {
      assert.is(fd, -Errno.ENOMEM);
      break;
    }
    const name = `map-${names.length}${"-".repeat(names.length % 40)}`;
    assert.is(kernel.bpf(Cmd.OBJ_PIN, { pathname: `/sys/fs/bpf/${name}`, bpf_fd: fd }), 0);
    kernel.close(fd);
    names.push(name);
  }
  for (let size = 2 ** 16; size >= 8; size /= 2) while (kernel.alloc(size) !== 0);
  return { kernel, names, objects: kernel.stats().objects };
}

test("readdir, stat and unlink", () => {
  const { kernel, names, objects } = full();
  assert.ok(names.length > 300 && objects === names.length, `${names.length} pins of ${objects} maps`);
  assert.equal(kernel.bpffs.readdir("/sys/fs/bpf"), names, "more names than one page holds");
  const ids = names.map((name) => kernel.bpffs.stat(`/sys/fs/bpf/${name}`).mapId);
  assert.is(new Set(ids).size, names.length);
  for (const name of names) kernel.bpffs.unlink(`/sys/fs/bpf/${name}`);
  assert.is(kernel.stats().objects, 0);
  assert.ok(kernel.bpf(Cmd.MAP_CREATE, { map_type: MapType.ARRAY, key_size: 4, value_size: 60000, max_entries: 1 }) > 0, "room again");
});

test("close, of the standard fds too", () => {
  const { kernel } = full();
  for (const fd of [0, 1, 2]) assert.is(kernel.close(fd), 0, `fd ${fd}`);
  assert.is(kernel.close(0), -Errno.EBADF);
});

test("paths of any length", () => {
  const { kernel } = full();
  const code = (path: string): string => {
    try {
      kernel.bpffs.stat(path);
      return "";
    } catch (error) {
      return (error as { code: string }).code;
    }
  };
  assert.is(code("/".repeat(4095)), "");
  assert.is(code("/".repeat(4096)), "ENAMETOOLONG");
  assert.is(code("/".repeat(100_000)), "ENAMETOOLONG");
  assert.is(code("/sys/fs/bpf/" + "ü".repeat(3000)), "ENAMETOOLONG");
  assert.throws(() => kernel.bpffs.rename("/".repeat(5000), "/sys"), (error: unknown) => (error as { code?: string }).code === "ENAMETOOLONG");
  assert.throws(() => kernel.bpffs.rename("/sys/fs/bpf/none", "/".repeat(5000)), (error: unknown) => (error as { code?: string }).code === "ENAMETOOLONG");
});

test.run();
