import type { XdpResult } from "./xdp.ts";

/** Runs that are recorded of each program. */
export const PACKETS_PER_PROGRAM = 3;

/** A number that two results share only by accident: FNV-1a over R0 and the packet, 53 bits wide as two halves. */
export function digest({ retval, packet }: XdpResult): number {
  let low = 0x811c9dc5 ^ retval;
  let high = 0x811c9dc5;
  for (const byte of packet) {
    low = Math.imul(low ^ byte, 0x01000193);
    high = Math.imul(high ^ (byte + 1), 0x01000193) ^ (low >>> 15);
  }
  return (low >>> 0) + (high & 0x1fffff) * 2 ** 32;
}
