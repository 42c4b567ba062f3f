// The bytes of a state file: a header, then the kernel's snapshot, which carries a checksum of its own.
//
//   0  8  magic "BPFMAPS\n"
//   8  4  version
//  12  4  zero
//  16  8  size of the snapshot in bytes
//  24     snapshot
//
// All numbers are little endian. A file that is a snapshot alone, as kernel.snapshot() gives it, is read too.

const SNAPSHOT_MAGIC = "bpfsnap\n";
const MAGIC = "BPFMAPS\n";
const VERSION = 1;
export const HEADER_SIZE = 24;
/** A snapshot is a part of a memory of 32-bit addresses, and counts its own bytes in 32 bits. */
export const SNAPSHOT_SIZE_MAX = 2 ** 32 - 1;

/** A file that is not a state of this program, with the reason in words. */
export class StateError extends Error {
  override name = "StateError";
}

function begins(bytes: Uint8Array, magic: string): boolean {
  for (let i = 0; i < magic.length; i++) if (bytes[i] !== magic.charCodeAt(i)) return false;
  return true;
}

/** Whether a file that begins with `bytes` is a snapshot without a header. */
export function isBareSnapshot(bytes: Uint8Array): boolean {
  return begins(bytes, SNAPSHOT_MAGIC);
}

/** The header in front of a snapshot of `size` bytes. */
export function encodeHeader(size: number): Uint8Array {
  const header = new Uint8Array(HEADER_SIZE);
  const view = new DataView(header.buffer);
  for (let i = 0; i < MAGIC.length; i++) header[i] = MAGIC.charCodeAt(i);
  view.setUint32(8, VERSION, true);
  view.setBigUint64(16, BigInt(size), true);
  return header;
}

/**
 * The size of the snapshot behind a header, where the file has `fileSize` bytes. Throws StateError when that is not the
 * beginning of a state file, or not of one of this size.
 */
export function decodeHeader(header: Uint8Array, fileSize: number): number {
  if (header.length < HEADER_SIZE) throw new StateError(fileSize === 0 ? "it is empty" : "it is truncated");
  if (!begins(header, MAGIC)) throw new StateError("it is not a state file of bpf-maps");
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  const version = view.getUint32(8, true);
  if (version !== VERSION) throw new StateError(`its version is ${version}, this program reads version ${VERSION}`);
  const size = view.getBigUint64(16, true);
  if (BigInt(fileSize - HEADER_SIZE) < size) throw new StateError("it is truncated");
  if (BigInt(fileSize - HEADER_SIZE) > size || view.getUint32(12, true) !== 0) throw new StateError("it is damaged");
  if (size > SNAPSHOT_SIZE_MAX) throw new StateError(`it has ${fileSize} bytes, and no state is larger than 4 GiB`);
  return Number(size);
}
