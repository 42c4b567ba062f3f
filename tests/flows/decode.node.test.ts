import { suite } from "uvu";
import * as assert from "uvu/assert";
import { formatAddress } from "../../cli/flows/address.ts";
import { Decoder } from "../../cli/flows/decode.ts";
import { unpackFlowKey } from "../../cli/flows/flow_key.ts";
import { Packet } from "../../cli/flows/packet.ts";
import {
  SLOT_COUNT,
  SLOT_MALFORMED,
  SLOT_NOT_IP,
  SLOT_TRUNCATED,
  SLOT_UNSUPPORTED_LINK,
} from "../../cli/flows/protocols.ts";
import {
  ARP,
  ICMP,
  ICMPV6,
  IPV4,
  IPV6,
  TCP,
  UDP,
  authenticationHeader,
  ethernet,
  extensionHeader,
  fragmentHeader,
  icmp,
  ipv4,
  ipv6,
  join,
  tcp,
  u16,
  udp,
  zeros,
} from "./frames.ts";
import { LINK_FRAMES } from "./link_frames.ts";

/** The packet lies amid other bytes, as it does in a file: reading beyond its ends would find 0xff. */
function packetOf(data: Uint8Array, linkType: number, wireLength = data.length): Packet {
  const packet = new Packet();
  packet.bytes = join([0xff, 0xff, 0xff], data, new Array<number>(64).fill(0xff));
  packet.start = 3;
  packet.end = 3 + data.length;
  packet.linkType = linkType;
  packet.wireLength = wireLength;
  return packet;
}

/** "17 10.0.0.1 1000 > 10.0.0.2 53", or the slot of a packet without flow. */
function decoded(data: Uint8Array, linkType = 1, wireLength = data.length): string {
  const decoder = new Decoder();
  const slot = decoder.decode(packetOf(data, linkType, wireLength));
  if (slot >= 256) return String(slot);
  const flow = unpackFlowKey(decoder.key);
  assert.is(flow.protocol, slot);
  const source = formatAddress(flow.source, flow.ipVersion);
  const destination = formatAddress(flow.destination, flow.ipVersion);
  const ends = `${source} ${flow.sourcePort} > ${destination} ${flow.destinationPort}`;
  return `${slot} ${ends}${flow.laterFragment ? " later fragment" : ""}`;
}

const V4 = (protocol: number, source: number, destination: number): string =>
  `${protocol} 10.0.0.1 ${source} > 10.0.0.2 ${destination}`;
const V6 = (protocol: number, source: number, destination: number): string =>
  `${protocol} 2001:db8::1 ${source} > 2001:db8::2 ${destination}`;

const udp4 = ipv4({ protocol: UDP, payload: udp(1000, 53) });
const udp6 = ipv6(UDP, udp(1000, 53));

const decodes = suite("flows: decode");

