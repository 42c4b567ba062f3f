import { Errno } from "../../assembly/uapi/constants.ts";
import type { SkbContext } from "./skb_context.ts";
import { CB_SIZE, Skb } from "./skb_layout.ts";

// The struct __sk_buff that a caller of TEST_RUN gives, and the one that it gets.

/** Fields that the caller may set, as offset and size; all other bytes must be zero. */
const SETTABLE: readonly (readonly [offset: number, size: number])[] = [
  [Skb.mark, 4],
  [Skb.priority, 4],
  [Skb.ingress_ifindex, 4],
  [Skb.ifindex, 4],
  [Skb.cb, CB_SIZE],
  [Skb.tstamp, 8],
  [Skb.wire_len, 4],
  [Skb.gso_segs, 4],
  [Skb.gso_size, 4],
  [Skb.hwtstamp, 8],
];
const GSO_SEGS_MAX = 0xffff;
const LOOPBACK = 1;

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset);

/** 0, ENODEV for a device that there is not, EINVAL for a field that cannot be set or be so. */
export function checkSkbCtx(ctx: Uint8Array, frameLength: number): number {
  const rest = ctx.slice();
  for (const [offset, size] of SETTABLE) rest.fill(0, offset, offset + size);
  if (rest.some((byte) => byte !== 0)) return Errno.EINVAL;
  const view = viewOf(ctx);
  const ifindex = view.getUint32(Skb.ifindex, true);
  if (ifindex > LOOPBACK) return Errno.ENODEV;
  const wireLength = view.getUint32(Skb.wire_len, true);
  if (wireLength !== 0 && wireLength < frameLength) return Errno.EINVAL;
  return view.getUint32(Skb.gso_segs, true) > GSO_SEGS_MAX ? Errno.EINVAL : 0;
}

/** Puts the caller's fields into the context of a run. */
export function applySkbCtx(skb: SkbContext, ctx: Uint8Array): void {
  const bytes = skb.machine.bytes();
  for (const [offset, size] of SETTABLE) bytes.set(ctx.subarray(offset, offset + size), skb.address + offset);
  if (skb.getU32(Skb.ifindex) === 0) skb.setU32(Skb.ifindex, LOOPBACK);
  if (skb.getU32(Skb.wire_len) === 0) skb.setU32(Skb.wire_len, skb.length);
}

/** The fields that can be set, as the program left them. */
export function skbCtxOf(skb: SkbContext): Uint8Array {
  const ctx = new Uint8Array(Skb.SIZE);
  const bytes = skb.machine.bytes();
  for (const [offset, size] of SETTABLE) ctx.set(bytes.subarray(skb.address + offset, skb.address + offset + size), offset);
  return ctx;
}
