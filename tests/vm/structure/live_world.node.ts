// The same descriptors on the live kernel and before our verifier.
import { readdirSync, readFileSync } from "node:fs";
import { MapType } from "../../../assembly/uapi/constants.ts";
import type { BtfFacts, ObjectFacts } from "../../../vm/image.ts";
import type { LiveBpf } from "../live/bpf.node.ts";
import { programBtf } from "./program_btf.ts";
import type { World } from "./random.ts";
import { btfFacts, mapFacts } from "./world.ts";

/** Descriptors on the live kernel with what the verifier is told of them. The kernel's BTF is what the live one shows. */
export function liveWorld(live: LiveBpf): { world: World; descriptors: Map<number, ObjectFacts>; kernelBtf: BtfFacts | undefined } {
  const descriptors = new Map<number, ObjectFacts>();
  const { bytes, typeIds, strings, values } = programBtf();
  const loaded = live.btfLoad(bytes);
  if (loaded.errno !== 0) throw new Error(`BTF_LOAD fails with errno ${loaded.errno}: ${loaded.log}`);
  const btf = btfFacts(1000, bytes);
  descriptors.set(loaded.fd, { kind: "btf", btf });
  const maps: number[] = [];
  const add = (type: number, fields: { keySize?: number; valueSize?: number; maxEntries?: number; flags?: number; valueTypeId?: number } = {}): void => {
    const { keySize = 4, valueSize = 16, maxEntries = 1, flags = 0, valueTypeId = 0 } = fields;
    const typed = valueTypeId === 0 ? {} : { keyTypeId: typeIds.int, valueTypeId };
    const fd = live.mapCreate({ type, keySize, valueSize, maxEntries, flags, ...(valueTypeId === 0 ? {} : { btfFd: loaded.fd }), ...typed });
    descriptors.set(fd, { kind: "map", map: mapFacts({ type, keySize, valueSize, maxEntries, flags, ...(valueTypeId === 0 ? {} : { btf }), ...typed }) });
    maps.push(fd);
  };
  add(MapType.ARRAY);
  add(MapType.ARRAY, { maxEntries: 4 });
  add(MapType.HASH);
  add(MapType.RINGBUF, { keySize: 0, valueSize: 0, maxEntries: 4096 });
  add(MapType.PERF_EVENT_ARRAY, { valueSize: 4 });
  add(MapType.LPM_TRIE, { keySize: 8, flags: 1 });
  for (const valueTypeId of values) add(MapType.ARRAY, { valueTypeId });
  let kernelBtf: BtfFacts | undefined;
  try {
    kernelBtf = { id: 1, bytes: readFileSync("/sys/kernel/btf/vmlinux"), kernel: true };
  } catch {
    // A kernel without BTF: what would need it is not tried.
  }
  return { world: { maps, btfFd: loaded.fd, typeIds, strings, otherFds: [0, 9999, -1] }, descriptors: withOthers(descriptors), kernelBtf };
}

/** Whatever else this process has open is no object of ours. */
function withOthers(descriptors: Map<number, ObjectFacts>): Map<number, ObjectFacts> {
  for (const name of readdirSync("/proc/self/fd")) {
    const fd = Number(name);
    if (!descriptors.has(fd)) descriptors.set(fd, { kind: "other" });
  }
  return descriptors;
}
