// Maps of a gibibyte: created, and used at both ends.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { freemem } from "node:os";
import type { Kernel } from "../../bindings/index.ts";
import { newKernel } from "../harness/kernel.ts";
import { skip } from "../harness/skip.ts";
import { Cmd, MapType } from "../kernel/abi.ts";
import { is, ok } from "./table.ts";

const GIB = 2 ** 30;
const test = suite("a gibibyte");

interface Large {
  name: string;
  map_type: MapType;
  value_size: number;
  max_entries: number;
  /** Keys of the elements that are used: the first, the last and one between, where they are numbered. */
  keys: number[];
}

const maps: readonly Large[] = [
  { name: "ARRAY of 2^27 words", map_type: MapType.ARRAY, value_size: 8, max_entries: 2 ** 27, keys: [0, 1, 2 ** 27 - 1] },
  { name: "HASH of a million elements", map_type: MapType.HASH, value_size: 1016, max_entries: 2 ** 20, keys: [0, 1, 2 ** 27] },
  { name: "ARRAY of more than 2 GiB", map_type: MapType.ARRAY, value_size: 4096, max_entries: 655360, keys: [0, 300000, 655359] },
];

function held(kernel: Kernel): object {
  const { objects, openFds, privateBytes, dataBytes, userBytes } = kernel.stats();
  return { objects, openFds, privateBytes, dataBytes, userBytes };
}

for (const { name, keys, ...shape } of maps) {
  // Pages that nobody touches cost nothing, but a machine without that much to promise may refuse them.
  if (freemem() < 3 * GIB) {
    skip(test, name, `only ${Math.floor(freemem() / 2 ** 20)} MiB of memory are free`);
    continue;
  }
  test(name, () => {
    const kernel = newKernel();
    const start = held(kernel);
    const map_fd = kernel.bpf(Cmd.MAP_CREATE, { key_size: 4, ...shape });
    ok(map_fd, "MAP_CREATE");
    assert.ok(kernel.stats().dataBytes >= GIB, "a gibibyte of data");
    for (const key of keys) {
      const value = new Uint8Array(shape.value_size).fill((key & 0x7f) + 1);
      is(kernel.bpf(Cmd.MAP_UPDATE_ELEM, { map_fd, key: Uint32Array.of(key), value }), 0, `update ${key}`);
    }
    for (const key of keys) {
      const value = new Uint8Array(shape.value_size);
      is(kernel.bpf(Cmd.MAP_LOOKUP_ELEM, { map_fd, key: Uint32Array.of(key), value }), 0, `lookup ${key}`);
      assert.ok(value.every((byte) => byte === (key & 0x7f) + 1), `value of ${key}`);
    }
    is(kernel.close(map_fd), 0);
    assert.equal(held(kernel), start, "closed");
  });
}

test.run();
