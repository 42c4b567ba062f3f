import { HostFault, type Run } from "./run.ts";

/** Offsets from here on are counted from the network header, and from the lower one on from the MAC header. */
const NETWORK_OFFSET = -0x100000;
const MAC_OFFSET = -0x200000;

/**
 * What LD_ABS and LD_IND load: `size` bytes at a signed offset, as a big-endian number. -1n outside of the packet, which ends
 * the function that asked.
 */
export function loadAbsolute({ skb }: Run, offset: number, size: number): bigint {
  if (!skb) throw new HostFault("the instruction needs a packet of a socket buffer");
  const at =
    offset >= 0
      ? skb.macLength + offset
      : offset >= NETWORK_OFFSET
        ? skb.macLength + skb.networkOffset + (offset - NETWORK_OFFSET)
        : offset - MAC_OFFSET;
  if (at < 0 || at + size > skb.packet.length) return -1n;
  return skb.packet.read(at, size).reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
}
