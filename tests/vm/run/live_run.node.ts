// TEST_RUN on the live kernel.
import koffi from "koffi";
import { assemble } from "../../../vm/insn/text.ts";
import { encodeInsns } from "../../../vm/insn/insn.ts";
import { LiveBpf } from "../live/bpf.node.ts";
import { hex, type RunCase, type RunResult } from "./case.ts";

const SYS_BPF = 321;
const TEST_RUN = 10;
const ATTR_BYTES = 168;

const libc = koffi.load(null);
const syscall = libc.func("long syscall(long nr, int cmd, void *attr, uint32_t size)");

/** Loads the case's program, runs it and closes it. Throws with the log when it is refused. */
export function liveRun(bpf: LiveBpf, run: RunCase): RunResult {
  const insns = encodeInsns(assemble(run.text));
  const loaded = bpf.progLoad({ type: run.type, insns, expectedAttachType: run.expectedAttachType, flags: run.progFlags });
  if (loaded.errno) throw new Error(`the kernel refuses the program with errno ${loaded.errno}: ${loaded.log}`);
  try {
    const attr = Buffer.alloc(ATTR_BYTES);
    const held: Buffer[] = [];
    const pointer = (at: number, buffer: Buffer): void => {
      held.push(buffer);
      if (buffer.length > 0) attr.writeBigUInt64LE(BigInt(koffi.address(buffer)), at);
    };
    const data = Buffer.alloc(run.dataRoom ?? 0);
    const ctx = Buffer.alloc(run.type === 31 ? (run.ctx?.length ?? 0) : (run.ctxRoom ?? 0));
    attr.writeUInt32LE(loaded.fd, 0);
    attr.writeUInt32LE(run.data?.length ?? 0, 8);
    attr.writeUInt32LE(data.length, 12);
    pointer(16, Buffer.from(run.data ?? []));
    pointer(24, data);
    attr.writeUInt32LE(run.repeat ?? 0, 32);
    attr.writeUInt32LE(run.ctx?.length ?? 0, 40);
    const ctxIn = Buffer.from(run.ctx ?? []);
    pointer(48, ctxIn);
    attr.writeUInt32LE(run.ctxRoom ?? 0, 44);
    if (run.ctxRoom) pointer(56, ctx);
    attr.writeUInt32LE(run.flags ?? 0, 64);
    attr.writeUInt32LE(run.cpu ?? 0, 68);
    attr.writeUInt32LE(run.batchSize ?? 0, 72);
    const answer = Number(syscall(SYS_BPF, TEST_RUN, attr, ATTR_BYTES));
    return {
      errno: answer < 0 ? koffi.errno() : 0,
      retval: attr.readUInt32LE(4),
      dataSizeOut: attr.readUInt32LE(12),
      ctxSizeOut: attr.readUInt32LE(44),
      data: hex(data),
      ctx: hex(run.ctxRoom ? ctx : ctxIn),
    };
  } finally {
    bpf.close(loaded.fd);
  }
}
