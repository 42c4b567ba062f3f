// Frames of every link layer and encapsulation that is read: IPv4 10.0.0.1 to 10.0.0.2 or IPv6 2001:db8::1 to
// 2001:db8::2, UDP port 1000 to 53. What each holds is what tshark prints for it, but for two that it does not read:
// Cisco HDLC with direction, and a netfilter log of a big-endian machine.
import { ethernet, IPV4, IPV6, ipv4, ipv6, join, u16, UDP, udp, wordBytes, zeros, type Part } from "./frames.ts";

const payload = new Uint8Array(8).fill(0x78);
export const udp4 = ipv4({ protocol: UDP, payload: udp(1000, 53, payload) });
export const udp6 = ipv6(UDP, udp(1000, 53, payload));

/** What a frame holds: IP of this version, or no IP that is read. */
export type Holds = 4 | 6 | undefined;

export interface LinkFrame {
  name: string;
  linkType: number;
  data: Uint8Array;
  holds: Holds;
}

const MPLS = 0x8847;
const PPPOE = 0x8864;
const Q = 0x8100;
const AD = 0x88a8;

/** A stack of MPLS labels; the last is marked. */
const labels = (count: number): number[] =>
  Array.from({ length: count }, (_, i) => [0, 1, i === count - 1 ? 1 : 0, 64]).flat();

const pppoe = (protocol: number, data: Part, code = 0): Uint8Array =>
  join([0x11, code], u16(7), u16(2 + data.length), u16(protocol), data);

const llc = (sap: number, data: Part, control = [3]): Uint8Array => join([sap, sap], control, data);
const snap = (etherType: number, data: Part, oui = [0, 0, 0]): Uint8Array => llc(0xaa, join(oui, u16(etherType), data));
const inLength = (data: Uint8Array, tags: number[] = []): Uint8Array => ethernet(data.length, data, tags);
const tagged = (type: number, data: Part, id = 5): Uint8Array => join(u16(id), u16(type), data);
const serviceTag = (frame: Uint8Array): Uint8Array => join([0, 0, 1, 2], frame);

/** An 802.11 header; `control` and `flags` are the two bytes of frame control. */
function wlan(control: number, flags: number, tail: number[], data: Part): Uint8Array {
  const addresses = [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 3];
  return join([control, flags, 0, 0], addresses, [0, 0], tail, data);
}

const FROM_DS = 2;
const BOTH_DS = 3;
const wlanData = wlan(0x08, FROM_DS, [], snap(IPV4, udp4));
const wlanQos = wlan(0x88, FROM_DS, [0, 0], snap(IPV4, udp4));

/** radiotap with these words of presence and fields. */
const radiotap = (present: number[], fields: number[], frame: Uint8Array): Uint8Array =>
  join([0, 0, 8 + present.length - 4 + fields.length, 0], present, fields, frame);

const subframe = (data: Uint8Array): Uint8Array => join(zeros(12), u16(data.length), data);
const halfLe = (value: number): number[] => [value & 0xff, value >> 8];
const ppi = (linkType: number, fields: number[], frame: Uint8Array): Uint8Array =>
  join([0, 0, ...halfLe(8 + fields.length)], wordBytes(linkType), fields, frame);

const avs = (frame: Uint8Array): Uint8Array => join([0x80, 0x21, 0x10, 0x01], wordBytes(64, false), zeros(56), frame);
const prism = (frame: Uint8Array): Uint8Array => join(wordBytes(0x44), wordBytes(144), zeros(136), frame);

const tlv = (type: number, value: Part, littleEndian = true): Uint8Array => {
  const length = 4 + value.length;
  const header = littleEndian ? [...halfLe(length), ...halfLe(type)] : [...u16(length), ...u16(type)];
  return join(header, value, zeros((4 - (length % 4)) % 4));
};
const nflog = (family: number, ...records: Uint8Array[]): Uint8Array => join([family, 0, 0, 5], ...records);

const sll = (device: number, protocol: number, data: Part): Uint8Array =>
  join(u16(0), u16(device), u16(6), zeros(8), u16(protocol), data);
const sll2 = (device: number, protocol: number, data: Part): Uint8Array =>
  join(u16(protocol), zeros(2), wordBytes(3, false), u16(device), [0, 6], zeros(8), data);

