import { byEtherType, inCiscoHdlc, inEthernet, inLlc, inPppHdlc, inPppoe } from "./encapsulation.ts";
import { byIpVersion, Frame, NETWORK_OTHER, NETWORK_SHORT, NETWORK_UNSUPPORTED } from "./frame.ts";
import * as LinkType from "./link_types.ts";
import type { Packet } from "./packet.ts";
import { inEnc, inLinuxCooked, inLinuxCooked2, inLoopback, inNflog, inPflog } from "./pseudo_headers.ts";
import { inAvs, inPrism, inRadiotap, inWlan } from "./wireless.ts";

/** Finds where the IP header of a packet begins. */
export class LinkLayer {
  readonly #frame = new Frame();

  /** Index in packet.bytes of the first byte of the IP header; valid after locate() returned 4 or 6. */
  get networkStart(): number {
    return this.#frame.at;
  }

  /** 4 or 6 for IP; NETWORK_OTHER, NETWORK_SHORT (the headers break off) or NETWORK_UNSUPPORTED (link type). */
  locate({ linkType, bytes, start, end }: Packet): number {
    const frame = this.#frame;
    frame.set(bytes, start, end);
    return byLinkType(frame, linkType);
  }
}

function byLinkType(frame: Frame, linkType: number): number {
  switch (linkType) {
    case LinkType.ETHERNET:
      return inEthernet(frame);
    case LinkType.RAW_BSD:
    case LinkType.RAW_OPENBSD:
    case LinkType.RAW:
      return byIpVersion(frame);
    case LinkType.IPV4:
      return 4;
    case LinkType.IPV6:
      return 6;
    case LinkType.NULL:
    case LinkType.LOOP:
      return inLoopback(frame);
    case LinkType.LINUX_SLL:
      return inLinuxCooked(frame);
    case LinkType.LINUX_SLL2:
      return inLinuxCooked2(frame);
    case LinkType.IEEE802_11:
      return inWlan(frame);
    case LinkType.IEEE802_11_RADIOTAP:
      return inRadiotap(frame);
    case LinkType.IEEE802_11_PRISM:
      return inPrism(frame);
    case LinkType.IEEE802_11_AVS:
      return inAvs(frame);
    case LinkType.PPI:
      return inPpi(frame);
    case LinkType.NFLOG:
      return inNflog(frame);
    case LinkType.PFLOG:
      return inPflog(frame);
    case LinkType.ENC:
      return inEnc(frame);
    case LinkType.ATM_RFC1483:
      return inLlc(frame);
    case LinkType.PPP:
    case LinkType.PPP_HDLC:
      return inPppHdlc(frame);
    case LinkType.PPP_ETHER:
      return inPppoe(frame);
    case LinkType.PPP_WITH_DIR:
      return skipDirection(frame) ? inPppHdlc(frame) : NETWORK_SHORT;
    case LinkType.C_HDLC:
      return inCiscoHdlc(frame);
    case LinkType.C_HDLC_WITH_DIR:
      return skipDirection(frame) ? inCiscoHdlc(frame) : NETWORK_SHORT;
    case LinkType.APPLE_IP_OVER_IEEE1394:
      return inFireWire(frame);
    default:
      return NETWORK_UNSUPPORTED;
  }
}

/** One byte says which way the packet went. */
function skipDirection(frame: Frame): boolean {
  frame.at++;
  return frame.at <= frame.end;
}

/** IP over FireWire as Darwin writes it: two addresses of 8 bytes, then an EtherType. */
function inFireWire(frame: Frame): number {
  if (!frame.has(18)) return NETWORK_SHORT;
  const etherType = frame.u16(16);
  frame.at += 18;
  return byEtherType(frame, etherType);
}

const PPI_HEADER = 8;

/** Per-packet information: version, flags, length and the link type (little endian), fields, then the packet. */
function inPpi(frame: Frame): number {
  if (!frame.has(PPI_HEADER)) return NETWORK_SHORT;
  const size = frame.u16le(2);
  const linkType = frame.u32le(4);
  if (size < PPI_HEADER || !frame.enter()) return NETWORK_OTHER;
  if (!frame.has(size)) return NETWORK_SHORT;
  frame.at += size;
  return byLinkType(frame, linkType);
}
