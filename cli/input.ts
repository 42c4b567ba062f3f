// Whole inputs: files, and what has no end that a size tells.
import { closeSync, fstatSync, openSync, readFileSync, readSync } from "node:fs";

const STDIN = 0;
const RETRY_MS = 5;
const READ_BYTES = 1 << 20;
/** A pipe or device that has given this much may never end (/dev/zero); a file of this size can be named instead. */
const STREAM_BYTES_MAX = 512 << 20;

/** Reads some bytes; 0 at the end. Waits where a pipe that another process made non-blocking is empty. */
export function readSome(fd: number, buffer: Uint8Array): number {
  for (;;) {
    try {
      return readSync(fd, buffer, 0, buffer.length, null);
    } catch (error) {
      const { code } = error as { code?: string };
      if (code === "EOF") return 0;
      if (code !== "EAGAIN") throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS);
    }
  }
}

function readStream(fd: number): Uint8Array {
  const parts: Uint8Array[] = [];
  let total = 0;
  for (;;) {
    const part = Buffer.allocUnsafe(READ_BYTES);
    const size = readSome(fd, part);
    if (size === 0) return Buffer.concat(parts, total);
    total += size;
    if (total > STREAM_BYTES_MAX) {
      throw Object.assign(new Error(`it has no end within ${STREAM_BYTES_MAX >> 20} MiB`), { code: "EFBIG", syscall: "read" });
    }
    parts.push(size < READ_BYTES / 2 ? Buffer.from(part.subarray(0, size)) : part.subarray(0, size));
  }
}

/** All bytes of the file at `path`; "-" is stdin. Throws what node:fs throws, EFBIG for a stream that does not end. */
export function readInput(path: string): Uint8Array {
  const fd = path === "-" ? STDIN : openSync(path, "r");
  try {
    const stats = fstatSync(fd);
    return stats.isFile() || stats.isDirectory() ? readFileSync(fd) : readStream(fd);
  } finally {
    if (fd !== STDIN) closeSync(fd);
  }
}
