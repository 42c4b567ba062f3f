// A helper's case: a program that is run once, what it returns, and what it leaves in the map `out`. The same rows are run on
// the live kernel and here.
import type { MapShape } from "../interp/machine.ts";

export interface CaseMap extends MapShape {
  /** Elements that are there before the run: key and value. */
  readonly elements?: readonly (readonly [key: Uint8Array, value: Uint8Array])[];
  /** Frozen after its elements were put in. */
  readonly frozen?: boolean;
  /** The map that inner maps are like, and that elements may name. */
  readonly inner?: string;
}

export interface HelperCase {
  readonly name: string;
  readonly maps?: Readonly<Record<string, CaseMap>>;
  /** `{NAME}` stands for a map's fd. */
  readonly text: string;
  /** The low 32 bits of R0, signed. */
  readonly r0: number;
  /** What the array `out`, whose value has 64 bytes, begins with afterwards. */
  readonly out?: Uint8Array | string;
}

/** What runs cases: the core, or the live kernel. */
export interface Runner {
  createMap(shape: MapShape): number;
  update(fd: number, key: Uint8Array, value: Uint8Array): void;
  lookup(fd: number, key: Uint8Array, size: number): Uint8Array;
  freeze(fd: number): void;
  /** The low 32 bits of R0, signed. */
  runOnce(text: string): number;
  close(fd: number): void;
}

export const OUT_SIZE = 64;
const OUT: CaseMap = { type: 2, keySize: 4, valueSize: OUT_SIZE, maxEntries: 1 };

export interface Outcome {
  readonly r0: number;
  readonly out: Uint8Array;
}

/** Runs a case: its maps are made, and gone afterwards. */
export function runCase(runner: Runner, { maps = {}, text }: HelperCase): Outcome {
  const fds = new Map<string, number>();
  try {
    for (const [name, map] of Object.entries({ out: OUT, ...maps })) {
      const fd = runner.createMap({ ...map, innerFd: map.inner === undefined ? 0 : fds.get(map.inner) });
      fds.set(name, fd);
      for (const [key, value] of map.elements ?? []) {
        runner.update(fd, key, map.inner === undefined ? value : u32(fds.get(map.inner) as number));
      }
      if (map.frozen) runner.freeze(fd);
    }
    const r0 = runner.runOnce(text.replace(/\{(\w+)\}/g, (_, name: string) => String(fds.get(name))));
    return { r0, out: runner.lookup(fds.get("out") as number, u32(0), OUT_SIZE) };
  } finally {
    for (const fd of [...fds.values()].reverse()) runner.close(fd);
  }
}

/** Bytes of a case's `out`, as far as it says them. */
export function outBytes(out: Uint8Array | string): Uint8Array {
  return typeof out === "string" ? Uint8Array.from(out, (character) => character.charCodeAt(0)) : out;
}

export function u32(...values: number[]): Uint8Array {
  return new Uint8Array(Uint32Array.from(values, (value) => value >>> 0).buffer);
}

export function u64(...values: (number | bigint)[]): Uint8Array {
  return new Uint8Array(BigUint64Array.from(values, (value) => BigInt.asUintN(64, BigInt(value))).buffer);
}

export function text(value: string, size = value.length + 1): Uint8Array {
  const bytes = new Uint8Array(size);
  bytes.set(Uint8Array.from(value, (character) => character.charCodeAt(0)));
  return bytes;
}
