// The elements that a new map is made with.
import type { Codec } from "../codecs/codec.ts";
import type { MapDescription } from "./description.ts";
import { encodeEntries } from "./many_encode.ts";
import { Slot } from "./slot.ts";

/** `[key, value]` of each element that a new map begins with. */
export interface InitialEntries {
  /**
   * `[key, value]` of each element that the map is to begin with. They are checked before it is made, and where one cannot be set
   * (there are more than maxEntries, say) nothing of the map is left.
   */
  entries?: Iterable<readonly [key: any, value: any]>;
}

type Pairs = readonly (readonly [unknown, unknown])[];

/** Reads the entries, once. Those of a map of values are encoded to see that they can be; inner maps are checked when they are set. */
export function readEntries({ key, keySize }: MapDescription, value: Codec<unknown> | undefined, entries: unknown): Pairs {
  if (typeof entries !== "object" || entries === null || !(Symbol.iterator in entries)) {
    throw new TypeError("Cannot create map: entries must be an iterable of [key, value]");
  }
  const pairs = [...(entries as Iterable<readonly [unknown, unknown]>)];
  if (!pairs.every((pair) => Array.isArray(pair) && pair.length === 2)) throw new TypeError("Cannot create map: each of entries must be [key, value]");
  if (value !== undefined) encodeEntries(new Slot(key as Codec<unknown>, keySize), new Slot(value), pairs);
  return pairs;
}

/** A map whose elements can be set. */
interface Settable {
  set(key: unknown, value: unknown): unknown;
  setMany?(pairs: Pairs): unknown;
}

/** Sets the entries of a map that is new. */
export function setEntries(map: object, pairs: Pairs): void {
  const settable = map as Settable;
  if (settable.setMany !== undefined) settable.setMany(pairs);
  else for (const [key, value] of pairs) settable.set(key, value);
}
