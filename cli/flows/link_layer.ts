import type { Packet } from "./packet.ts";

export const LINKTYPE_NULL = 0;
export const LINKTYPE_ETHERNET = 1;
export const LINKTYPE_RAW = 101;
export const LINKTYPE_LOOP = 108;
export const LINKTYPE_LINUX_SLL = 113;
export const LINKTYPE_IPV4 = 228;
export const LINKTYPE_IPV6 = 229;
export const LINKTYPE_LINUX_SLL2 = 276;

const NAMES = new Map([
  [LINKTYPE_NULL, "BSD loopback"],
  [LINKTYPE_ETHERNET, "Ethernet"],
  [LINKTYPE_RAW, "raw IP"],
  [LINKTYPE_LOOP, "OpenBSD loopback"],
  [LINKTYPE_LINUX_SLL, "Linux cooked"],
  [LINKTYPE_IPV4, "raw IPv4"],
  [LINKTYPE_IPV6, "raw IPv6"],
  [LINKTYPE_LINUX_SLL2, "Linux cooked v2"],
]);

export const isSupportedLinkType = (linkType: number): boolean => NAMES.has(linkType);

export const linkTypeName = (linkType: number): string => NAMES.get(linkType) ?? `link type ${linkType}`;

const ETHERTYPE_IPV4 = 0x0800;
const ETHERTYPE_IPV6 = 0x86dd;

// Tag protocol identifiers of VLAN tags: 802.1Q, 802.1ad, and what switches used for the outer tag before 802.1ad.
const isVlanTag = (etherType: number): boolean =>
  etherType === 0x8100 || etherType === 0x88a8 || etherType === 0x9100 || etherType === 0x9200;

/** The network layer of a packet: 4, 6, or why there is none. */
export const NETWORK_OTHER = 0;
export const NETWORK_SHORT = -1;
export const NETWORK_UNSUPPORTED = -2;

/**
 * Finds where the IP header of a packet begins. One instance is used for all packets: a result object per packet would
 * be the only garbage of the whole decoder.
 */
export class LinkLayer {
  /** Index in packet.bytes of the first byte of the IP header; valid after locate() returned 4 or 6. */
  networkStart = 0;

  /** 4 or 6 for IP; NETWORK_OTHER, NETWORK_SHORT (the headers break off) or NETWORK_UNSUPPORTED (link type). */
  locate({ linkType, bytes, start, end }: Packet): number {
    switch (linkType) {
      case LINKTYPE_ETHERNET:
        return this.#etherType(bytes, start + 12, end);
      case LINKTYPE_LINUX_SLL:
        return this.#etherType(bytes, start + 14, end);
      case LINKTYPE_LINUX_SLL2:
        // The protocol comes first, with 18 more bytes of header behind it.
        if (end - start < 20) return NETWORK_SHORT;
        return this.#afterEtherType(readU16(bytes, start), bytes, start + 20, end);
      case LINKTYPE_RAW:
        if (end === start) return NETWORK_SHORT;
        return this.#found(bytes[start] >> 4, start);
      case LINKTYPE_IPV4:
        return this.#found(4, start);
      case LINKTYPE_IPV6:
        return this.#found(6, start);
      case LINKTYPE_NULL:
      case LINKTYPE_LOOP:
        if (end - start < 4) return NETWORK_SHORT;
        return this.#found(addressFamilyVersion(bytes, start), start + 4);
      default:
        return NETWORK_UNSUPPORTED;
    }
  }

  #etherType(bytes: Uint8Array, offset: number, end: number): number {
    if (offset + 2 > end) return NETWORK_SHORT;
    return this.#afterEtherType(readU16(bytes, offset), bytes, offset + 2, end);
  }

  /** `offset` is the byte behind the EtherType: the payload, or a tag and the next EtherType. */
  #afterEtherType(etherType: number, bytes: Uint8Array, offset: number, end: number): number {
    while (isVlanTag(etherType)) {
      if (offset + 4 > end) return NETWORK_SHORT;
      etherType = readU16(bytes, offset + 2);
      offset += 4;
    }
    if (etherType === ETHERTYPE_IPV4) return this.#found(4, offset);
    if (etherType === ETHERTYPE_IPV6) return this.#found(6, offset);
    return NETWORK_OTHER;
  }

  #found(version: number, networkStart: number): number {
    this.networkStart = networkStart;
    return version === 4 || version === 6 ? version : NETWORK_OTHER;
  }
}

export const readU16 = (bytes: Uint8Array, offset: number): number => (bytes[offset] << 8) | bytes[offset + 1];

/**
 * The four bytes hold the AF_ number of the capturing system. LOOP writes it in network order, NULL in the system's own
 * order; the number is below 65536, so the zero half tells the order. AF_INET is 2 everywhere, AF_INET6 is not.
 */
function addressFamilyVersion(bytes: Uint8Array, start: number): number {
  const high = readU16(bytes, start);
  const family = high === 0 ? readU16(bytes, start + 2) : bytes[start] | (bytes[start + 1] << 8);
  if (family === 2) return 4;
  const isInet6 = family === 10 || family === 23 || family === 24 || family === 28 || family === 30;
  return isInet6 ? 6 : 0;
}