const ETHERNET: [name: string, data: Uint8Array, holds: Holds][] = [
  ["MPLS, one label", ethernet(MPLS, join(labels(1), udp4)), 4],
  ["MPLS, three labels, IPv6", ethernet(MPLS, join(labels(3), udp6)), 6],
  ["MPLS, upstream assigned", ethernet(0x8848, join(labels(1), udp4)), 4],
  ["MPLS, neither IPv4 nor IPv6", ethernet(MPLS, join(labels(1), [0x50], zeros(40))), undefined],
  ["MPLS behind 802.1Q", ethernet(MPLS, join(labels(2), udp4), [Q]), 4],
  ["MPLS behind QinQ", ethernet(MPLS, join(labels(1), udp6), [AD, Q]), 6],
  ["PPPoE", ethernet(PPPOE, pppoe(0x21, udp4)), 4],
  ["PPPoE, IPv6", ethernet(PPPOE, pppoe(0x57, udp6)), 6],
  ["PPPoE behind 802.1Q", ethernet(PPPOE, pppoe(0x21, udp4), [Q]), 4],
  ["PPPoE behind QinQ", ethernet(PPPOE, pppoe(0x57, udp6), [AD, Q]), 6],
  ["PPPoE with MPLS", ethernet(PPPOE, pppoe(0x281, join(labels(1), udp4))), 4],
  ["PPPoE with LCP", ethernet(PPPOE, pppoe(0xc021, [1, 1, 0, 4])), undefined],
  ["PPPoE discovery", ethernet(0x8863, pppoe(0, zeros(4), 9)), undefined],
  ["LLC with IP", inLength(llc(0x06, udp4)), 4],
  ["LLC of spanning tree", inLength(llc(0x42, zeros(35))), undefined],
  ["SNAP", inLength(snap(IPV4, udp4)), 4],
  ["SNAP, IPv6", inLength(snap(IPV6, udp6)), 6],
  ["SNAP of a bridge tunnel", inLength(snap(IPV4, udp4, [0, 0, 0xf8])), 4],
  ["SNAP of a vendor", inLength(snap(0x2000, zeros(20), [0, 0, 0x0c])), undefined],
  ["SNAP behind 802.1Q", inLength(snap(IPV4, udp4), [Q]), 4],
  ["SNAP behind QinQ", inLength(snap(IPV6, udp6), [AD, Q]), 6],
  ["802.1Q in SNAP", inLength(snap(Q, tagged(IPV4, udp4))), 4],
  ["PPPoE in SNAP", inLength(snap(PPPOE, pppoe(0x21, udp4))), 4],
  ["IPX without LLC", ethernet(30, join([0xff, 0xff], zeros(28))), undefined],
  ["QinQ in 0x9100 twice", ethernet(IPV4, udp4, [0x9100, 0x9100, Q]), 4],
  ["a backbone's service tag", ethernet(0x88e7, serviceTag(ethernet(IPV4, udp4))), 4],
  ["a service tag behind 802.1ad, 802.1Q inside", ethernet(0x88e7, serviceTag(ethernet(IPV6, udp6, [Q])), [AD]), 6],
  ["a ring's tag", ethernet(0x892f, join(u16(0x102c), u16(1), u16(IPV4), udp4)), 4],
];

