// Views that together have more bytes than 32 bits can count. In Node alone: not every browser gives so much, though nothing of
// it is ever touched.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import * as api from "../../bindings/index.ts";
import { newKernel } from "../harness/kernel.ts";

const test = suite("abi/scratch size");

test("a scratch block of more than 32 bits is ENOMEM", () => {
  const kernel = newKernel();
  const fd = kernel.bpf(api.BPF_MAP_CREATE, { map_type: api.BPF_MAP_TYPE_HASH, key_size: 4, value_size: 4, max_entries: 1 });
  const { userBytes, objects } = kernel.stats();
  const attr = { map_fd: fd, in_batch: new Uint8Array(2 ** 29), keys: new Uint8Array(2 ** 31 - 8), values: new Uint8Array(1.5 * 2 ** 30 + 8), count: 0 };
  assert.is(api.errnoName(kernel.bpf(api.BPF_MAP_UPDATE_BATCH, attr)), "ENOMEM");
  assert.equal([kernel.stats().userBytes, kernel.stats().objects], [userBytes, objects]);
});

test.run();
