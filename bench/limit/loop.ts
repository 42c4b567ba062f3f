// @ts-nocheck: AssemblyScript, which its own compiler checks (compile.ts).
//
// The limit that a hash table with one line and one record per lookup can reach: for each key two loads from random cache
// lines, the address of the second read by the first, and nothing else. Keys do not depend on each other, so the
// processor overlaps as many of them as it can hold.
//
//   lines     2^line_bits of 64 bytes; each word is the offset of a record
//   records   as many as there are elements, `stride` bytes each

/** Makes room from address 65536 on. Answers whether there is that much memory. */
export function reserve(bytes: u32): bool {
  const pages = <i32>((bytes + 65535) >>> 16);
  return memory.grow(pages) >= 0;
}

/** Writes a random record's offset into every word of every line. */
export function fill(lines: usize, line_bits: u32, records: u32, stride: u32): void {
  let state: u32 = 0x12345678;
  const words: u32 = 16 << line_bits;
  for (let i: u32 = 0; i < words; ++i) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    store<u32>(lines + ((<usize>i) << 2), u32((u64(state) * u64(records)) >>> 32) * stride);
  }
}

/** The sum of what the keys lead to. */
export function run(keys: usize, count: u32, lines: usize, line_bits: u32, records: usize): u32 {
  let sum: u32 = 0;
  const shift: u32 = 32 - line_bits;
  for (let i: u32 = 0; i < count; ++i) {
    const hash = load<u32>(keys + ((<usize>i) << 2)) * 0x9e3779b1;
    const word = lines + ((<usize>(hash >>> shift)) << 6) + (<usize>(hash & 15) << 2);
    sum += load<u32>(records + <usize>load<u32>(word));
  }
  return sum;
}
