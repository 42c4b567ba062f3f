// Programs that are run by their object: what comes back, for types with TEST_RUN and without.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { BpfError, Kernel, u64 } from "../../../bindings/index.ts";
import { assembleBytes, programs } from "../../../vm/index.ts";

const test = suite("vm/load: Program.run");
const FRAME = Uint8Array.from({ length: 64 }, (_, at) => at);
const newKernel = (): Kernel => Kernel.loadSync({ programs });

test("a packet goes in and comes back as the program left it", () => {
  const kernel = newKernel();
  const program = kernel.loadProgram({
    type: "xdp",
    insns: assembleBytes("r2 = *(u32 *)(r1 + 0); r3 = *(u32 *)(r1 + 4); r4 = r2; r4 += 1; r0 = 1; if r4 > r3 goto out; *(u8 *)(r2 + 0) = 9; r0 = 2; out: exit"),
  });
  const { retval, data, trace } = program.run({ data: FRAME });
  assert.is(retval, 2);
  assert.equal(data, Uint8Array.from(FRAME, (byte, at) => (at === 0 ? 9 : byte)));
  assert.equal(trace, []);
  program.close();
  assert.throws(() => program.run({ data: FRAME }), (error: unknown) => error instanceof BpfError && error.code === "EBADF");
});

test("the map that a program counts in is the caller's", () => {
  const kernel = newKernel();
  const counts = kernel.createMap({ type: "array", value: u64, maxEntries: 1 });
  const program = kernel.loadProgram({
    type: "socket_filter",
    insns: assembleBytes(`*(u32 *)(r10 - 4) = 0; r2 = r10; r2 += -4; r1 = map_fd ${counts.fd}; call 1; if r0 == 0 goto out; r1 = 1; lock *(u64 *)(r0 + 0) += r1; out: r0 = 0; exit`),
  });
  program.run({ data: FRAME, repeat: 5 });
  assert.is(counts.get(0), 5n);
});

test("a type without TEST_RUN runs on the context that is given", () => {
  const kernel = newKernel();
  const program = kernel.loadProgram({ type: "kprobe", insns: assembleBytes("r0 = *(u64 *)(r1 + 8); exit") });
  assert.is(program.run({ ctx: Uint8Array.from({ length: 168 }, (_, at) => (at === 8 ? 77 : 0)) }).retval, 77);
});

test("what a program traces comes back", () => {
  const kernel = newKernel();
  const program = kernel.loadProgram({
    type: "raw_tracepoint",
    // "hi %d\n", and its NUL
    insns: assembleBytes("r1 = 0x000a642520696800 ll; r1 >>= 8; *(u64 *)(r10 - 8) = r1; r1 = r10; r1 += -8; r2 = 7; r3 = 42; call 6; exit"),
  });
  assert.equal(program.run().trace, ["hi 42\n"]);
});

test("a context comes back with the packet", () => {
  const kernel = newKernel();
  const program = kernel.loadProgram({ type: "sched_cls", insns: assembleBytes("*(u32 *)(r1 + 8) = 5; r0 = 0; exit") });
  const { ctx } = program.run({ data: FRAME, ctx: new Uint8Array(192) });
  assert.is(new DataView(ctx!.buffer).getUint32(8, true), 5);
  assert.throws(() => program.run({ data: FRAME.subarray(0, 3) }), (error: unknown) => error instanceof BpfError && error.code === "EINVAL");
});

test.run();
