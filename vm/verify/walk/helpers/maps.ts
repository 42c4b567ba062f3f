import { idSet } from "./allowed.ts";

// Which map types a helper takes, and which helpers a map type takes.

const MAP_HELPERS = idSet("1-3 12 22 25 27 33 37 51-53 55 60 70-72 81 82 87-89 107 108 130 131 134 156 157 164 195 198 209 210 211");

/** Helpers that a map of a type may be passed to. Absent: any that take no special type. */
const BY_MAP: Readonly<Record<number, ReadonlySet<number>>> = {
  3: idSet("12"),
  4: idSet("22 25 55"),
  7: idSet("27"),
  8: idSet("33 37"),
  12: idSet("1"),
  13: idSet("1"),
  14: idSet("1 51"),
  25: idSet("1 51"),
  16: idSet("51"),
  17: idSet("1 51"),
  15: idSet("1-3 52 53 60 82 124"),
  18: idSet("1-3 70-72 82"),
  19: idSet("81"),
  20: idSet("82"),
  21: idSet("81"),
  22: idSet("87-89"),
  23: idSet("87-89"),
  24: idSet("107 108"),
  27: idSet("130 131 134 198"),
  28: idSet("145 146"),
  29: idSet("156 157"),
  30: idSet("87 89"),
  31: idSet("209"),
  32: idSet("210 211"),
};

/** Map types that a helper takes. */
const BY_HELPER: Readonly<Record<number, readonly number[]>> = {
  12: [3], 22: [4], 25: [4], 55: [4], 27: [7], 33: [8], 37: [8], 51: [14, 25, 16, 17], 52: [15], 60: [15], 53: [15], 72: [18], 71: [18], 70: [18], 81: [19, 21],
  82: [20, 15, 18], 88: [22, 23], 89: [22, 23, 30], 87: [22, 23, 30], 107: [24], 108: [24], 156: [29], 157: [29], 130: [27], 131: [27], 134: [27], 198: [27],
  209: [31], 195: [5, 6, 10], 164: [1, 2, 5, 6, 9, 10], 210: [32], 211: [32],
};

export function mapFitsHelper(mapType: number, helper: number): boolean {
  if (!MAP_HELPERS.has(helper)) return true;
  const byMap = BY_MAP[mapType];
  if (byMap !== undefined && !byMap.has(helper)) return false;
  return BY_HELPER[helper]?.includes(mapType) ?? true;
}
