import { MAYBE_NULL } from "../reg.ts";
import { field } from "./context.ts";
import type { ContextTable, Field } from "./context.ts";

// struct __sk_buff: which fields each type may read and write.

const READABLE: readonly number[] = [0, 4, 12, 16, 20, 24, 28, 36, 40, 68, 84, 164, 176];
const SK: Field = field(168, 8, { exactly: [8], kind: "sock_common", flags: MAYBE_NULL });
const CB_WRITES = [1, 2, 4, 8];

interface Options {
  /** Offsets of 4-byte fields that can be read and written, read only in addition, and never. */
  readonly writable: readonly number[];
  readonly readable?: readonly number[];
  readonly cbWritable?: boolean;
  readonly data?: boolean;
  readonly meta?: boolean;
  readonly remote?: boolean;
  readonly timestamps?: "read" | "write";
  readonly canWritePacket?: boolean;
  readonly allowsLdAbs?: boolean;
}

function table({ writable, readable = [], cbWritable = true, data = false, meta = false, remote = false, timestamps, canWritePacket = false, allowsLdAbs = false }: Options): ContextTable {
  const fields: Field[] = [...new Set([...READABLE, ...writable, ...readable])].map((offset) => field(offset, 4, { write: writable.includes(offset) }));
  for (let offset = 48; offset < 68; offset += 4) fields.push(field(offset, 4, { write: cbWritable, writeExactly: CB_WRITES }));
  for (const offset of [48, 56]) fields.push(field(offset, 8, { write: cbWritable, writeExactly: CB_WRITES, exactly: [8] }));
  fields.push(SK);
  if (data) fields.push(field(76, 4, { exactly: [4], kind: "pkt" }), field(80, 4, { exactly: [4], kind: "pkt_end" }));
  if (meta) fields.push(field(140, 4, { exactly: [4], kind: "pkt_meta" }), field(180, 1));
  if (remote) for (let offset = 88; offset < 140; offset += 4) fields.push(field(offset, 4));
  if (timestamps !== undefined) {
    fields.push(field(152, 8, { exactly: [8], write: timestamps === "write", writeExactly: [8] }), field(184, 8, { exactly: [8] }));
  }
  return { fields, canWritePacket, hasPacket: data, allowsLdAbs };
}

export const SOCKET_FILTER = table({ writable: [], readable: [8, 32, 44], allowsLdAbs: true });
export const SCHED_CLS = table({
  writable: [8, 12, 32, 44, 72], readable: [160], data: true, meta: true, timestamps: "write", canWritePacket: true, allowsLdAbs: true,
});
export const CGROUP_SKB = table({ writable: [8, 32], readable: [44], data: true, remote: true, timestamps: "write" });
export const LWT = table({ writable: [8, 32], readable: [44], data: true });
export const LWT_XMIT = table({ writable: [8, 32], readable: [44], data: true, canWritePacket: true });
export const SK_SKB = table({ writable: [32, 44], cbWritable: false, data: true, remote: true, canWritePacket: true });
export const FLOW_DISSECTOR: ContextTable = {
  fields: [field(76, 4, { exactly: [4], kind: "pkt" }), field(80, 4, { exactly: [4], kind: "pkt_end" }), field(144, 8, { exactly: [8], kind: "flow_keys" })],
  canWritePacket: false, hasPacket: true, allowsLdAbs: false,
};
