// The numbers by which captures tell the link layer of their packets (LINKTYPE_, from the public list of pcap's format).

export const NULL = 0;
export const ETHERNET = 1;
export const PPP = 9;
export const ATM_RFC1483 = 11;
export const RAW_BSD = 12;
export const RAW_OPENBSD = 14;
export const PPP_HDLC = 50;
export const PPP_ETHER = 51;
export const RAW = 101;
export const C_HDLC = 104;
export const IEEE802_11 = 105;
export const LOOP = 108;
export const ENC = 109;
export const LINUX_SLL = 113;
export const PFLOG = 117;
export const IEEE802_11_PRISM = 119;
export const IEEE802_11_RADIOTAP = 127;
export const APPLE_IP_OVER_IEEE1394 = 138;
export const IEEE802_11_AVS = 163;
export const PPI = 192;
export const PPP_WITH_DIR = 204;
export const C_HDLC_WITH_DIR = 205;
export const IPV4 = 228;
export const IPV6 = 229;
export const NFLOG = 239;
export const LINUX_SLL2 = 276;

/** The link types that are read. */
const READ = new Map([
  [NULL, "BSD loopback"],
  [ETHERNET, "Ethernet"],
  [PPP, "PPP"],
  [ATM_RFC1483, "ATM with LLC"],
  [RAW_BSD, "raw IP"],
  [RAW_OPENBSD, "raw IP"],
  [PPP_HDLC, "PPP in HDLC"],
  [PPP_ETHER, "PPP over Ethernet"],
  [RAW, "raw IP"],
  [C_HDLC, "Cisco HDLC"],
  [IEEE802_11, "IEEE 802.11"],
  [LOOP, "OpenBSD loopback"],
  [ENC, "OpenBSD IPsec"],
  [LINUX_SLL, "Linux cooked"],
  [PFLOG, "packet filter log"],
  [IEEE802_11_PRISM, "IEEE 802.11 with Prism"],
  [IEEE802_11_RADIOTAP, "IEEE 802.11 with radiotap"],
  [APPLE_IP_OVER_IEEE1394, "IP over FireWire"],
  [IEEE802_11_AVS, "IEEE 802.11 with AVS"],
  [PPI, "per-packet information"],
  [PPP_WITH_DIR, "PPP with direction"],
  [C_HDLC_WITH_DIR, "Cisco HDLC with direction"],
  [IPV4, "raw IPv4"],
  [IPV6, "raw IPv6"],
  [NFLOG, "Linux netfilter log"],
  [LINUX_SLL2, "Linux cooked v2"],
]);

/** Links that may carry IP, but that are not read. */
const UNREAD = new Map([
  [3, "AX.25"],
  [6, "Token Ring"],
  [7, "ARCNET"],
  [8, "SLIP"],
  [10, "FDDI"],
  [107, "Frame Relay"],
  [114, "LocalTalk"],
  [122, "IP over Fibre Channel"],
  [123, "SunATM"],
  [129, "ARCNET, Linux"],
  [143, "DOCSIS"],
  [166, "PPP of pppd"],
  [197, "Endace ERF"],
  [226, "Solaris IPNET"],
  [242, "IP over InfiniBand"],
  [247, "InfiniBand"],
  [258, "Apple PKTAP"],
  [274, "Ethernet with preamble"],
]);

/** Links without IP packets. */
const WITHOUT_IP = new Map([
  [165, "BACnet MS/TP"],
  [177, "Linux LAPD"],
  [186, "USB, BSD"],
  [187, "Bluetooth HCI"],
  [189, "USB, Linux"],
  [190, "CAN 2.0b"],
  [195, "IEEE 802.15.4"],
  [201, "Bluetooth HCI with direction"],
  [209, "I2C, Linux"],
  [215, "IEEE 802.15.4 with physical layer"],
  [220, "USB, Linux with padding"],
  [224, "Fibre Channel"],
  [227, "CAN, SocketCAN"],
  [230, "IEEE 802.15.4 without checksum"],
  [231, "D-Bus"],
  [243, "MPEG-2 transport stream"],
  [248, "SCTP"],
  [249, "USB, Windows"],
  [251, "Bluetooth Low Energy"],
  [252, "Wireshark's upper layers"],
  [253, "Linux netlink"],
  [254, "Bluetooth, Linux monitor"],
  [255, "Bluetooth Basic Rate"],
  [256, "Bluetooth Low Energy with radio"],
  [264, "ISO 14443"],
  [266, "USB, Darwin"],
  [270, "LoRa"],
  [271, "VM sockets"],
  [272, "Nordic Bluetooth Low Energy sniffer"],
  [283, "IEEE 802.15.4 with TAP"],
  [288, "USB 2.0"],
  [293, "USB 2.0, low speed"],
  [294, "USB 2.0, full speed"],
  [295, "USB 2.0, high speed"],
]);

export const isSupportedLinkType = (linkType: number): boolean => READ.has(linkType);

/** The name of a link type, or its number. */
export const linkTypeName = (linkType: number): string =>
  READ.get(linkType) ?? UNREAD.get(linkType) ?? WITHOUT_IP.get(linkType) ?? `link type ${linkType}`;

/** Why packets of a link type that is not read are not: "link type 189 (USB, Linux) has no IP packets". */
export function unsupportedLinkType(linkType: number): string {
  const without = WITHOUT_IP.get(linkType);
  if (without !== undefined) return `link type ${linkType} (${without}) has no IP packets`;
  const unread = UNREAD.get(linkType);
  return unread === undefined ? `link type ${linkType} is not known` : `link type ${linkType} (${unread}) is not read`;
}
