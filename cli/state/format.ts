// The bytes of a state file: a header, then the kernel's snapshot, which carries a checksum of its own.
//
//   0  8  magic "BPFMAPS\n"
//   8  4  version
//  12  4  zero
//  16  8  size of the snapshot in bytes
//  24     snapshot
//
// All numbers are little endian.

const MAGIC = "BPFMAPS\n";
const VERSION = 1;
const HEADER_SIZE = 24;

/** A file that is not a state of this program, with the reason in words. */
export class StateError extends Error {
  override name = "StateError";
}

/** A snapshot as the bytes of a state file. */
export function encodeState(snapshot: Uint8Array): Uint8Array {
  const file = new Uint8Array(HEADER_SIZE + snapshot.length);
  const view = new DataView(file.buffer);
  for (let i = 0; i < MAGIC.length; i++) file[i] = MAGIC.charCodeAt(i);
  view.setUint32(8, VERSION, true);
  view.setBigUint64(16, BigInt(snapshot.length), true);
  file.set(snapshot, HEADER_SIZE);
  return file;
}

/**
 * The snapshot in the bytes of a state file. Throws StateError when they are not one or not whole. Damage inside the
 * snapshot shows when it is restored: its checksum is not computed twice.
 */
export function decodeState(file: Uint8Array): Uint8Array {
  if (file.length < HEADER_SIZE) throw new StateError(file.length === 0 ? "it is empty" : "it is truncated");
  for (let i = 0; i < MAGIC.length; i++) {
    if (file[i] !== MAGIC.charCodeAt(i)) throw new StateError("it is not a state file of bpf-maps");
  }
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const version = view.getUint32(8, true);
  if (version !== VERSION) throw new StateError(`its version is ${version}, this program reads version ${VERSION}`);
  const size = view.getBigUint64(16, true);
  if (BigInt(file.length - HEADER_SIZE) < size) throw new StateError("it is truncated");
  if (BigInt(file.length - HEADER_SIZE) > size || view.getUint32(12, true) !== 0) throw new StateError("it is damaged");
  return file.subarray(HEADER_SIZE);
}
