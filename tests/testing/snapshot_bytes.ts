// The parts of a snapshot that a test bends: the header's words, and the checksum that makes bent ones look whole.

/** Word of each field in the header (bindings/snapshot.ts has the picture). */
export const At = { format: 2, abi: 3, buildId: 4, size: 8, pages: 10, cpu: 11, cpus: 12, ownBlocks: 13, runs: 14, checksum: 16, tables: 18 } as const;

export const HEADER_SIZE = 72;

/** A copy of the snapshot after `bend` has changed its words, with the checksum of what it is then. */
export function bent(snapshot: Uint8Array, bend: (words: Uint32Array) => void): Uint8Array {
  const copy = snapshot.slice();
  const words = new Uint32Array(copy.buffer);
  bend(words);
  words[At.checksum] = words[At.checksum + 1] = 0;
  let a = 0x811c9dc5;
  let b = 0x2f0b4c47;
  for (const word of words) {
    a = Math.imul(a ^ word, 0x01000193);
    b = Math.imul(b ^ word, 0x85ebca6b);
    b = (b << 13) | (b >>> 19);
  }
  words[At.checksum] = a;
  words[At.checksum + 1] = b;
  return copy;
}
