// Headers that never were on a wire: capturing software puts them before a packet to say what it is.
import { byEtherType, inLlc } from "./encapsulation.ts";
import { byIpVersion, NETWORK_OTHER, NETWORK_SHORT, type Frame } from "./frame.ts";

const AF_INET = 2;
/** AF_INET is 2 everywhere; AF_INET6 is 10 on Linux, 23 on Windows, 24, 28 and 30 on the BSDs and Darwin. */
function familyVersion(family: number): number {
  if (family === AF_INET) return 4;
  const isInet6 = family === 10 || family === 23 || family === 24 || family === 28 || family === 30;
  return isInet6 ? 6 : NETWORK_OTHER;
}

/**
 * Four bytes with the AF_ number of the capturing system. LOOP writes it in network order, NULL in the system's own
 * order; the number is below 65536, so the zero half tells the order.
 */
export function inLoopback(frame: Frame): number {
  if (!frame.has(4)) return NETWORK_SHORT;
  const version = familyVersion(frame.u16(0) === 0 ? frame.u16(2) : frame.u16le(0));
  frame.at += 4;
  return version;
}

/** OpenBSD's IPsec interface: the AF_ number as above, the security association, flags. */
export function inEnc(frame: Frame): number {
  if (!frame.has(12)) return NETWORK_SHORT;
  const version = familyVersion(frame.u16(0) === 0 ? frame.u16(2) : frame.u16le(0));
  frame.at += 12;
  return version;
}

/** The BSDs' packet filter log: the header's length without its padding, the AF_ number, and what the filter did. */
export function inPflog(frame: Frame): number {
  if (!frame.has(2)) return NETWORK_SHORT;
  const size = Math.ceil(frame.u8(0) / 4) * 4;
  const version = familyVersion(frame.u8(1));
  if (!frame.has(size)) return NETWORK_SHORT;
  frame.at += size;
  return version;
}

// ARPHRD_ numbers of devices whose "protocol" in a cooked header is no EtherType.
const ARPHRD_NETLINK = 824;
const ARPHRD_IEEE80211_RADIOTAP = 803;
const ARPHRD_FRAD = 770;
/** Linux's protocol number for LLC. */
const ETH_P_802_2 = 4;

function cooked(frame: Frame, protocol: number, device: number, headerSize: number): number {
  frame.at += headerSize;
  if (device === ARPHRD_NETLINK || device === ARPHRD_IEEE80211_RADIOTAP || device === ARPHRD_FRAD) return NETWORK_OTHER;
  if (protocol === ETH_P_802_2) return inLlc(frame);
  // The other small numbers are Linux's own, not lengths.
  return protocol < 0x600 ? NETWORK_OTHER : byEtherType(frame, protocol);
}

/** Linux's cooked header: direction, device type, address of 8 bytes with its length, protocol. */
export function inLinuxCooked(frame: Frame): number {
  return frame.has(16) ? cooked(frame, frame.u16(14), frame.u16(2), 16) : NETWORK_SHORT;
}

/** Its second version, with the protocol first. */
export function inLinuxCooked2(frame: Frame): number {
  return frame.has(20) ? cooked(frame, frame.u16(0), frame.u16(8), 20) : NETWORK_SHORT;
}

const NFLOG_PAYLOAD = 9;
/** Bit of a record's type that says which byte order its value has. */
const NFLOG_TYPE_MASK = 0x7fff;

/** Linux's netfilter log: AF_ number, version, group; then records of length, type and value, one of them the packet. */
export function inNflog(frame: Frame): number {
  if (!frame.has(4)) return NETWORK_SHORT;
  if (frame.u8(1) !== 0) return NETWORK_OTHER;
  const version = familyVersion(frame.u8(0));
  if (version === NETWORK_OTHER) return NETWORK_OTHER;
  frame.at += 4;
  // Lengths and types are in the order of the machine that captured, which nothing tells: the one that leads to the
  // packet is right.
  const start = frame.at;
  if (findNflogPayload(frame, true)) return version;
  frame.at = start;
  return findNflogPayload(frame, false) ? version : NETWORK_SHORT;
}

function findNflogPayload(frame: Frame, littleEndian: boolean): boolean {
  const u16 = (offset: number): number => (littleEndian ? frame.u16le(offset) : frame.u16(offset));
  while (frame.has(4)) {
    const length = u16(0);
    if (length < 4) return false;
    if ((u16(2) & NFLOG_TYPE_MASK) === NFLOG_PAYLOAD) {
      frame.at += 4;
      return byIpVersion(frame) !== NETWORK_SHORT;
    }
    frame.at += Math.ceil(length / 4) * 4;
  }
  return false;
}
