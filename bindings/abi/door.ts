// The one way to the core's commands. What stands behind it is one of two: the core's own exports (direct), or functions that
// report each call to who listens (testing/call_log.ts). Switching is one call, `core.door.use(calls)`.
import { Engine } from "../../assembly/uapi/constants.ts";
import type { CoreExports } from "./exports.ts";
import type { Machine } from "./machine.ts";

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
  /** `lookup` in an LRU map as a program's: it marks the element as used. */
  lookupMarking(fd: number, keyPtr: number): number;
  /** The same for a key that is a number. */
  lookupMarkingU32(fd: number, key: number): number;
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

/** The door of a core. Its identity never changes, so that whoever calls by it may keep it: trick 4 of ARCHITECTURE.md. */
export class Door implements DoorCalls {
  bpf: DoorCalls["bpf"];
  lookup: DoorCalls["lookup"];
  lookupU32: DoorCalls["lookupU32"];
  lookupU128: DoorCalls["lookupU128"];
  lookupMarking: DoorCalls["lookupMarking"];
  lookupMarkingU32: DoorCalls["lookupMarkingU32"];
  valueU32: DoorCalls["valueU32"];
  lastError: DoorCalls["lastError"];
  update: DoorCalls["update"];
  updateU32: DoorCalls["updateU32"];
  lookupMany: DoorCalls["lookupMany"];
  lpmValueU32: DoorCalls["lpmValueU32"];
  lpmMatch: DoorCalls["lpmMatch"];
  lpmNext: DoorCalls["lpmNext"];
  /** The core's exports, whatever stands behind the door at the moment. */
  readonly direct: DoorCalls;
  /** Whether they are what stands behind it. */
  isDirect = true;
  #isShut = false;
  /** Changes whenever a command may have changed a map, which tells an iterator that its batch may be stale. */
  epoch = 0;

  constructor(direct: DoorCalls) {
    this.direct = direct;
    // One by one: what the constructor itself assigns lies in the object.
    this.bpf = direct.bpf;
    this.lookup = direct.lookup;
    this.lookupU32 = direct.lookupU32;
    this.lookupU128 = direct.lookupU128;
    this.lookupMarking = direct.lookupMarking;
    this.lookupMarkingU32 = direct.lookupMarkingU32;
    this.valueU32 = direct.valueU32;
    this.lastError = direct.lastError;
    this.update = direct.update;
    this.updateU32 = direct.updateU32;
    this.lookupMany = direct.lookupMany;
    this.lpmValueU32 = direct.lpmValueU32;
    this.lpmMatch = direct.lpmMatch;
    this.lpmNext = direct.lpmNext;
  }

  /** Marks that a map may have changed. Wraps below 2^30 so that the number stays unboxed in every runtime. */
  touch(): void {
    this.epoch = (this.epoch + 1) & 0x3fffffff;
  }

  /** Puts functions behind the door; a door that was shut stays so. */
  use(calls: DoorCalls): void {
    if (this.#isShut) return;
    Object.assign(this, calls);
    this.isDirect = calls === this.direct;
  }

  /** From now on every call throws what `error` makes. */
  shut(error: () => Error): void {
    this.use(refusingCalls(error));
    this.#isShut = true;
  }
}

/** bpf(2) of a core with programs: what it only began, the machine ends. */
function withMachine(exports: CoreExports, machine: Machine): DoorCalls["bpf"] {
  return (cmd, attrPtr, size) => {
    const ret = exports.bpf(cmd, attrPtr, size);
    return ret === Engine.PENDING ? machine.finish(cmd, attrPtr, size) : ret;
  };
}

/** The core's exports by the names that the door has for them. */
export function directCalls(exports: CoreExports, machine: Machine | undefined): DoorCalls {
  return {
    bpf: machine === undefined ? exports.bpf : withMachine(exports, machine),
    lookup: exports.lookup_elem,
    lookupU32: exports.lookup_u32,
    lookupU128: exports.lookup_u128,
    lookupMarking: exports.use_elem,
    lookupMarkingU32: exports.use_u32,
    valueU32: exports.value_u32,
    lastError: exports.last_error,
    update: exports.update_elem,
    updateU32: exports.update_u32,
    lookupMany: exports.lookup_many,
    lpmValueU32: exports.lpm_value_u32,
    lpmMatch: exports.lpm_match,
    lpmNext: exports.lpm_next,
  };
}

/** What stands behind the door of a core that is not to be used any more: every call throws. */
function refusingCalls(error: () => Error): DoorCalls {
  const refuse = (): never => {
    throw error();
  };
  return {
    bpf: refuse,
    lookup: refuse,
    lookupU32: refuse,
    lookupU128: refuse,
    lookupMarking: refuse,
    lookupMarkingU32: refuse,
    valueU32: refuse,
    lastError: refuse,
    update: refuse,
    updateU32: refuse,
    lookupMany: refuse,
    lpmValueU32: refuse,
    lpmMatch: refuse,
    lpmNext: refuse,
  };
}