const OTHERS: [name: string, linkType: number, data: Uint8Array, holds: Holds][] = [
  ["raw IP of the BSDs", 12, udp4, 4],
  ["raw IP of the BSDs, IPv6", 12, udp6, 6],
  ["raw IP of OpenBSD", 14, udp4, 4],
  ["PPP", 9, join(u16(0x21), udp4), 4],
  ["PPP with address and control", 9, join([0xff, 3], u16(0x57), udp6), 6],
  ["PPP with a protocol of one byte", 9, join([0x21], udp4), 4],
  ["PPP with all compressed but the address", 9, join([0xff, 3, 0x57], udp6), 6],
  ["PPP with MPLS", 9, join([0xff, 3], u16(0x281), labels(2), udp4), 4],
  ["PPP, LCP", 9, join([0xff, 3], u16(0xc021), [1, 1, 0, 4]), undefined],
  ["PPP in HDLC", 50, join([0xff, 3], u16(0x21), udp4), 4],
  ["PPP in HDLC that is Cisco's", 50, join([0x0f, 0], u16(IPV4), udp4), 4],
  ["PPP over Ethernet without Ethernet", 51, pppoe(0x21, udp4), 4],
  ["PPP with direction", 204, join([1, 0xff, 3], u16(0x57), udp6), 6],
  ["Cisco HDLC", 104, join([0x0f, 0], u16(IPV4), udp4), 4],
  ["Cisco HDLC, multicast, IPv6", 104, join([0x8f, 0], u16(IPV6), udp6), 6],
  ["Cisco HDLC with MPLS", 104, join([0x0f, 0], u16(MPLS), labels(1), udp4), 4],
  ["Cisco HDLC, keepalive", 104, join([0x8f, 0], u16(0x8035), zeros(18)), undefined],
  ["Cisco HDLC with direction", 205, join([0, 0x0f, 0], u16(IPV4), udp4), 4],
  ["ATM with LLC", 11, snap(IPV4, udp4), 4],
  ["IP over FireWire", 138, join(zeros(16), u16(IPV6), udp6), 6],

  ["802.11 data", 105, wlanData, 4],
  ["802.11 data, IPv6", 105, wlan(0x08, 1, [], snap(IPV6, udp6)), 6],
  ["802.11 QoS data", 105, wlanQos, 4],
  ["802.11 with four addresses", 105, wlan(0x08, BOTH_DS, zeros(6), snap(IPV4, udp4)), 4],
  ["802.11 QoS with four addresses", 105, wlan(0x88, BOTH_DS, [...zeros(6), 0, 0], snap(IPV6, udp6)), 6],
  ["802.11 QoS with HT control", 105, wlan(0x88, FROM_DS | 0x80, [0, 0, 0, 0, 0, 0], snap(IPV4, udp4)), 4],
  ["802.11 with 802.1Q in SNAP", 105, wlan(0x08, FROM_DS, [], snap(Q, tagged(IPV4, udp4))), 4],
  ["802.11 subframes", 105, wlan(0x88, FROM_DS, [0x80, 0], subframe(snap(IPV4, udp4))), 4],
  ["802.11 protected", 105, wlan(0x08, FROM_DS | 0x40, [], snap(IPV4, udp4)), undefined],
  ["802.11 without data", 105, wlan(0x48, FROM_DS, [], snap(IPV4, udp4)), undefined],
  ["802.11 beacon", 105, wlan(0x80, 0, [], zeros(12)), undefined],
  ["radiotap", 127, radiotap(zeros(4), [], wlanData), 4],
  ["radiotap with flags", 127, radiotap([2, 0, 0, 0], [0, 0, 0, 0], wlanQos), 4],
  ["radiotap with padded header", 127, radiotap([2, 0, 0, 0], [0x20], wlan(0x88, FROM_DS, [0, 0, 0, 0], snap(IPV4, udp4))), 4],
  [
    "radiotap with a time stamp and padded header",
    127,
    radiotap([3, 0, 0, 0], [...zeros(8), 0x20], wlan(0x88, FROM_DS, [0, 0, 0, 0], snap(IPV6, udp6))),
    6,
  ],
  [
    "radiotap with two words of presence",
    127,
    radiotap([3, 0, 0, 0x80, 0, 0, 0, 0], [...zeros(4 + 8), 0x20], wlan(0x88, FROM_DS, [0, 0, 0, 0], snap(IPV4, udp4))),
    4,
  ],
  ["Prism", 119, prism(wlanData), 4],
  ["AVS under Prism's number", 119, avs(wlanData), 4],
  ["AVS", 163, avs(wlanQos), 4],
  ["PPI with 802.11", 192, ppi(105, [], wlanData), 4],
  ["PPI with fields and Ethernet", 192, ppi(1, [...halfLe(2), ...halfLe(4), 0, 0, 0, 0], ethernet(IPV6, udp6, [Q])), 6],
  ["PPI with raw IP", 192, ppi(101, [], udp4), 4],
  ["PPI in PPI", 192, ppi(192, [], ppi(1, [], ethernet(IPV4, udp4))), 4],

  ["netfilter log", 239, nflog(2, tlv(9, udp4)), 4],
  ["netfilter log, packet behind others", 239, nflog(10, tlv(1, zeros(4)), tlv(10, [0x70, 0x66, 0]), tlv(9, udp6)), 6],
  ["netfilter log, big endian", 239, nflog(2, tlv(1, zeros(4), false), tlv(9, udp4, false)), 4],
  ["netfilter log without packet", 239, nflog(2, tlv(1, zeros(4))), undefined],
  ["netfilter log of ARP", 239, nflog(3, tlv(9, zeros(28))), undefined],

  ["Linux cooked", 113, sll(1, IPV4, udp4), 4],
  ["Linux cooked, QinQ", 113, sll(1, AD, join(u16(5), u16(Q), tagged(IPV6, udp6))), 6],
  ["Linux cooked, PPPoE", 113, sll(1, PPPOE, pppoe(0x21, udp4)), 4],
  ["Linux cooked, MPLS", 113, sll(1, MPLS, join(labels(1), udp4)), 4],
  ["Linux cooked, LLC", 113, sll(1, 4, snap(IPV4, udp4)), 4],
  ["Linux cooked, netlink", 113, sll(824, 0x0800, udp4), undefined],
  ["Linux cooked v2", 276, sll2(1, IPV6, udp6), 6],
  ["Linux cooked v2, 802.1Q and PPPoE", 276, sll2(1, Q, tagged(PPPOE, pppoe(0x57, udp6))), 6],
  ["Linux cooked v2, LLC", 276, sll2(1, 4, snap(IPV4, udp4)), 4],

  ["BSD loopback", 0, join([2, 0, 0, 0], udp4), 4],
  ["BSD loopback, big endian", 0, join([0, 0, 0, 30], udp6), 6],
  ["OpenBSD loopback", 108, join([0, 0, 0, 24], udp6), 6],
  ["OpenBSD IPsec", 109, join([2, 0, 0, 0], zeros(8), udp4), 4],
  ["packet filter log", 117, join([61, 2], zeros(62), udp4), 4],
  ["IPv4", 228, udp4, 4],
  ["IPv6", 229, udp6, 6],
];

export const LINK_FRAMES: readonly LinkFrame[] = [
  ...ETHERNET.map(([name, data, holds]) => ({ name, linkType: 1, data, holds })),
  ...OTHERS.map(([name, linkType, data, holds]) => ({ name, linkType, data, holds })),
];
