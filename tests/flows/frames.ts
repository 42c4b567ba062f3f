// Builds frames and captures field by field, for tests of what no shipped capture contains.

export type Part = number[] | Uint8Array;

export function join(...parts: Part[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

export const u16 = (value: number): number[] => [(value >> 8) & 0xff, value & 0xff];
export const zeros = (count: number): number[] => new Array<number>(count).fill(0);

export const IPV4 = 0x0800;
export const IPV6 = 0x86dd;
export const ARP = 0x0806;

/** An Ethernet frame; `tags` are the TPIDs of its VLAN tags, the outermost first. */
export function ethernet(etherType: number, payload: Part, tags: number[] = []): Uint8Array {
  const tagBytes = tags.flatMap((tpid, i) => [...u16(tpid), ...u16(100 + i)]);
  return join([2, 0, 0, 0, 0, 1], [2, 0, 0, 0, 0, 2], tagBytes, u16(etherType), payload);
}

export interface Ipv4Fields {
  source?: number[];
  destination?: number[];
  protocol: number;
  payload: Part;
  /** Words of options, 0 .. 10. */
  optionWords?: number;
  /** In units of 8 bytes. */
  fragmentOffset?: number;
  moreFragments?: boolean;
  totalLength?: number;
}

export function ipv4(fields: Ipv4Fields): Uint8Array {
  const { source = [10, 0, 0, 1], destination = [10, 0, 0, 2], protocol, payload, optionWords = 0 } = fields;
  const { fragmentOffset = 0, moreFragments = false } = fields;
  const headerSize = 20 + 4 * optionWords;
  const totalLength = fields.totalLength ?? headerSize + payload.length;
  const fragment = (moreFragments ? 0x2000 : 0) | fragmentOffset;
  return join(
    [0x40 | (headerSize / 4), 0, ...u16(totalLength), 0, 1, ...u16(fragment), 64, protocol, 0, 0],
    source,
    destination,
    new Array<number>(4 * optionWords).fill(1),
    payload,
  );
}

/** 2001:db8::<last> */
export const documentationAddress = (last: number): number[] => [0x20, 0x01, 0x0d, 0xb8, ...zeros(11), last];

export function ipv6(next: number, payload: Part, payloadLength = payload.length): Uint8Array {
  const addresses = [...documentationAddress(1), ...documentationAddress(2)];
  return join([0x60, 0, 0, 0, ...u16(payloadLength), next, 64], addresses, payload);
}

/** Hop-by-hop options, routing or destination options: 8 × (1 + `units`) bytes. */
export const extensionHeader = (next: number, units = 0): number[] => [next, units, ...zeros(6 + 8 * units)];

export const fragmentHeader = (next: number, offset: number, more = false): number[] => [
  next,
  0,
  ...u16((offset << 3) | (more ? 1 : 0)),
  0,
  0,
  0,
  1,
];

export const authenticationHeader = (next: number, icvWords = 3): number[] => [
  next,
  1 + icvWords,
  ...zeros(10 + 4 * icvWords),
];

export const udp = (source: number, destination: number, data: Part = []): Uint8Array =>
  join(u16(source), u16(destination), u16(8 + data.length), [0, 0], data);

export const tcp = (source: number, destination: number, data: Part = []): Uint8Array =>
  join(u16(source), u16(destination), zeros(8), [0x50, 0x10], zeros(6), data);

export const icmp = (type: number, code: number): Uint8Array => join([type, code], zeros(6));

export const TCP = 6;
export const UDP = 17;
export const ICMP = 1;
export const ICMPV6 = 58;

export interface Record {
  data: Uint8Array;
  seconds?: number;
  /** Micro- or nanoseconds, as the file has it. */
  fraction?: number;
  wireLength?: number;
}

export interface PcapOptions {
  littleEndian?: boolean;
  nanoseconds?: boolean;
  linkType?: number;
  /** Record headers of 24 bytes, or a file header of 28 and nanoseconds. */
  flavour?: "modified" | "tester";
  /** Of the version 2.x. */
  minor?: number;
  /** Write the length on the wire before the captured one. */
  swapLengths?: boolean;
}

function magicOf({ nanoseconds, flavour }: PcapOptions): number {
  if (flavour !== undefined) return flavour === "modified" ? 0xa1b2cd34 : 0x1c0001ac;
  return nanoseconds ? 0xa1b23c4d : 0xa1b2c3d4;
}

export function pcap(records: Record[], options: PcapOptions = {}): Uint8Array {
  const { littleEndian = true, linkType = 1, flavour, minor = 4, swapLengths = false } = options;
  const word = (value: number): Uint8Array => wordBytes(value, littleEndian);
  const half = (value: number): Uint8Array => halfBytes(value, littleEndian);
  const extra = zeros(flavour === "tester" ? 4 : 0);
  const header = [word(magicOf(options)), half(2), half(minor), zeros(8), word(65535), word(linkType), extra];
  const body = records.flatMap(({ data, seconds = 1, fraction = 0, wireLength = data.length }) => [
    word(seconds),
    word(fraction),
    word(swapLengths ? wireLength : data.length),
    word(swapLengths ? data.length : wireLength),
    zeros(flavour === "modified" ? 8 : 0),
    data,
  ]);
  return join(...header, ...body);
}

/** A pcapng block with its two lengths; `body` is padded to a multiple of 4. */
export function block(type: number, body: Part, littleEndian = true): Uint8Array {
  const padded = join(body, zeros((4 - (body.length % 4)) % 4));
  const length = wordBytes(12 + padded.length, littleEndian);
  return join(wordBytes(type, littleEndian), length, padded, length);
}

export function sectionHeader(littleEndian = true): Uint8Array {
  const word = (value: number): Uint8Array => wordBytes(value, littleEndian);
  const version = [halfBytes(1, littleEndian), halfBytes(0, littleEndian)];
  return block(0x0a0d0d0a, join(word(0x1a2b3c4d), ...version, word(0xffffffff), word(0xffffffff)), littleEndian);
}

export interface InterfaceOptions {
  littleEndian?: boolean;
  linkType?: number;
  snapLength?: number;
  /** The raw if_tsresol byte. */
  resolution?: number;
  /** if_tsoffset, in seconds. */
  offsetSeconds?: number;
}

export function interfaceDescription(options: InterfaceOptions = {}): Uint8Array {
  const { littleEndian = true, linkType = 1, snapLength = 0, resolution, offsetSeconds } = options;
  const half = (value: number): Uint8Array => halfBytes(value, littleEndian);
  const word = (value: number): Uint8Array => wordBytes(value, littleEndian);
  const parts: Part[] = [half(linkType), zeros(2), word(snapLength)];
  parts.push(half(2), half(3), [0x65, 0x74, 0x68, 0]); // if_name "eth"
  if (resolution !== undefined) parts.push(half(9), half(1), [resolution, 0, 0, 0]);
  if (offsetSeconds !== undefined) {
    const high = word(offsetSeconds < 0 ? 0xffffffff : 0);
    const low = word(offsetSeconds >>> 0);
    parts.push(half(14), half(8), ...(littleEndian ? [low, high] : [high, low]));
  }
  parts.push(zeros(4));
  return block(1, join(...parts), littleEndian);
}

export function enhancedPacket(data: Uint8Array, ticks: bigint, index = 0, littleEndian = true): Uint8Array {
  const word = (value: number): Uint8Array => wordBytes(value, littleEndian);
  const time = [word(Number(ticks >> 32n)), word(Number(ticks & 0xffffffffn))];
  const body = join(word(index), ...time, word(data.length), word(data.length), data);
  return block(6, body, littleEndian);
}

export function simplePacket(data: Uint8Array, wireLength = data.length, littleEndian = true): Uint8Array {
  return block(3, join(wordBytes(wireLength, littleEndian), data), littleEndian);
}

export function wordBytes(value: number, littleEndian = true): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, littleEndian);
  return bytes;
}

export function halfBytes(value: number, littleEndian = true): Uint8Array {
  const bytes = new Uint8Array(2);
  new DataView(bytes.buffer).setUint16(0, value, littleEndian);
  return bytes;
}
