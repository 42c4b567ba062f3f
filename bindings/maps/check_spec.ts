// What `createMap` and `open…` say about options, in the options' own names. Which values a type takes is the core's to decide;
// here is refused what no attr could hold, so that nobody hears of an attr that he did not write.
import { MapType } from "../../assembly/uapi/constants.ts";
import { nameRule } from "../abi/create_rules.ts";
import { describe, quote } from "../abi/words.ts";

const U32_MAX = 0xffffffff;

/** The options that all types share, before they are checked. */
interface Options {
  maxEntries?: unknown;
  name?: unknown;
  flags?: unknown;
  numaNode?: unknown;
  mapExtra?: unknown;
  hashes?: unknown;
}

/** Checks types and ranges of the options that are numbers, and the name. */
export function checkOptions(spec: Options): void {
  const { maxEntries, name, flags, numaNode, mapExtra, hashes } = spec;
  checkInteger("maxEntries", maxEntries, 0, U32_MAX);
  if (flags !== undefined) checkInteger("flags", flags, 0, U32_MAX);
  // -1, as the kernel has it, is no node.
  if (numaNode !== undefined) checkInteger("numaNode", numaNode, -1, U32_MAX);
  if (hashes !== undefined) checkInteger("hashes", hashes, 0, U32_MAX);
  if (mapExtra !== undefined) checkWide("mapExtra", mapExtra);
  if (name !== undefined) checkName(name);
}

function checkInteger(option: string, value: unknown, min: number, max: number): void {
  if (typeof value !== "number") throw new TypeError(`Cannot create map: ${option} must be a number: current value is ${describe(value)}`);
  if (Number.isInteger(value) && value >= min && value <= max) return;
  throw new RangeError(`Cannot create map: ${option} must be an integer from ${min} to ${max}: current value is ${value}`);
}

function checkWide(option: string, value: unknown): void {
  if (typeof value === "bigint" && BigInt.asUintN(64, value) === value) return;
  if (typeof value === "bigint") throw new RangeError(`Cannot create map: ${option} must be from 0 to 2^64 - 1: current value is ${describe(value)}`);
  checkInteger(option, value, 0, Number.MAX_SAFE_INTEGER);
}

function checkName(name: unknown): void {
  if (typeof name !== "string") throw new TypeError(`Cannot create map: name must be a string: current value is ${describe(name)}`);
  // The kernel would take what is in front of it.
  if (name.includes("\0")) throw new RangeError(`Cannot create map ${quote(name)}: name has a NUL at index ${name.indexOf("\0")}`);
  const rule = nameRule(name);
  if (rule !== undefined) throw new RangeError(`Cannot create map ${quote(name)}: name ${rule}`);
}

/** The error for a type that has no class: it may be a map type all the same, or something that nobody knows. */
export function unknownType(type: unknown, known: readonly string[]): TypeError {
  const number = typeof type === "string" && type === type.toLowerCase() ? MapType[type.toUpperCase() as keyof typeof MapType] : undefined;
  if (number === undefined || number === MapType.UNSPEC || number === MapType.MAX) {
    return new TypeError(`Cannot create map: type must be one of ${known.join(", ")}: current value is ${describe(type)}`);
  }
  const raw = `kernel.bpf(BPF_MAP_CREATE, { map_type: BPF_MAP_TYPE_${MapType[number]}, … })`;
  return new TypeError(`Cannot create map: type "${type}" has no class here, only the raw surface makes it: ${raw}`);
}
