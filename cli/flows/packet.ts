/**
 * One packet as a capture reader hands it over. A reader owns a single Packet and fills it again for each record, so it
 * is valid only during the call that receives it; whoever wants to keep something copies it.
 */
export class Packet {
  /** What the first byte is the start of: a LINKTYPE_ number (link_types.ts). */
  linkType = 0;
  /** The chunk of the file that holds the packet; the captured bytes are bytes[start] .. bytes[end - 1]. */
  bytes: Uint8Array = new Uint8Array(0);
  start = 0;
  end = 0;
  /** Bytes the packet had on the wire; more than end - start when the capture kept only its beginning. */
  wireLength = 0;
  /** Nanoseconds since 1970-01-01 UTC; 0 where the format keeps no time (pcapng's simple packet block). */
  timeNs = 0n;
}

export type PacketSink = (packet: Packet) => void;

/**
 * A parser of one capture format. It is fed growing input: parse() takes the bytes that are not consumed yet, hands
 * every whole packet in them to its sink and returns how many bytes it consumed.
 */
export interface CaptureParser {
  /** "pcap" or "pcapng". */
  readonly format: string;
  /** The link types of the packets so far, in the order they appeared. */
  readonly linkTypes: ReadonlySet<number>;
  parse(bytes: Uint8Array): number;
  /** Where the file breaks off, when `rest` bytes are left over at its end; undefined when that is a proper end. */
  truncation(rest: number): string | undefined;
}

/**
 * The most captured bytes one packet may hold. It is libpcap's limit for every link type read here; a record that
 * claims more is a damaged file, and believing it would mean to swallow the rest of the file as one packet.
 */
export const CAPTURED_LENGTH_MAX = 262_144;
