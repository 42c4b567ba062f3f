import { MAYBE_NULL } from "../reg.ts";
import { field } from "./context.ts";
import type { ContextTable, Field } from "./context.ts";
import * as skb from "./skb.ts";

const readable = (from: number, to: number): Field[] => Array.from({ length: (to - from) / 4 }, (_, i) => field(from + 4 * i, 4));
const writable = (from: number, to: number): Field[] => readable(from, to).map((one) => ({ ...one, write: true }));

const plainTable = (fields: readonly Field[], rest: Partial<ContextTable> = {}): ContextTable =>
  ({ fields, canWritePacket: false, hasPacket: false, allowsLdAbs: false, ...rest });

const XDP_DEVMAP = 33;

const xdp = plainTable([
  field(0, 4, { exactly: [4], kind: "pkt" }),
  field(4, 4, { exactly: [4], kind: "pkt_end" }),
  field(8, 4, { exactly: [4], kind: "pkt_meta" }),
  field(12, 4, { exactly: [4] }),
  field(16, 4, { exactly: [4], write: true }),
  field(20, 4, { exactly: [4], attach: [XDP_DEVMAP] }),
], { canWritePacket: true, hasPacket: true });

const memory = (min: number, size: number, write = false): ContextTable => plainTable([], { plain: { min, size, write } });

const perfEvent = plainTable([...Array.from({ length: 21 }, (_, i) => field(8 * i, 8, { exactly: [8] })), field(168, 8), field(176, 8)]);

const skLookup = plainTable([
  field(0, 8, { exactly: [8], kind: "sock", flags: MAYBE_NULL }),
  ...readable(8, 20), field(36, 2), field(36, 4), ...readable(20, 36), ...readable(40, 56), field(56, 4), field(60, 4), field(64, 4),
]);

const cgroupSock = plainTable([
  field(0, 4, { write: true, exactly: [4] }), ...readable(4, 16), ...writable(16, 24).map((one) => ({ ...one, exactly: [4] })), ...readable(24, 44), field(44, 4), field(48, 2), ...readable(52, 80),
]);

const cgroupDevice = plainTable([field(0, 4), field(4, 4, { exactly: [4] }), field(8, 4, { exactly: [4] })]);
const sysctl = plainTable([field(0, 4), field(4, 4, { write: true, writeExactly: [1, 2, 4] })]);
const sockopt = plainTable([
  field(0, 8, { exactly: [8], kind: "sock" }), field(8, 8, { exactly: [8], kind: "pkt" }), field(16, 8, { exactly: [8], kind: "pkt_end" }),
  field(24, 4, { exactly: [4], write: true, attach: [22] }), field(24, 4, { exactly: [4] }), field(28, 4, { exactly: [4], write: true, attach: [22] }), field(28, 4, { exactly: [4] }),
  field(32, 4, { exactly: [4], write: true }), field(36, 4, { exactly: [4], write: true, attach: [21] }),
]);
const sockOps = plainTable([
  field(0, 4), ...writable(4, 20), ...readable(20, 168), ...readable(168, 184).map((one) => ({ ...one })),
  field(184, 8, { exactly: [8], kind: "sock", flags: MAYBE_NULL }),
]);
const skMsg = plainTable([
  field(0, 8, { exactly: [8], kind: "pkt" }), field(8, 8, { exactly: [8], kind: "pkt_end" }), ...readable(16, 72), field(72, 8, { exactly: [8], kind: "sock" }),
], { hasPacket: true, canWritePacket: true });
const sockAddr = plainTable([...readable(0, 4), ...writable(4, 28), ...readable(28, 40), ...writable(40, 60), field(64, 8, { exactly: [8], kind: "sock" })]);
const reuseport = plainTable([
  field(0, 8, { exactly: [8], kind: "pkt" }), field(8, 8, { exactly: [8], kind: "pkt_end" }), ...readable(16, 28), field(32, 8, { exactly: [8], kind: "sock" }),
  field(40, 8, { exactly: [8], kind: "sock_common", flags: MAYBE_NULL }),
], { hasPacket: true });

/** Contexts by program type. */
export const CONTEXTS: Readonly<Record<number, ContextTable>> = {
  1: skb.SOCKET_FILTER,
  2: memory(0, 168),
  3: skb.SCHED_CLS,
  4: skb.SCHED_CLS,
  5: memory(8, 8192),
  6: xdp,
  7: perfEvent,
  8: skb.CGROUP_SKB,
  9: cgroupSock,
  10: skb.LWT,
  11: skb.LWT,
  12: skb.LWT_XMIT,
  13: sockOps,
  14: skb.SK_SKB,
  15: cgroupDevice,
  16: skMsg,
  17: memory(0, 96),
  18: sockAddr,
  19: skb.LWT,
  21: reuseport,
  22: skb.FLOW_DISSECTOR,
  23: sysctl,
  24: memory(0, 96),
  25: sockopt,
  30: skLookup,
  31: memory(0, 0xffff, true),
};

/** Types without a table of their own have no field that a program may touch. */
export const NO_CONTEXT: ContextTable = plainTable([]);
