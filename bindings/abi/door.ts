// The one way to the core's commands. There are two doors: the direct one is the core's own exports, the logged one
// (testing/call_log.ts) reports each call to who listens. Which of them a core has is one assignment: `core.door`.
import type { CoreExports } from "./exports.ts";

/** Everything that stands for a command of bpf(2). Addresses are in the core's memory; an errno is negative. */
export interface DoorCalls {
  /** bpf(2) itself. */
  bpf(cmd: number, attrPtr: number, size: number): number;
  /** LOOKUP_ELEM without a copy: the address of the value of the key at `keyPtr`, or an errno as a u32. */
  lookup(fd: number, keyPtr: number): number;
  /** The same for a key that is a number; -ENOTSUPP sends the caller to `lookup`, here and in all that take numbers. */
  lookupU32(fd: number, key: number): number;
  /** The same for a key of 16 bytes, as four numbers. */
  lookupU128(fd: number, key0: number, key1: number, key2: number, key3: number): number;
  /** LOOKUP_ELEM of a u32 in a map of u32: the value, or Engine.UNCLEAR, for which `lastError` has the reason. */
  valueU32(fd: number, key: number): number;
  /** Why `valueU32` or `lpmValueU32` was unclear: 0 if that is the value, else a negative errno. */
  lastError(): number;
  /** UPDATE_ELEM. */
  update(fd: number, keyPtr: number, valuePtr: number, flags: number): number;
  /** UPDATE_ELEM of a u32 in a map of u32. */
  updateU32(fd: number, key: number, value: number, flags: number): number;
  /** LOOKUP_ELEM of `count` keys: how many are present. The bytes at `foundPtr` say which. */
  lookupMany(fd: number, keysPtr: number, valuesPtr: number, count: number, foundPtr: number): number;
  /** LOOKUP_ELEM of a u32 address in a trie of u32, as `valueU32`. */
  lpmValueU32(fd: number, address: number): number;
  /** LOOKUP_ELEM in a trie that tells the prefix that matched, too. */
  lpmMatch(fd: number, keyPtr: number, outKeyPtr: number, valuePtr: number): number;
  /** GET_NEXT_KEY in a trie, for a key that need not be there. */
  lpmNext(fd: number, keyPtr: number, outKeyPtr: number): number;
}

/**
 * A class, so that both doors are one kind of object to V8, with a field for each function: a call through it costs two loads
 * (rows 1 to 5 of the table of targets).
 */
export class Door implements DoorCalls {
  readonly bpf: DoorCalls["bpf"];
  readonly lookup: DoorCalls["lookup"];
  readonly lookupU32: DoorCalls["lookupU32"];
  readonly lookupU128: DoorCalls["lookupU128"];
  readonly valueU32: DoorCalls["valueU32"];
  readonly lastError: DoorCalls["lastError"];
  readonly update: DoorCalls["update"];
  readonly updateU32: DoorCalls["updateU32"];
  readonly lookupMany: DoorCalls["lookupMany"];
  readonly lpmValueU32: DoorCalls["lpmValueU32"];
  readonly lpmMatch: DoorCalls["lpmMatch"];
  readonly lpmNext: DoorCalls["lpmNext"];

  constructor(calls: DoorCalls) {
    this.bpf = calls.bpf;
    this.lookup = calls.lookup;
    this.lookupU32 = calls.lookupU32;
    this.lookupU128 = calls.lookupU128;
    this.valueU32 = calls.valueU32;
    this.lastError = calls.lastError;
    this.update = calls.update;
    this.updateU32 = calls.updateU32;
    this.lookupMany = calls.lookupMany;
    this.lpmValueU32 = calls.lpmValueU32;
    this.lpmMatch = calls.lpmMatch;
    this.lpmNext = calls.lpmNext;
  }
}

/** The door that is the core's exports. */
export function directDoor(exports: CoreExports): Door {
  return new Door({
    bpf: exports.bpf,
    lookup: exports.lookup_elem,
    lookupU32: exports.lookup_u32,
    lookupU128: exports.lookup_u128,
    valueU32: exports.value_u32,
    lastError: exports.last_error,
    update: exports.update_elem,
    updateU32: exports.update_u32,
    lookupMany: exports.lookup_many,
    lpmValueU32: exports.lpm_value_u32,
    lpmMatch: exports.lpm_match,
    lpmNext: exports.lpm_next,
  });
}
