// What may stand between a link layer's own header and the IP header, in any order: VLAN tags and their relatives, LLC
// and SNAP, PPPoE and PPP, MPLS. Each function expects the frame's position behind the number that it is given, and
// leaves it at the IP header when it answers 4 or 6.
import { byIpVersion, NETWORK_OTHER, NETWORK_SHORT, type Frame } from "./frame.ts";

const ETHERTYPE_IPV4 = 0x0800;
const ETHERTYPE_IPV6 = 0x86dd;
const ETHERTYPE_MPLS = 0x8847;
const ETHERTYPE_MPLS_UPSTREAM = 0x8848;
const ETHERTYPE_PPPOE_SESSION = 0x8864;
/** A backbone's service tag, behind which a whole Ethernet header follows (802.1ah). */
const ETHERTYPE_SERVICE_TAG = 0x88e7;
/** Up to here the number is no EtherType but the length of an LLC frame. */
const LENGTH_MAX = 1500;

/** Bytes of a tag between its own EtherType and the next one; 0 for what is no tag. */
function tagSize(etherType: number): number {
  switch (etherType) {
    // 802.1Q, 802.1ad, and what switches used for the outer tag before 802.1ad.
    case 0x8100:
    case 0x88a8:
    case 0x9100:
    case 0x9200:
      return 2;
    // The tags of high-availability rings (HSR) and of virtual network cards (VN-Tag).
    case 0x892f:
    case 0x8926:
      return 4;
    default:
      return 0;
  }
}

/** A whole Ethernet frame. */
export function inEthernet(frame: Frame): number {
  if (!frame.has(14)) return NETWORK_SHORT;
  const etherType = frame.u16(12);
  frame.at += 14;
  return byEtherType(frame, etherType);
}

export function byEtherType(frame: Frame, etherType: number): number {
  if (etherType === ETHERTYPE_IPV4) return 4;
  if (etherType === ETHERTYPE_IPV6) return 6;
  if (!frame.enter()) return NETWORK_OTHER;
  const tag = tagSize(etherType);
  if (tag > 0) {
    if (!frame.has(tag + 2)) return NETWORK_SHORT;
    const next = frame.u16(tag);
    frame.at += tag + 2;
    return byEtherType(frame, next);
  }
  switch (etherType) {
    case ETHERTYPE_MPLS:
    case ETHERTYPE_MPLS_UPSTREAM:
      return inMpls(frame);
    case ETHERTYPE_PPPOE_SESSION:
      return inPppoe(frame);
    case ETHERTYPE_SERVICE_TAG:
      if (!frame.has(4)) return NETWORK_SHORT;
      frame.at += 4;
      return inEthernet(frame);
    default:
      return etherType <= LENGTH_MAX ? inLlc(frame) : NETWORK_OTHER;
  }
}

const SAP_IP = 0x06;
const SAP_SNAP = 0xaa;
const OUI_ETHERNET = 0x000000;
const OUI_BRIDGE_TUNNEL = 0x0000f8;

/** An LLC header (802.2): IP has a service access point of its own, most else comes with an EtherType in a SNAP header. */
export function inLlc(frame: Frame): number {
  if (!frame.has(3)) return NETWORK_SHORT;
  const service = frame.u8(0);
  // Unnumbered frames have one byte of control, the others two.
  const size = (frame.u8(2) & 3) === 3 ? 3 : 4;
  frame.at += size;
  if (service === SAP_IP) return byIpVersion(frame);
  if (service !== SAP_SNAP) return NETWORK_OTHER;
  if (!frame.has(5)) return NETWORK_SHORT;
  const oui = (frame.u8(0) << 16) | frame.u16(1);
  const etherType = frame.u16(3);
  frame.at += 5;
  if (oui !== OUI_ETHERNET && oui !== OUI_BRIDGE_TUNNEL) return NETWORK_OTHER;
  // A number too small for an EtherType would be a length again, which SNAP does not have.
  return etherType > LENGTH_MAX ? byEtherType(frame, etherType) : NETWORK_OTHER;
}

/** MPLS labels; the last one is marked, and what follows says by its first bits what it is. */
function inMpls(frame: Frame): number {
  for (let isLast = false; !isLast; frame.at += 4) {
    if (!frame.has(4)) return NETWORK_SHORT;
    if (!frame.enter()) return NETWORK_OTHER;
    isLast = (frame.u8(2) & 1) === 1;
  }
  return byIpVersion(frame);
}

/** The header of a PPPoE session: version and type, code, session, length. */
export function inPppoe(frame: Frame): number {
  if (!frame.has(6)) return NETWORK_SHORT;
  const isData = frame.u8(1) === 0;
  frame.at += 6;
  return isData ? inPpp(frame) : NETWORK_OTHER;
}

const PPP_IPV4 = 0x0021;
const PPP_IPV6 = 0x0057;
const PPP_MPLS = 0x0281;
const PPP_MPLS_MULTICAST = 0x0283;

/** PPP from its protocol number, which may be compressed to one byte: the last byte of a number is the first odd one. */
export function inPpp(frame: Frame): number {
  if (!frame.has(1)) return NETWORK_SHORT;
  let protocol = frame.u8(0);
  let size = 1;
  if ((protocol & 1) === 0) {
    if (!frame.has(2)) return NETWORK_SHORT;
    protocol = frame.u16(0);
    size = 2;
  }
  frame.at += size;
  if (protocol === PPP_IPV4) return 4;
  if (protocol === PPP_IPV6) return 6;
  return protocol === PPP_MPLS || protocol === PPP_MPLS_MULTICAST ? inMpls(frame) : NETWORK_OTHER;
}

/** PPP that may begin with the address and control bytes of HDLC, ff 03, or be Cisco's HDLC after all (0f or 8f). */
export function inPppHdlc(frame: Frame): number {
  if (!frame.has(2)) return NETWORK_SHORT;
  const address = frame.u8(0);
  if (isCiscoAddress(address) && frame.u8(1) === 0) return inCiscoHdlc(frame);
  if (address === 0xff && frame.u8(1) === 3) frame.at += 2;
  return inPpp(frame);
}

const isCiscoAddress = (byte: number): boolean => byte === 0x0f || byte === 0x8f;

/** Cisco's HDLC: address, control and an EtherType. */
export function inCiscoHdlc(frame: Frame): number {
  if (!frame.has(4)) return NETWORK_SHORT;
  const etherType = frame.u16(2);
  frame.at += 4;
  return etherType > LENGTH_MAX ? byEtherType(frame, etherType) : NETWORK_OTHER;
}
