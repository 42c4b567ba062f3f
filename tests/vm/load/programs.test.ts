// The typed surface of programs, and what becomes of them: snapshots, tail calls, leaks.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { BpfError, Kernel } from "../../../bindings/index.ts";
import { BPF_MAP_CREATE, BPF_MAP_UPDATE_ELEM, BPF_PROG_TEST_RUN, BPF_ENABLE_STATS } from "../../../bindings/index.ts";
import type { EngineName } from "../../../vm/load/engines.ts";
import { programsOf } from "../../../vm/load/programs.ts";
import { assemble, assembleBytes } from "../../../vm/insn/text.ts";
import { defaultEnvironment } from "../../../vm/run/environment.ts";
import { verify } from "../../../vm/verify/index.ts";

const test = suite("programs");
const newKernel = (engine?: EngineName, options = {}): Kernel =>
  Kernel.loadSync({ ...options, programs: programsOf({ verify, environment: defaultEnvironment, engine }) });
const PROG_ARRAY = { map_type: 3, key_size: 4, value_size: 4, max_entries: 4 };

/** What a program returns for an empty packet. */
function run(kernel: Kernel, prog_fd: number): number {
  const attr = { prog_fd, data_in: new Uint8Array(64), data_size_in: 64, retval: 0 };
  assert.is(kernel.bpf(BPF_PROG_TEST_RUN, attr), 0);
  return attr.retval;
}

test("a kernel without the machine says how to get one", () => {
  assert.throws(() => Kernel.loadSync().loadProgram({ type: "xdp", insns: assemble("r0 = 2; exit") }), /give Kernel\.load\(\) programs/);
});

test("a program tells what it is, runs, and goes when it is closed", () => {
  const kernel = newKernel();
  const fd = kernel.bpf(BPF_MAP_CREATE, { map_type: 1, key_size: 4, value_size: 8, max_entries: 4 });
  const program = kernel.loadProgram({ type: "xdp", name: "pass", insns: assembleBytes(`r1 = map_fd ${fd}; r0 = 2; exit`) });
  const { type, name, id, mapIds, gplCompatible, verifiedInsns } = program.info();
  assert.equal({ type, name, id, mapIds, gplCompatible, verifiedInsns }, { type: "xdp", name: "pass", id: 1, mapIds: [1], gplCompatible: true, verifiedInsns: 3 });
  assert.is(run(kernel, program.fd), 2);
  kernel.close(fd);
  program.pin("/sys/fs/bpf/pass");
  program.close();
  program.close();
  assert.throws(() => program.info(), (error: BpfError) => error.code === "EBADF");
  assert.is(kernel.stats().objects, 2);
  assert.is(kernel.bpffs.stat("/sys/fs/bpf/pass").mapId, 0);
  kernel.bpffs.unlink("/sys/fs/bpf/pass");
  const { objects, openFds, privateBytes } = kernel.stats();
  assert.equal({ objects, openFds, privateBytes }, { objects: 0, openFds: 0, privateBytes: 0 });
});

test("a refused program brings the log", () => {
  const kernel = newKernel();
  try {
    kernel.loadProgram({ type: "xdp", name: "bad", insns: assemble("r0 = 2; goto +1; exit") });
    assert.unreachable();
  } catch (error) {
    assert.instance(error, BpfError);
    const { code, message, log } = error as BpfError;
    assert.is(code, "EINVAL");
    assert.is(message, 'Cannot load program "bad": jump out of range from insn 1 to 3');
    assert.match(log ?? "", /^jump out of range from insn 1 to 3\nprocessed 0 insns /);
  }
  assert.is(kernel.stats().objects, 0);
});

const BAD_SPECS: [name: string, spec: unknown, message: RegExp][] = [
  ["no object", null, /expected an object/],
  ["an unknown field", { type: "xdp", insns: [], size: 3 }, /unknown field "size"/],
  ["an unknown type", { type: "XDP", insns: [] }, /type must be/],
  ["a type of Object's", { type: "constructor", insns: [] }, /type must be/],
  ["text for instructions", { type: "xdp", insns: "r0 = 0" }, /insns must be/],
  ["half an instruction", { type: "xdp", insns: new Uint8Array(12) }, /no whole instructions/],
  ["a long name", { type: "xdp", insns: [], name: "abcdefghijklmnop" }, /name must be/],
  ["half a record", { type: "xdp", insns: [], funcInfo: { records: new Uint8Array(9), recordSize: 8 } }, /no whole records/],
];
for (const [name, spec, message] of BAD_SPECS) {
  test(`${name} is refused`, () => assert.throws(() => newKernel().loadProgram(spec as never), message));
}