const TABLE: [name: string, data: Uint8Array, expected: string, linkType?: number][] = [
  ["UDP over IPv4", ethernet(IPV4, udp4), V4(17, 1000, 53)],
  ["TCP over IPv4", ethernet(IPV4, ipv4({ protocol: TCP, payload: tcp(65535, 443) })), V4(6, 65535, 443)],
  ["SCTP has ports", ethernet(IPV4, ipv4({ protocol: 132, payload: udp(7, 9) })), V4(132, 7, 9)],
  ["ICMP type and code", ethernet(IPV4, ipv4({ protocol: ICMP, payload: icmp(3, 1) })), V4(1, 3, 1)],
  ["GRE has no ports", ethernet(IPV4, ipv4({ protocol: 47, payload: zeros(8) })), V4(47, 0, 0)],
  ["ESP of no bytes", ethernet(IPV4, ipv4({ protocol: 50, payload: [] })), V4(50, 0, 0)],
  [
    "IPv4 options",
    ethernet(IPV4, ipv4({ protocol: UDP, payload: udp(1000, 53), optionWords: 10 })),
    V4(17, 1000, 53),
  ],
  [
    "the first fragment has ports",
    ethernet(IPV4, ipv4({ protocol: UDP, payload: udp(1000, 53), moreFragments: true })),
    V4(17, 1000, 53),
  ],
  [
    "a later fragment has none",
    ethernet(IPV4, ipv4({ protocol: UDP, payload: udp(1000, 53), fragmentOffset: 1 })),
    `${V4(17, 0, 0)} later fragment`,
  ],
  ["total length 0", ethernet(IPV4, ipv4({ protocol: UDP, payload: udp(1000, 53), totalLength: 0 })), V4(17, 1000, 53)],
  ["Ethernet padding", ethernet(IPV4, join(udp4, zeros(18))), V4(17, 1000, 53)],
  ["802.1Q", ethernet(IPV4, udp4, [0x8100]), V4(17, 1000, 53)],
  ["802.1ad around 802.1Q", ethernet(IPV4, udp4, [0x88a8, 0x8100]), V4(17, 1000, 53)],
  ["0x9100 around 802.1Q, IPv6", ethernet(IPV6, udp6, [0x9100, 0x8100]), V6(17, 1000, 53)],
  ["three tags", ethernet(IPV4, udp4, [0x88a8, 0x88a8, 0x8100]), V4(17, 1000, 53)],
  ["UDP over IPv6", ethernet(IPV6, udp6), V6(17, 1000, 53)],
  ["ICMPv6 type and code", ethernet(IPV6, ipv6(ICMPV6, icmp(135, 0))), V6(58, 135, 0)],
  ["IPv6 hop-by-hop", ethernet(IPV6, ipv6(0, join(extensionHeader(UDP), udp(1, 2)))), V6(17, 1, 2)],
  [
    "IPv6 chain of five",
    ethernet(
      IPV6,
      ipv6(
        0,
        join(
          extensionHeader(43),
          extensionHeader(60, 1),
          extensionHeader(51, 2),
          authenticationHeader(60),
          extensionHeader(TCP),
          tcp(1, 2),
        ),
      ),
    ),
    V6(6, 1, 2),
  ],
  ["IPv6 first fragment", ethernet(IPV6, ipv6(44, join(fragmentHeader(UDP, 0, true), udp(1, 2)))), V6(17, 1, 2)],
  [
    "IPv6 later fragment",
    ethernet(IPV6, ipv6(44, join(fragmentHeader(UDP, 185), udp(1, 2)))),
    `${V6(17, 0, 0)} later fragment`,
  ],
  [
    "IPv6 later fragment whose bytes look like a header",
    ethernet(IPV6, ipv6(44, join(fragmentHeader(60, 185), extensionHeader(UDP), udp(1, 2)))),
    `${V6(60, 0, 0)} later fragment`,
  ],
  ["IPv6 ESP", ethernet(IPV6, ipv6(50, zeros(16))), V6(50, 0, 0)],
  ["IPv6 no next header", ethernet(IPV6, ipv6(59, [])), V6(59, 0, 0)],
  ["IPv6 payload length 0", ethernet(IPV6, ipv6(UDP, udp(1, 2), 0)), V6(17, 1, 2)],
  ["raw IPv4", udp4, V4(17, 1000, 53), 101],
  ["raw IPv6", udp6, V6(17, 1000, 53), 101],
  ["LINKTYPE_IPV4", udp4, V4(17, 1000, 53), 228],
  ["LINKTYPE_IPV6", udp6, V6(17, 1000, 53), 229],
  ["Linux cooked", join(zeros(14), u16(IPV4), udp4), V4(17, 1000, 53), 113],
  ["Linux cooked with a tag", join(zeros(14), u16(0x8100), u16(5), u16(IPV6), udp6), V6(17, 1000, 53), 113],
  ["Linux cooked v2", join(u16(IPV6), zeros(18), udp6), V6(17, 1000, 53), 276],
  ["Linux cooked v2 with a tag", join(u16(0x8100), zeros(18), u16(5), u16(IPV4), udp4), V4(17, 1000, 53), 276],
  ["BSD loopback, little endian", join([2, 0, 0, 0], udp4), V4(17, 1000, 53), 0],
  ["BSD loopback, big endian", join([0, 0, 0, 2], udp4), V4(17, 1000, 53), 0],
  ["BSD loopback, Darwin's AF_INET6", join([30, 0, 0, 0], udp6), V6(17, 1000, 53), 0],
  ["BSD loopback, FreeBSD's AF_INET6", join([28, 0, 0, 0], udp6), V6(17, 1000, 53), 0],
  ["OpenBSD loopback", join([0, 0, 0, 24], udp6), V6(17, 1000, 53), 108],

  ["ARP", ethernet(ARP, zeros(28)), String(SLOT_NOT_IP)],
  ["802.3 length instead of a type", ethernet(38, zeros(38)), String(SLOT_NOT_IP)],
  ["BSD loopback, AppleTalk", join([16, 0, 0, 0], zeros(20)), String(SLOT_NOT_IP), 0],
  ["raw IP of version 5", join([0x50], zeros(40)), String(SLOT_NOT_IP), 101],
  ["USB", udp4, String(SLOT_UNSUPPORTED_LINK), 189],

  ["a frame of 0 bytes", new Uint8Array(0), String(SLOT_MALFORMED)],
  ["a raw packet of 0 bytes", new Uint8Array(0), String(SLOT_MALFORMED), 101],
  ["IPv4 in an IPv6 frame", ethernet(IPV6, join(udp4, zeros(40))), String(SLOT_MALFORMED)],
  ["IPv6 in an IPv4 frame", ethernet(IPV4, udp6), String(SLOT_MALFORMED)],
  ["header length below 20", ethernet(IPV4, join([0x44], udp4.subarray(1))), String(SLOT_MALFORMED)],
  [
    "total length below the header's",
    ethernet(IPV4, ipv4({ protocol: UDP, payload: udp(1, 2), totalLength: 19 })),
    String(SLOT_MALFORMED),
  ],
  [
    "ports beyond the total length",
    ethernet(IPV4, ipv4({ protocol: UDP, payload: udp(1, 2), totalLength: 23 })),
    String(SLOT_MALFORMED),
  ],
  ["ICMP of one byte", ethernet(IPV4, ipv4({ protocol: ICMP, payload: [8] })), String(SLOT_MALFORMED)],
  ["ports beyond the payload length", ethernet(IPV6, ipv6(UDP, udp(1, 2), 3)), String(SLOT_MALFORMED)],
  [
    "an extension header longer than the packet",
    ethernet(IPV6, ipv6(60, [59, 255, ...zeros(6)])),
    String(SLOT_MALFORMED),
  ],
];

