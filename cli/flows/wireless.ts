// IEEE 802.11, and the headers that capturing software puts before it: radiotap, Prism and AVS.
import { inLlc } from "./encapsulation.ts";
import { NETWORK_OTHER, NETWORK_SHORT, type Frame } from "./frame.ts";

const TYPE_DATA = 2;
// Bits of a data frame's subtype.
const SUBTYPE_NO_DATA = 4;
const SUBTYPE_QOS = 8;
// Bits of the second byte of frame control.
const TO_DS = 0x01;
const FROM_DS = 0x02;
const PROTECTED = 0x40;
const HT_CONTROL = 0x80;
/** Bit of the QoS control: the body is a row of subframes. */
const AGGREGATE = 0x80;
/** Header of a subframe: two addresses and a length. */
const SUBFRAME_HEADER = 14;

/**
 * A frame of 802.11 from its frame control. Only data frames in the clear hold IP; of a row of subframes the first is
 * taken. With `padded` the header is followed by zeros up to a multiple of four bytes.
 */
export function inWlan(frame: Frame, padded = false): number {
  if (!frame.has(2)) return NETWORK_SHORT;
  const control = frame.u8(0);
  const flags = frame.u8(1);
  const subtype = control >> 4;
  if (((control >> 2) & 3) !== TYPE_DATA || (control & 3) !== 0) return NETWORK_OTHER;
  if ((subtype & SUBTYPE_NO_DATA) !== 0 || (flags & PROTECTED) !== 0) return NETWORK_OTHER;
  let size = 24;
  if ((flags & (TO_DS | FROM_DS)) === (TO_DS | FROM_DS)) size += 6;
  let isAggregate = false;
  if ((subtype & SUBTYPE_QOS) !== 0) {
    if (!frame.has(size + 2)) return NETWORK_SHORT;
    isAggregate = (frame.u8(size) & AGGREGATE) !== 0;
    size += 2;
    if ((flags & HT_CONTROL) !== 0) size += 4;
  }
  if (padded) size = Math.ceil(size / 4) * 4;
  if (isAggregate) size += SUBFRAME_HEADER;
  if (!frame.has(size)) return NETWORK_SHORT;
  frame.at += size;
  return inLlc(frame);
}

// Bits of radiotap's words that say which fields are present, and of its field "flags".
const PRESENT_TSFT = 0x1;
const PRESENT_FLAGS = 0x2;
const PRESENT_MORE = 0x80;
const FLAG_PADDED = 0x20;

/** radiotap: version, pad, length (little endian), words of bits for the fields that follow, the fields. */
export function inRadiotap(frame: Frame): number {
  if (!frame.has(8)) return NETWORK_SHORT;
  const size = frame.u16le(2);
  if (size < 8) return NETWORK_OTHER;
  if (!frame.has(size)) return NETWORK_SHORT;
  const padded = (radiotapFlags(frame, size) & FLAG_PADDED) !== 0;
  frame.at += size;
  return inWlan(frame, padded);
}

function radiotapFlags(frame: Frame, size: number): number {
  const present = frame.u8(4);
  if ((present & PRESENT_FLAGS) === 0) return 0;
  let at = 4;
  while ((frame.u8(at + 3) & PRESENT_MORE) !== 0) {
    at += 4;
    if (at + 4 > size) return 0;
  }
  at += 4;
  // The time stamp of eight bytes, aligned to as many, comes first.
  if ((present & PRESENT_TSFT) !== 0) at = Math.ceil(at / 8) * 8 + 8;
  return at < size ? frame.u8(at) : 0;
}

const AVS_MAGIC = 0x8021;
const AVS_MIN = 8;
const PRISM_MIN = 8;

/** AVS: a magic number and the header's length, both big endian. */
export function inAvs(frame: Frame): number {
  if (!frame.has(AVS_MIN)) return NETWORK_SHORT;
  return skipHeader(frame, frame.u16(4) * 0x10000 + frame.u16(6), AVS_MIN);
}

/** Prism: a message code and the header's length in the capturing machine's order; or AVS under the same link type. */
export function inPrism(frame: Frame): number {
  if (!frame.has(PRISM_MIN)) return NETWORK_SHORT;
  if (frame.u16(0) === AVS_MAGIC) return inAvs(frame);
  const little = frame.u32le(4);
  return skipHeader(frame, little <= 0xffff ? little : frame.u16(6), PRISM_MIN);
}

function skipHeader(frame: Frame, size: number, least: number): number {
  if (size < least) return NETWORK_OTHER;
  if (!frame.has(size)) return NETWORK_SHORT;
  frame.at += size;
  return inWlan(frame);
}