for (const engine of ["compiler", "interpreter"] as const) {
  test(`a tail call reaches a program until the array has no user, with the ${engine}`, () => {
    const kernel = newKernel(engine);
    const array = kernel.bpf(BPF_MAP_CREATE, PROG_ARRAY);
    const caller = kernel.loadProgram({ type: "xdp", insns: assemble(`r2 = map_fd ${array}; r3 = 1; call 12; r0 = 7; exit`) });
    const target = kernel.loadProgram({ type: "xdp", insns: assemble("r0 = 3; exit") });
    assert.is(run(kernel, caller.fd), 7);
    assert.is(kernel.bpf(BPF_MAP_UPDATE_ELEM, { map_fd: array, key: Int32Array.of(1), value: Int32Array.of(target.fd), flags: 0 }), 0);
    assert.is(run(kernel, caller.fd), 3);
    target.close();
    assert.is(run(kernel, caller.fd), 3);
    kernel.close(array);
    assert.is(run(kernel, caller.fd), 7);
    caller.close();
    assert.is(kernel.stats().objects, 0);
  });

  test(`a program of a snapshot runs in the kernel that is made of it, with the ${engine}`, () => {
    const kernel = newKernel(engine);
    const array = kernel.bpf(BPF_MAP_CREATE, { map_type: 2, key_size: 4, value_size: 8, max_entries: 1 });
    const text = `r1 = map_value ${array} 0; r0 = *(u64 *)(r1 + 0); call sub more; exit; more: r0 += 5; exit`.replace("r0 = *", "r6 = *");
    const { fd } = kernel.loadProgram({ type: "xdp", insns: assemble(text.replace("r0 += 5", "r0 = 5")) });
    kernel.bpf(BPF_MAP_UPDATE_ELEM, { map_fd: array, key: new Uint8Array(4), value: new Uint8Array(8), flags: 0 });
    const again = newKernel(engine, { snapshot: kernel.snapshot() });
    assert.is(run(again, fd), 5);
    assert.is(run(kernel, fd), 5);
  });
}

test("runs are counted while somebody wants that", () => {
  const kernel = newKernel();
  const program = kernel.loadProgram({ type: "xdp", insns: assemble("r0 = 2; exit") });
  run(kernel, program.fd);
  const stats = kernel.bpf(BPF_ENABLE_STATS, { type: 0 });
  kernel.bpf(BPF_PROG_TEST_RUN, { prog_fd: program.fd, data_in: new Uint8Array(64), data_size_in: 64, repeat: 10 });
  kernel.close(stats);
  run(kernel, program.fd);
  assert.is(program.info().runCount, 10n);
});

test("a load that fails on the way leaves nothing", () => {
  const kernel = newKernel();
  for (let after = 0; after < 8; after++) {
    kernel.failNext("ENOMEM", { after });
    try {
      kernel.loadProgram({ type: "xdp", insns: assemble("r0 = 2; exit") }).close();
    } catch (error) {
      assert.is((error as BpfError).code, "ENOMEM", `after ${after}`);
    }
    const { objects, openFds, privateBytes, dataBytes } = kernel.stats();
    assert.equal({ objects, openFds, privateBytes, dataBytes }, { objects: 0, openFds: 0, privateBytes: 0, dataBytes: 0 }, `after ${after}`);
  }
});

test("a load without an fd left leaves nothing", () => {
  const kernel = newKernel();
  kernel.failNext("EMFILE");
  assert.throws(() => kernel.loadProgram({ type: "xdp", insns: assemble("r0 = 2; exit") }), (error: BpfError) => error.code === "EMFILE");
  assert.is(kernel.stats().objects, 0);
});

test.run();
