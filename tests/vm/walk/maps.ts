import { MapType } from "../../../assembly/uapi/constants.ts";

/** The maps that the programs of these tests name. */
export const MAPS = {
  a: { type: MapType.ARRAY, keySize: 4, valueSize: 16, maxEntries: 4 },
  h: { type: MapType.HASH, keySize: 4, valueSize: 16, maxEntries: 4 },
  ro: { type: MapType.ARRAY, keySize: 4, valueSize: 16, maxEntries: 1, flags: 0x80 },
  wo: { type: MapType.ARRAY, keySize: 4, valueSize: 16, maxEntries: 1, flags: 0x100 },
  fz: { type: MapType.ARRAY, keySize: 4, valueSize: 16, maxEntries: 1, flags: 0x80, frozen: true },
  pa: { type: MapType.PROG_ARRAY, keySize: 4, valueSize: 4, maxEntries: 4 },
  rb: { type: MapType.RINGBUF, keySize: 0, valueSize: 0, maxEntries: 4096 },
  aom: { type: MapType.ARRAY_OF_MAPS, keySize: 4, valueSize: 4, maxEntries: 2 },
} as const satisfies Record<string, { type: number; keySize: number; valueSize: number; maxEntries: number; flags?: number; frozen?: boolean }>;

export type MapName = keyof typeof MAPS;
