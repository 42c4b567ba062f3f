// The index of a packet in the protocol map: its IP protocol number, or one of these for a packet without flow.
export const SLOT_NOT_IP = 256;
export const SLOT_UNSUPPORTED_LINK = 257;
export const SLOT_TRUNCATED = 258;
export const SLOT_MALFORMED = 259;
export const SLOT_COUNT = 260;

export const PROTOCOL_ICMP = 1;
export const PROTOCOL_TCP = 6;
export const PROTOCOL_UDP = 17;
export const PROTOCOL_DCCP = 33;
export const PROTOCOL_ICMPV6 = 58;
export const PROTOCOL_SCTP = 132;
export const PROTOCOL_UDPLITE = 136;

const NAMES = new Map([
  [0, "HOPOPT"],
  [PROTOCOL_ICMP, "ICMP"],
  [2, "IGMP"],
  [4, "IP-in-IP"],
  [PROTOCOL_TCP, "TCP"],
  [PROTOCOL_UDP, "UDP"],
  [PROTOCOL_DCCP, "DCCP"],
  [41, "IPv6-in-IP"],
  [46, "RSVP"],
  [47, "GRE"],
  [50, "ESP"],
  [51, "AH"],
  [PROTOCOL_ICMPV6, "ICMPv6"],
  [59, "IPv6-NoNxt"],
  [88, "EIGRP"],
  [89, "OSPF"],
  [103, "PIM"],
  [112, "VRRP"],
  [PROTOCOL_SCTP, "SCTP"],
  [135, "Mobility"],
  [PROTOCOL_UDPLITE, "UDP-Lite"],
  [SLOT_NOT_IP, "other (not IP)"],
  [SLOT_UNSUPPORTED_LINK, "other (link type)"],
  [SLOT_TRUNCATED, "truncated"],
  [SLOT_MALFORMED, "malformed"],
]);

/** The name of an IP protocol, or of one of the slots above. */
export const protocolName = (slot: number): string => NAMES.get(slot) ?? `protocol ${slot}`;

/** Whether the protocol's header begins with a source and a destination port of 16 bits each. */
export const hasPorts = (protocol: number): boolean =>
  protocol === PROTOCOL_TCP ||
  protocol === PROTOCOL_UDP ||
  protocol === PROTOCOL_SCTP ||
  protocol === PROTOCOL_DCCP ||
  protocol === PROTOCOL_UDPLITE;

export const isIcmp = (protocol: number): boolean => protocol === PROTOCOL_ICMP || protocol === PROTOCOL_ICMPV6;
