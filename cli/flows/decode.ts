import {
  DESTINATION,
  DESTINATION_PORT,
  FLOW_KEY_SIZE,
  IP_VERSION,
  LATER_FRAGMENT,
  PROTOCOL,
  SOURCE,
  SOURCE_PORT,
} from "./flow_key.ts";
import { NETWORK_OTHER, NETWORK_SHORT, NETWORK_UNSUPPORTED, readU16 } from "./frame.ts";
import { LinkLayer } from "./link_layer.ts";
import type { Packet } from "./packet.ts";
import {
  SLOT_MALFORMED,
  SLOT_NOT_IP,
  SLOT_TRUNCATED,
  SLOT_UNSUPPORTED_LINK,
  hasPorts,
  isIcmp,
} from "./protocols.ts";

const IPV4_HEADER_MIN = 20;
const IPV6_HEADER_SIZE = 40;

// The IPv6 extension headers that stand between the IP header and the transport's.
const HOP_BY_HOP = 0;
const ROUTING = 43;
const FRAGMENT = 44;
const AUTHENTICATION = 51;
const DESTINATION_OPTIONS = 60;

/** Turns packets into flow keys. Nothing is allocated per packet, and no packet, however broken, makes it throw. */
export class Decoder {
  /** The key of the last packet for which decode() returned a protocol. */
  readonly key = new Uint8Array(FLOW_KEY_SIZE);

  readonly #link = new LinkLayer();

  /**
   * Returns the packet's IP protocol (0 .. 255) after filling `key`, or the slot of a packet without flow: not IP, a
   * link type that is not read, truncated (the capture kept too little of it) or malformed (its headers contradict
   * themselves or its length).
   */
  decode(packet: Packet): number {
    switch (this.#link.locate(packet)) {
      case 4:
        return this.#ipv4(packet, this.#link.networkStart);
      case 6:
        return this.#ipv6(packet, this.#link.networkStart);
      case NETWORK_OTHER:
        return SLOT_NOT_IP;
      case NETWORK_UNSUPPORTED:
        return SLOT_UNSUPPORTED_LINK;
      case NETWORK_SHORT:
      default:
        return short(packet);
    }
  }

  #ipv4(packet: Packet, start: number): number {
    const { bytes, end } = packet;
    if (start + IPV4_HEADER_MIN > end) return short(packet);
    const headerSize = (bytes[start] & 0x0f) * 4;
    const totalLength = readU16(bytes, start + 2);
    if (bytes[start] >> 4 !== 4 || headerSize < IPV4_HEADER_MIN) return SLOT_MALFORMED;
    // A total length of 0 is what the capturing host sees when its network card cuts the segments.
    if (totalLength !== 0 && totalLength < headerSize) return SLOT_MALFORMED;

    const { key } = this;
    key.fill(0);
    key[SOURCE + 10] = key[SOURCE + 11] = key[DESTINATION + 10] = key[DESTINATION + 11] = 0xff;
    for (let i = 0; i < 4; i++) {
      key[SOURCE + 12 + i] = bytes[start + 12 + i];
      key[DESTINATION + 12 + i] = bytes[start + 16 + i];
    }
    key[IP_VERSION] = 4;
    const isLaterFragment = (readU16(bytes, start + 6) & 0x1fff) !== 0;
    const datagramEnd = totalLength === 0 ? Infinity : start + totalLength;
    return this.#transport(packet, bytes[start + 9], start + headerSize, datagramEnd, isLaterFragment);
  }

  #ipv6(packet: Packet, start: number): number {
    const { bytes, end } = packet;
    if (start + IPV6_HEADER_SIZE > end) return short(packet);
    if (bytes[start] >> 4 !== 6) return SLOT_MALFORMED;
    // A payload length of 0 is a jumbogram, or again a packet that the network card will cut.
    const payloadLength = readU16(bytes, start + 4);
    const datagramEnd = payloadLength === 0 ? Infinity : start + IPV6_HEADER_SIZE + payloadLength;

    let next = bytes[start + 6];
    let offset = start + IPV6_HEADER_SIZE;
    let isLaterFragment = false;
    // What a later fragment carries behind its fragment header is the middle of something, not a header.
    while (isExtensionHeader(next) && !isLaterFragment) {
      if (offset + 8 > datagramEnd) return SLOT_MALFORMED;
      if (offset + 8 > end) return short(packet);
      const header = next;
      next = bytes[offset];
      if (header === FRAGMENT) {
        isLaterFragment = (readU16(bytes, offset + 2) & 0xfff8) !== 0;
        offset += 8;
      } else if (header === AUTHENTICATION) {
        offset += (bytes[offset + 1] + 2) * 4;
      } else {
        offset += (bytes[offset + 1] + 1) * 8;
      }
    }

    const { key } = this;
    for (let i = 0; i < 32; i++) key[SOURCE + i] = bytes[start + 8 + i];
    key.fill(0, SOURCE_PORT);
    key[IP_VERSION] = 6;
    return this.#transport(packet, next, offset, datagramEnd, isLaterFragment);
  }

  /** `start` is where the transport header begins, `datagramEnd` where the IP header says that the packet ends. */
  #transport(packet: Packet, protocol: number, start: number, datagramEnd: number, isLaterFragment: boolean): number {
    const { bytes, end } = packet;
    if (start > datagramEnd) return SLOT_MALFORMED;
    if (start > end) return short(packet);
    const { key } = this;
    key[PROTOCOL] = protocol;
    if (isLaterFragment) {
      key[LATER_FRAGMENT] = 1;
    } else if (hasPorts(protocol)) {
      if (start + 4 > datagramEnd) return SLOT_MALFORMED;
      if (start + 4 > end) return short(packet);
      for (let i = 0; i < 4; i++) key[SOURCE_PORT + i] = bytes[start + i];
    } else if (isIcmp(protocol)) {
      if (start + 2 > datagramEnd) return SLOT_MALFORMED;
      if (start + 2 > end) return short(packet);
      key[SOURCE_PORT + 1] = bytes[start];
      key[DESTINATION_PORT + 1] = bytes[start + 1];
    }
    return protocol;
  }
}

/** A header that the captured bytes end in: the capture's fault if there was more on the wire, else the packet's. */
function short({ start, end, wireLength }: Packet): number {
  return end - start < wireLength ? SLOT_TRUNCATED : SLOT_MALFORMED;
}

function isExtensionHeader(next: number): boolean {
  return (
    next === HOP_BY_HOP ||
    next === ROUTING ||
    next === FRAGMENT ||
    next === AUTHENTICATION ||
    next === DESTINATION_OPTIONS
  );
}
