// The names of an attr object: fields that a command does not have, and the members of the kernel's union.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  BPF_MAP_CREATE,
  BPF_MAP_FREEZE,
  BPF_MAP_LOOKUP_BATCH,
  BPF_MAP_TYPE_HASH,
  BPF_MAP_UPDATE_BATCH,
  BPF_OBJ_GET_INFO_BY_FD,
  type BpfAttr,
} from "../../bindings/index.ts";
import { newKernel } from "../harness/kernel.ts";
import { checkLeaks } from "../harness/leak.ts";

const kernel = newKernel();
const test = suite("fields of an attr");
checkLeaks(test, kernel);

test("an unknown field is refused, with the names of the command and the one that may have been meant", () => {
  const refused = (cmd: number, attr: object, message: RegExp): void =>
    assert.throws(() => kernel.bpf(cmd, attr as BpfAttr), (error: unknown) => error instanceof TypeError && message.test(error.message));
  refused(BPF_MAP_FREEZE, { mapfd: 3 }, /^Cannot use attr\.mapfd: BPF_MAP_FREEZE has no such field, only map_fd: did you mean "map_fd"\?$/);
  refused(BPF_MAP_FREEZE, { key: null }, /^Cannot use attr\.key: BPF_MAP_FREEZE has no such field, only map_fd$/);
  refused(BPF_MAP_CREATE, { maxEntries: 3 }, /, only map_type, key_size, .*: did you mean "max_entries"\?$/);
  refused(999, { map_fd: 3 }, /^Cannot use attr\.map_fd: command 999 has no such field, it takes none here$/);
});

test("batches and info take their member of the kernel's union, too", () => {
  const fd = kernel.bpf(BPF_MAP_CREATE, { map_type: BPF_MAP_TYPE_HASH, key_size: 4, value_size: 4, max_entries: 8 });
  const filled = { batch: { map_fd: fd, keys: new Uint32Array([1, 2]), values: new Uint32Array([3, 4]), count: 2 } };
  assert.is(kernel.bpf(BPF_MAP_UPDATE_BATCH, filled), 0);
  const keys = new Uint32Array(8);
  const read = { batch: { map_fd: fd, in_batch: null, out_batch: new Uint32Array(1), keys, values: new Uint32Array(8), count: 8 } };
  assert.is(kernel.bpf(BPF_MAP_LOOKUP_BATCH, read), -2);
  assert.is(read.batch.count, 2, "the member is written to");
  assert.equal([...keys].sort(), [0, 0, 0, 0, 0, 0, 1, 2]);
  const described = { info: { bpf_fd: fd, info_len: 88, info: new Uint8Array(88) } };
  assert.is(kernel.bpf(BPF_OBJ_GET_INFO_BY_FD, described), 0);
  assert.is(new Uint32Array(described.info.info.buffer)[4], 8);
  const refused = (cmd: number, attr: object, message: RegExp): void =>
    assert.throws(() => kernel.bpf(cmd, attr as BpfAttr), (error: unknown) => error instanceof TypeError && message.test(error.message));
  refused(BPF_MAP_LOOKUP_BATCH, { ...read, count: 3 }, /^Cannot use attr\.count: with attr\.batch given, all fields lie in it$/);
  refused(BPF_MAP_LOOKUP_BATCH, { batch: read }, /^Cannot use attr\.batch: BPF_MAP_LOOKUP_BATCH has no such field, only in_batch/);
  refused(BPF_MAP_LOOKUP_BATCH, { batch: null }, /^Cannot use attr\.batch: /);
  refused(BPF_MAP_CREATE, { batch: {} }, /^Cannot use attr\.batch: BPF_MAP_CREATE has no such field/);
  refused(BPF_OBJ_GET_INFO_BY_FD, { info: { info: described.info } }, /^Cannot use attr\.info: expected a view/);
  kernel.close(fd);
});

test.run();
