// The limit loop over as much memory as a hash map of the same elements looks at.

interface LimitExports {
  memory: WebAssembly.Memory;
  reserve(bytes: number): number;
  fill(lines: number, lineBits: number, records: number, stride: number): void;
  run(keys: number, count: number, lines: number, lineBits: number, records: number): number;
}

/** What the loop goes over. */
export interface LimitShape {
  /** Elements of the map; their records and one line for eight of them are read. */
  elements: number;
  /** Bytes of a record. */
  recordSize: number;
  /** The keys of a round. */
  order: Uint32Array;
}

/** One round as a function. */
export async function limitLoop(wasm: Uint8Array, { elements, recordSize, order }: LimitShape): Promise<() => number> {
  const { instance } = await WebAssembly.instantiate(wasm as BufferSource);
  const { memory, reserve, fill, run } = instance.exports as unknown as LimitExports;
  // A hash map has one line for eight of its buckets, which are as many as the elements, rounded up to a power of two.
  const lineBits = Math.max(1, Math.ceil(Math.log2(elements)) - 3);
  const lines = 65536;
  const records = lines + 64 * 2 ** lineBits;
  const keys = records + elements * recordSize;
  if (reserve(keys + order.length * 4) === 0) throw new Error("there is no memory for the limit loop");
  fill(lines, lineBits, elements, recordSize);
  new Uint32Array(memory.buffer).set(order, keys >>> 2);
  return () => run(keys, order.length, lines, lineBits, records);
}
