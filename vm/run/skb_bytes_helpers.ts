import { Errno } from "../../assembly/uapi/constants.ts";
import { failed, u32Of } from "./answers.ts";
import { bufferOf, HostFault, type HostHelper, type Run } from "./run.ts";
import type { SkbContext } from "./skb_context.ts";

// Helpers that read and write the bytes of a frame.

export function skbOf(run: Run): SkbContext {
  if (!run.skb) throw new HostFault("the helper needs a packet of a socket buffer");
  return run.skb;
}

/** Offsets beyond this are refused before the packet is looked at. */
const OFFSET_MAX = 0xffff;

const RECOMPUTE_CSUM = 1;
const INVALIDATE_HASH = 2;
/** Starts that skb_load_bytes_relative counts from. */
const MAC_START = 0;
const NETWORK_START = 1;

/** Bytes from the MAC header, or undefined outside of the frame. */
function loadAt(skb: SkbContext, offset: number, length: number): Uint8Array | undefined {
  if (offset < 0 || offset + length > skb.packet.length) return undefined;
  return skb.packet.read(offset, length);
}

/** Fills the program's buffer with what was loaded, or with zeros and EFAULT. */
function fill(run: Run, to: bigint, length: number, bytes: Uint8Array | undefined): bigint {
  const buffer = bufferOf(run, to, length);
  if (bytes) buffer.set(bytes);
  else buffer.fill(0);
  return bytes ? 0n : failed(Errno.EFAULT);
}

export const skbBytesHelpers: { readonly [name: string]: HostHelper } = {
  skb_load_bytes: (run, _ctx, offset, to, size) => {
    const skb = skbOf(run);
    const length = u32Of(size);
    const at = u32Of(offset);
    return fill(run, to, length, at > OFFSET_MAX ? undefined : loadAt(skb, skb.macLength + at, length));
  },
  skb_load_bytes_relative: (run, _ctx, offset, to, size, start) => {
    const skb = skbOf(run);
    const length = u32Of(size);
    const at = u32Of(offset);
    const base = u32Of(start) === MAC_START ? 0 : u32Of(start) === NETWORK_START ? skb.macLength + skb.networkOffset : undefined;
    return fill(run, to, length, base === undefined || at > OFFSET_MAX ? undefined : loadAt(skb, base + at, length));
  },
  skb_store_bytes: (run, _ctx, offset, from, size, flags) => {
    const skb = skbOf(run);
    const length = u32Of(size);
    const at = u32Of(offset);
    if (flags & ~BigInt(RECOMPUTE_CSUM | INVALIDATE_HASH)) return failed(Errno.EINVAL);
    const bytes = bufferOf(run, from, length).slice();
    if (at > OFFSET_MAX || at + length > skb.length) return failed(Errno.EFAULT);
    skb.packet.write(skb.macLength + at, bytes);
    if (flags & BigInt(INVALIDATE_HASH)) {
      skb.hash = 0;
      skb.publish();
    }
    return 0n;
  },
  skb_pull_data: (run, _ctx, length) => (u32Of(length) <= skbOf(run).length ? 0n : failed(Errno.ENOMEM)),
};
