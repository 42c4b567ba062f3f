// A program that has the types of ES2022 and nothing else: neither the web's nor Node's.
import { BPF_MAP_CREATE, BPF_MAP_TYPE_HASH, BpfError, Kernel, struct, transform, u16be, u32, u64 } from "bpf-maps";
import type { AbortSignalLike, BpfAttr, Codec, HashMap, WasmMemory } from "bpf-maps";

export async function run(signal: AbortSignalLike): Promise<void> {
  const kernel: Kernel = await Kernel.load({ cpus: 2, seed: 1n });
  const attr: BpfAttr = { map_type: BPF_MAP_TYPE_HASH, key_size: 4, value_size: 8, max_entries: 1 };
  const fd: number = kernel.bpf(BPF_MAP_CREATE, attr);
  kernel.close(fd);
  using flows = kernel.createMap({ type: "hash", key: u32, value: u64, maxEntries: 1024, name: "flows" });
  flows.set(1, 2n).set(3, 4);
  const value: bigint | undefined = flows.get(1);
  for (const [key, count] of flows) key.toFixed() + BigInt.asUintN(32, count) + String(value);
  // @ts-expect-error: a string is not a key of this map.
  flows.get("1");
  const ports: Codec<{ from: number; to: number }> = struct({ from: u16be, to: u16be }, { packed: true });
  const time: Codec<Date> = transform(u64, { encode: (date: Date) => date.getTime(), decode: (ms) => new Date(Number(ms)) });
  const seen: HashMap<{ from: number; to: number }, Date> = kernel.createMap({ type: "hash", key: ports, value: time, maxEntries: 1 });
  const ring = kernel.createMap({ type: "ringbuf", maxEntries: 4096 });
  for await (const record of ring.records({ signal })) record.subarray(0, 1);
  const memory: WasmMemory = kernel.memory;
  memory.buffer.byteLength + seen.maxEntries;
  try {
    kernel.createMap({ type: "array", key: u32, value: u64, maxEntries: 0 });
  } catch (error) {
    if (error instanceof BpfError) error.code + error.errno + error.command;
  }
}
