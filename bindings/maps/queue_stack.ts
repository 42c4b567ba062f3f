// BPF_MAP_TYPE_QUEUE and BPF_MAP_TYPE_STACK: twins that differ in the end from which values leave.
import { Cmd, ElemFlag } from "../../assembly/uapi/constants.ts";
import type { Codec, Input } from "../codecs/codec.ts";
import { flagsOf, type SetOptions } from "./base.ts";
import type { CommonSpec, MapDescription } from "./description.ts";
import type { MapHost } from "./host.ts";
import { KeylessMap } from "./keyless.ts";
import type { OwnedFd } from "./owned_fd.ts";
import { checkTarget } from "./values.ts";

/** What `createMap` makes a queue from. */
export interface QueueSpec<V> extends CommonSpec {
  type: "queue";
  value: Codec<V>;
}

/** What `createMap` makes a stack from. */
export interface StackSpec<V> extends CommonSpec {
  type: "stack";
  value: Codec<V>;
}

/** What a queue and a stack share. */
export abstract class QueueStackMap<V> extends KeylessMap<V> {
  protected constructor(host: MapHost, owned: OwnedFd, description: MapDescription) {
    super(host, owned, description);
  }

  /**
   * Adds a value. Returns the map. Throws BpfError E2BIG when the map holds maxEntries values, unless the flags are
   * BPF_EXIST, which first drops the oldest value of a full map (of a stack too: its bottom); EINVAL for other flags;
   * EPERM when the map is frozen or the fd read-only.
   */
  push(value: Input<V>, options?: SetOptions): this {
    this.put(value, options === undefined ? ElemFlag.ANY : flagsOf(options));
    return this;
  }

  /** Removes the next value and returns it, or undefined when the map is empty. Throws BpfError EPERM as `push`. */
  pop(): V | undefined {
    return this.popCurrent() ? this.takeValue() : undefined;
  }

  /** The next value, which stays; undefined when the map is empty. Throws BpfError EPERM on a write-only fd. */
  peek(): V | undefined {
    return this.peekCurrent() ? this.takeValue() : undefined;
  }

  /**
   * Removes the next value, reads it into `out` (a view, or an object for composite values) and returns true; false, with
   * `out` left alone, when the map is empty. Throws RangeError, with nothing removed, for a view shorter than the value.
   */
  popInto(out: V | ArrayBufferView): boolean {
    return this.#into(true, out);
  }

  /** As `popInto`, but the value stays. */
  peekInto(out: V | ArrayBufferView): boolean {
    return this.#into(false, out);
  }

  /** Whether there is no value. */
  isEmpty(): boolean {
    return !this.peekCurrent();
  }

  /**
   * Pops value after value until the map is empty. A value that a loop does not come to, because it breaks or throws,
   * stays in the map. It ends after maxEntries values, even if values are pushed meanwhile. Throws as `pop`.
   */
  drain(): IterableIterator<V> {
    this.open();
    return this.#drain();
  }

  *#drain(): IterableIterator<V> {
    for (let left = this.maxEntries; left > 0 && this.popCurrent(); left--) yield this.takeValue();
  }

  /** Pops all values. */
  clear(): void {
    while (this.popCurrent());
  }

  protected override explain(cmd: number, code: string): string | undefined {
    if (code === "E2BIG") return `it holds maxEntries (${this.maxEntries}) values and BPF_EXIST was not given`;
    if (code === "EINVAL" && cmd === Cmd.MAP_UPDATE_ELEM) return `a ${this.type} takes BPF_ANY or BPF_EXIST`;
    return super.explain(cmd, code);
  }

  #into(removes: boolean, out: V | ArrayBufferView): boolean {
    checkTarget(this.valueCodec, this.valueSize, out);
    if (!(removes ? this.popCurrent() : this.peekCurrent())) return false;
    this.valueInto(out);
    return true;
  }
}

/**
 * BPF_MAP_TYPE_QUEUE: values leave in the order in which they came.
 *
 * @example
 * const jobs = kernel.createMap({ type: "queue", value: u32, maxEntries: 2 });
 * jobs.push(1).push(2).push(3, { flags: BPF_EXIST }); // drops 1
 * jobs.pop(); // 2
 */
export class QueueMap<V> extends QueueStackMap<V> {
  constructor(host: MapHost, owned: OwnedFd, description: MapDescription) {
    super(host, owned, description);
  }

  /** The name of the class, for `Object.prototype.toString`. */
  override get [Symbol.toStringTag](): string {
    return "QueueMap";
  }
}

/**
 * BPF_MAP_TYPE_STACK: the value that came last leaves first.
 *
 * @example
 * const frames = kernel.createMap({ type: "stack", value: u32, maxEntries: 2 });
 * frames.push(1).push(2).push(3, { flags: BPF_EXIST }); // drops 1, the bottom
 * frames.pop(); // 3
 */
export class StackMap<V> extends QueueStackMap<V> {
  constructor(host: MapHost, owned: OwnedFd, description: MapDescription) {
    super(host, owned, description);
  }

  /** The name of the class, for `Object.prototype.toString`. */
  override get [Symbol.toStringTag](): string {
    return "StackMap";
  }
}