for (const [name, data, expected, linkType] of TABLE) {
  decodes(name, () => assert.is(decoded(data, linkType), expected));
}

decodes("a key keeps nothing of the packet before", () => {
  const decoder = new Decoder();
  const frames = [udp6, ipv6(44, join(fragmentHeader(UDP, 9), zeros(8))), udp4, ipv4({ protocol: 47, payload: [] })];
  const shared = frames.map((frame) => (decoder.decode(packetOf(frame, 101)), decoder.key.slice()));
  const fresh = frames.map((frame) => {
    const own = new Decoder();
    own.decode(packetOf(frame, 101));
    return own.key;
  });
  assert.equal(shared, fresh);
});

decodes("a packet cut at any byte is truncated until its ports are there", () => {
  const chain = join(extensionHeader(44), fragmentHeader(UDP, 0, true), udp(1000, 53));
  for (const frame of [ethernet(IPV4, udp4, [0x8100]), ethernet(IPV6, ipv6(0, chain))]) {
    const portsEnd = frame.length - 4;
    for (let length = 0; length <= frame.length; length++) {
      const slot = decoded(frame.slice(0, length), 1, frame.length);
      assert.is(slot === String(SLOT_TRUNCATED), length < portsEnd, `cut at ${length}`);
    }
  }
});

decodes("no packet makes it throw, or read what is not its own", () => {
  let state = 12345;
  const random = (limit: number): number => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
  const linkTypes = [0, 1, 9, 50, 101, 104, 105, 108, 113, 117, 119, 127, 189, 192, 228, 229, 239, 276];
  const seeds = [...TABLE.map(([, data]) => data), ...LINK_FRAMES.map(({ data }) => data)];
  const decoder = new Decoder();
  for (let round = 0; round < 20_000; round++) {
    const data = seeds[random(seeds.length)].slice();
    for (let flips = random(4); flips > 0 && data.length > 0; flips--) data[random(data.length)] = random(256);
    const cut = data.slice(0, random(data.length + 1));
    const linkType = linkTypes[random(linkTypes.length)];
    const wireLength = random(2) === 0 ? cut.length : data.length;
    const slot = decoder.decode(packetOf(cut, linkType, wireLength));
    assert.ok(Number.isInteger(slot) && slot >= 0 && slot < SLOT_COUNT);
    const key = decoder.key.slice();
    // The same packet with other bytes around it gives the same answer.
    const moved = packetOf(cut, linkType, wireLength);
    moved.bytes = join([7, 7, 7], cut, new Array<number>(64).fill(7));
    assert.is(decoder.decode(moved), slot);
    if (slot < 256) assert.equal(decoder.key, key);
  }
});

decodes.run();
