// The lines of a dump, which docs/dump.md describes: what both the writer and the reader have to know.
import { MapType } from "../../assembly/uapi/constants.ts";
import { userValueSize } from "../abi/attr.ts";
import { errorToJSON } from "../inspect.ts";

export const DUMP_NAME = "bpf-maps";
export const DUMP_VERSION = 1;

/** Bytes that are no dump, or one that cannot be restored; the message says which line and why. */
export class DumpError extends Error {
  readonly code = "ERR_BPF_MAPS_DUMP";
  constructor(why: string) {
    super(`Cannot restore dump: ${why}`);
  }

  /** "DumpError". */
  override get name(): string {
    return "DumpError";
  }

  /** What `JSON.stringify` gives: the fields, the name and the message. */
  toJSON(): object {
    return errorToJSON(this);
  }
}

/** First line. */
export interface HeaderLine {
  dump: string;
  version: number;
  cpus: number;
}

/** Begins a map; its elements follow. */
export interface MapLine {
  /** Its id in the kernel that was dumped, by which later lines name it. */
  map: number;
  /** The name of the type, for people; `map_type` counts. */
  type: string;
  map_type: number;
  key_size: number;
  value_size: number;
  max_entries: number;
  map_flags: number;
  /** In decimal, as it may need 64 bits. */
  map_extra: string;
  /** One character per byte. */
  name: string;
  frozen: boolean;
  /** Of a map of maps: the id of a map like its inner maps. */
  inner?: number;
}

/** One element. Bytes are in hex; `values` has one value for each CPU, `inner` the id of an inner map. */
export interface ElementLine {
  key?: string;
  value?: string;
  values?: string[];
  inner?: number;
}

/** Last line: a dump without it was cut. */
export interface EndLine {
  end: { maps: number; elements: number };
}

/** Whether a lookup returns one value for each CPU. */
export function isPerCpuType(type: number): boolean {
  return userValueSize(type, 8, 2) > userValueSize(type, 8, 1);
}

/** Types whose values are maps. */
export function isMapOfMapsType(type: number): boolean {
  return type === MapType.ARRAY_OF_MAPS || type === MapType.HASH_OF_MAPS;
}

/** Types from which elements are taken in the order that the type decides. */
export function isQueueType(type: number): boolean {
  return type === MapType.QUEUE || type === MapType.STACK;
}

/** Bytes from one CPU's value to the next, in what a lookup returns. */
export function strideOf(valueSize: number): number {
  return Math.ceil(valueSize / 8) * 8;
}
