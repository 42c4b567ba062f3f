import { Errno } from "../../assembly/uapi/constants.ts";
import { failed, u32Of } from "./answers.ts";
import type { HostHelper, Run } from "./run.ts";
import { skbOf } from "./skb_bytes_helpers.ts";

// Helpers that bring checksums inside a packet up to date.

const OFFSET_MAX = 0xffff;
const SIZE_MASK = 0xf;
const PSEUDO_HEADER = 0x10;
const MARK_MANGLED_0 = 0x20;
const MARK_ENFORCE = 0x40;
const IPV6 = 0x80;
const L4_FLAGS = SIZE_MASK | PSEUDO_HEADER | MARK_MANGLED_0 | MARK_ENFORCE | IPV6;
/** What stands for a sum of zero where zero means "no checksum". */
const MANGLED_0 = 0xffff;

/** A one's complement sum folded into 16 bits. */
function fold(sum: number): number {
  let folded = sum;
  while (folded > 0xffff) folded = (folded & 0xffff) + Math.floor(folded / 0x10000);
  return folded;
}

const invert16 = (value: number): number => ~value & 0xffff;

/** What to add to an inverted checksum when `size` bytes change from `from` to `to`; undefined for a size there is none of. */
function difference(size: number, from: bigint, to: bigint): number | undefined {
  if (size === 0) return from === 0n ? u32Of(to) : undefined;
  if (size === 2) return invert16(u32Of(from) & 0xffff) + (u32Of(to) & 0xffff);
  if (size === 4) return (~u32Of(from) >>> 0) + u32Of(to);
  return undefined;
}

/** `known` are the flags that the helper has. */
function replace(run: Run, offset: number, from: bigint, to: bigint, flags: bigint, known: number): bigint {
  const skb = skbOf(run);
  if (flags & ~BigInt(known)) return failed(Errno.EINVAL);
  if (offset > OFFSET_MAX || offset % 2 !== 0 || offset + 2 > skb.length) return failed(Errno.EFAULT);
  const at = skb.macLength + offset;
  const [low, high] = skb.packet.read(at, 2);
  const sum = (high << 8) | low;
  const marksZero = (flags & BigInt(MARK_MANGLED_0)) !== 0n;
  if (marksZero && sum === 0 && (flags & BigInt(MARK_ENFORCE)) === 0n) return 0n;
  const added = difference(u32Of(flags) & SIZE_MASK, from, to);
  if (added === undefined) return failed(Errno.EINVAL);
  const result = invert16(fold(invert16(sum) + added));
  const stored = marksZero && result === 0 ? MANGLED_0 : result;
  skb.packet.write(at, Uint8Array.of(stored & 0xff, stored >> 8));
  return 0n;
}

export const csumHelpers: { readonly [name: string]: HostHelper } = {
  l3_csum_replace: (run, _ctx, offset, from, to, flags) => replace(run, u32Of(offset), from, to, flags, SIZE_MASK),
  l4_csum_replace: (run, _ctx, offset, from, to, flags) => replace(run, u32Of(offset), from, to, flags, L4_FLAGS),
  // The hardware gave no checksum of the whole packet, so there is none to be brought up to date or asked for.
  csum_update: () => failed(Errno.ENOTSUPP),
  csum_level: (_run, _ctx, level) => (level === 0n ? failed(Errno.EACCES) : level > 3n ? failed(Errno.EINVAL) : 0n),
};
