// Reads a state file. Only regular files are read, and the header is checked before anything that its size decides.
import { type BigIntStats, closeSync, constants, fstatSync, openSync, readSync, statSync } from "node:fs";
import { decodeHeader, HEADER_SIZE, isBareSnapshot, SNAPSHOT_SIZE_MAX, StateError } from "./format.ts";
import { isMissing } from "./target.ts";

/** What a state file held, and which file that was. */
export interface StateRead {
  snapshot: Uint8Array;
  identity: string;
}

/** One read(2) takes less than 2 GiB. */
const READ_BYTES_MAX = 1 << 30;
/** Without O_NONBLOCK, to open a FIFO waits for its writer. Windows has no such flag. */
const OPEN_FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOCTTY ?? 0);

function identityOf({ dev, ino, size, mtimeNs }: BigIntStats): string {
  return `${dev} ${ino} ${size} ${mtimeNs}`;
}

/** Changes whenever the file is replaced or written to; "" while there is none. Throws what node:fs throws. */
export function fileIdentity(path: string): string {
  try {
    return identityOf(statSync(path, { bigint: true }));
  } catch (error) {
    if (isMissing(error)) return "";
    throw error;
  }
}

function kindOf(stats: BigIntStats): string {
  if (stats.isDirectory()) return "a directory";
  if (stats.isFIFO()) return "a pipe";
  if (stats.isSocket()) return "a socket";
  return "a device";
}

function checkRegular(stats: BigIntStats): void {
  if (!stats.isFile()) throw new StateError(`it is ${kindOf(stats)}, not a regular file`);
}

function readExactly(fd: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) {
    const count = readSync(fd, bytes, at, Math.min(bytes.length - at, READ_BYTES_MAX), null);
    if (count === 0) throw new StateError("it is truncated");
    at += count;
  }
}

function allocate(size: number): Uint8Array {
  try {
    return new Uint8Array(size);
  } catch {
    throw new StateError(`there is not enough memory for its ${size} bytes`);
  }
}

/**
 * The state file at `path`, or undefined when there is none. Throws StateError for what is no state file and what node:fs
 * throws. Damage inside the snapshot shows when it is restored: its checksum is not computed twice.
 */
export function readState(path: string): StateRead | undefined {
  let fd: number;
  try {
    checkRegular(statSync(path, { bigint: true }));
    fd = openSync(path, OPEN_FLAGS);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  try {
    const stats = fstatSync(fd, { bigint: true });
    checkRegular(stats);
    const fileSize = Number(stats.size);
    const header = new Uint8Array(Math.min(HEADER_SIZE, fileSize));
    readExactly(fd, header);
    const bare = isBareSnapshot(header) && fileSize <= SNAPSHOT_SIZE_MAX;
    const snapshot = allocate(bare ? fileSize : decodeHeader(header, fileSize));
    if (bare) snapshot.set(header);
    readExactly(fd, bare ? snapshot.subarray(header.length) : snapshot);
    return { snapshot, identity: identityOf(stats) };
  } finally {
    closeSync(fd);
  }
}
