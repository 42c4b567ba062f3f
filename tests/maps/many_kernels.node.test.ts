// Kernels that nobody uses any more are collected also within one task, with their maps: a loop that makes them does not run out
// of address space, of which every Wasm memory takes some 10 GB. Chromium has room for about a hundred memories.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { skip } from "../harness/skip.ts";

const test = suite("many kernels");
const LIBRARY = fileURLToPath(new URL("../../dist/index.js", import.meta.url));
const ADDRESS_SPACE_KIB = 1_100_000_000;

const LOOP = `
  import { Kernel, u32 } from ${JSON.stringify(LIBRARY)};
  for (let i = 0; i < 300; i++) {
    const kernel = Kernel.loadSync({ seed: i });
    const map = kernel.createMap({ type: "hash", key: u32, value: u32, maxEntries: 64 }).set(1, i);
    kernel.createMap({ type: "ringbuf", maxEntries: 4096 }).output(new Uint8Array(8));
    if (i % 2 === 0) kernel.close(map.fd);
  }
  console.log("made");
`;

const name = "300 of them in one task";
if (process.platform !== "linux") {
  skip(test, name, "only Linux limits the address space of a process");
} else {
  test(name, () => {
    const line = `ulimit -v ${ADDRESS_SPACE_KIB} && exec "$0" --input-type=module -e "$1"`;
    const { stdout, stderr } = spawnSync("sh", ["-c", line, process.execPath, LOOP], { encoding: "utf8" });
    assert.is(stdout, "made\n", stderr.slice(0, 2000));
  });
}

test.run();
