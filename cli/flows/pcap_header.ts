// The header of a pcap file, which tells how its records are laid out.
import { CaptureError } from "./capture_error.ts";

//   file header    0:4 magic   4:2 major   6:2 minor   8:8 reserved   16:4 snaplen   20:4 link type
export const FILE_HEADER_SIZE = 24;

/** Bytes of a record's header in the usual format: seconds, fraction, captured length, length on the wire. */
const RECORD_HEADER = 16;
/** The header of "modified" pcap adds the interface, the protocol and the packet's type. */
const RECORD_HEADER_MODIFIED = 24;

const MAGICS: { readonly [magic: number]: Partial<Flavour> | undefined } = {
  0xa1b2c3d4: {},
  0xa1b23c4d: { nanosecondsPerTick: 1 },
  // What patched versions of libpcap wrote about 1999.
  0xa1b2cd34: { recordHeaderSize: RECORD_HEADER_MODIFIED },
  // Network testers, by hardware and by software; four bytes with the size of all records follow the file header.
  0x1c0001ac: { nanosecondsPerTick: 1, fileHeaderSize: FILE_HEADER_SIZE + 4 },
  0x1c0001ab: { nanosecondsPerTick: 1, fileHeaderSize: FILE_HEADER_SIZE + 4 },
};

/** What the first four bytes announce. */
export interface Flavour {
  littleEndian: boolean;
  nanosecondsPerTick: number;
  fileHeaderSize: number;
  recordHeaderSize: number;
}

/** The flavour of a file that begins with these four bytes; undefined if it is no pcap. */
export function pcapFlavour(bytes: Uint8Array): Flavour | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (const littleEndian of [true, false]) {
    const special = MAGICS[view.getUint32(0, littleEndian)];
    if (special === undefined) continue;
    const usual = { nanosecondsPerTick: 1000, fileHeaderSize: FILE_HEADER_SIZE, recordHeaderSize: RECORD_HEADER };
    return { littleEndian, ...usual, ...special };
  }
  return undefined;
}

/** Which of a record's two lengths comes first. */
export type LengthOrder = "captured first" | "wire first" | "smaller is captured";

export interface FileHeader {
  linkType: number;
  lengthOrder: LengthOrder;
}

/** Reads the whole file header. Throws CaptureError for a version that is not known. */
export function readFileHeader(view: DataView, littleEndian: boolean): FileHeader {
  const major = view.getUint16(4, littleEndian);
  const minor = view.getUint16(6, littleEndian);
  if (major !== 2 || minor > 4) throw new CaptureError(`is a pcap file of version ${major}.${minor}, not 2.4 or older`);
  return {
    // The upper half of the word tells the length of the frame check sequence, which no offset here depends on.
    linkType: view.getUint32(20, littleEndian) & 0xffff,
    // Up to 2.2 the length on the wire came first; files of 2.3 have either order.
    lengthOrder: minor < 3 ? "wire first" : minor === 3 ? "smaller is captured" : "captured first",
  };
}
