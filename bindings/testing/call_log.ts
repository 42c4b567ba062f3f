// The call log of a kernel: every bpf(2) command as its caller gave it and as it was answered. Nothing of it runs unless
// somebody listens: then the core has another door (door.ts).
import { Cmd, Engine, Errno } from "../../assembly/uapi/constants.ts";
import type { BpfAttr } from "../abi/attr.ts";
import { AttrReader } from "../abi/attr_reader.ts";
import { Address, type Core } from "../abi/core.ts";
import type { DoorCalls } from "../abi/door.ts";
import { LogBlock, SavedBlocks } from "../abi/log_block.ts";
import type { ShapeOf } from "../abi/marshal.ts";
import { commandName, errnoName } from "../errors.ts";

/** One call of bpf(2). */
export interface BpfCall {
  /** The command's number. */
  cmd: number;
  /** Its name, "BPF_MAP_UPDATE_ELEM". */
  command: string;
  /**
   * The fields that the command has, as the caller gave them. A pointer is a copy of the bytes behind it (those the core
   * wrote, where the command writes), a path a string, null the null pointer, and a number an address that nothing can
   * be said about: because it is not valid, the fd is no map, or the command failed before it wrote.
   */
  attr: BpfAttr;
  /** The scalar fields that the core wrote: `count`, `next_id`, `info_len`. */
  out: BpfAttr;
  /** The third argument: bytes of the attr. */
  size: number;
  /** 0 or more, or the negative errno. */
  result: number;
  /** The name of the errno, undefined for a call that succeeded. */
  error: string | undefined;
}

/** What `onCall` takes. */
export type CallListener = (call: BpfCall) => void;

/** Who listens to one core's calls. */
export class CallLog {
  readonly #core: Core;
  readonly #shapeOf: ShapeOf;
  readonly #listeners = new Set<CallListener>();
  readonly #logged: DoorCalls;
  readonly #block: LogBlock;

  constructor(core: Core, shapeOf: ShapeOf) {
    this.#core = core;
    this.#shapeOf = shapeOf;
    this.#block = new LogBlock(core);
    this.#logged = this.#loggedCalls();
  }

  /** Adds a listener; returns what removes it. One that is added twice is called twice. */
  add(listener: CallListener): () => void {
    if (typeof listener !== "function") throw new TypeError(`Cannot log calls: expected a function, got ${typeof listener}`);
    const own: CallListener = (call) => listener(call);
    this.#listeners.add(own);
    this.#core.door.use(this.#logged);
    return () => {
      this.#listeners.delete(own);
      if (this.#listeners.size > 0) return;
      this.#core.door.use(this.#core.door.direct);
      this.#block.free();
    };
  }

  /**
   * What is logged is what a call stands for; what runs is the same export as without a log, so that the answer is the same.
   * Exports that take numbers decline, and their callers then take those that take addresses.
   */
  #loggedCalls(): DoorCalls {
    const { direct } = this.#core.door;
    const declined = (): number => -Errno.ENOTSUPP;
    const unclear = (): number => Engine.UNCLEAR;
    return {
      bpf: (cmd, attrPtr, size) => this.#report(cmd, attrPtr, size, () => direct.bpf(cmd, attrPtr, size)),
      lookup: (fd, keyPtr) => this.#lookup(fd, keyPtr, direct.lookup),
      lookupU32: declined,
      lookupU128: declined,
      lookupMarking: (fd, keyPtr) => this.#lookup(fd, keyPtr, direct.lookupMarking),
      lookupMarkingU32: declined,
      valueU32: unclear,
      lastError: declined,
      update: (fd, keyPtr, valuePtr, flags) => {
        const attr = this.#block.attr(fd, keyPtr, valuePtr, flags);
        return this.#report(Cmd.MAP_UPDATE_ELEM, attr, LogBlock.ELEM_SIZE, () => direct.update(fd, keyPtr, valuePtr, flags));
      },
      updateU32: declined,
      lookupMany: (fd, keysPtr, valuesPtr, count, foundPtr) => this.#lookupMany(fd, keysPtr, valuesPtr, count, foundPtr),
      lpmValueU32: unclear,
      lpmMatch: (fd, keyPtr, outKeyPtr, valuePtr) => {
        const attr = this.#block.attr(fd, keyPtr, valuePtr, 0);
        return this.#report(Cmd.MAP_LOOKUP_ELEM, attr, LogBlock.ELEM_SIZE, () => direct.lpmMatch(fd, keyPtr, outKeyPtr, valuePtr));
      },
      lpmNext: (fd, keyPtr, outKeyPtr) => {
        const attr = this.#block.attr(fd, keyPtr, outKeyPtr, 0);
        return this.#report(Cmd.MAP_GET_NEXT_KEY, attr, LogBlock.NEXT_KEY_SIZE, () => direct.lpmNext(fd, keyPtr, outKeyPtr));
      },
    };
  }

  /** The value is copied out of the map: a listener may delete the element before the caller has read it. */
  #lookup(fd: number, keyPtr: number, lookup: DoorCalls["lookup"]): number {
    const size = this.#shapeOf(fd)?.valueSize ?? 0;
    const valuePtr = this.#block.room(size);
    let answer = 0;
    this.#report(Cmd.MAP_LOOKUP_ELEM, this.#block.attr(fd, keyPtr, valuePtr, 0), LogBlock.ELEM_SIZE, () => {
      answer = lookup(fd, keyPtr) >>> 0;
      if (answer >= Address.ERRNO_MIN) return answer | 0;
      this.#core.fresh().u8.copyWithin(valuePtr, answer, answer + size);
      answer = valuePtr;
      return 0;
    });
    return answer;
  }

  /** A LOOKUP_ELEM for each key. */
  #lookupMany(fd: number, keysPtr: number, valuesPtr: number, count: number, foundPtr: number): number {
    const { keySize, valueSize } = this.#shapeOf(fd) ?? { keySize: 0, valueSize: 0 };
    let hits = 0;
    for (let i = 0; i < count; i++) {
      const [keyPtr, valuePtr] = [keysPtr + i * keySize, valuesPtr + i * valueSize];
      const ret = this.#report(Cmd.MAP_LOOKUP_ELEM, this.#block.attr(fd, keyPtr, valuePtr, 0), LogBlock.ELEM_SIZE, () => {
        const found = this.#core.door.direct.lookupMany(fd, keyPtr, valuePtr, 1, foundPtr + i);
        return found < 0 ? found : found === 1 ? 0 : -Errno.ENOENT;
      });
      if (ret === 0) hits++;
      else if (ret !== -Errno.ENOENT) return ret;
    }
    return hits;
  }

  /** Runs a command and tells the listeners what it was and what came of it. */
  #report(cmd: number, attrPtr: number, size: number, run: () => number): number {
    const reader = new AttrReader(this.#core, this.#shapeOf, cmd, attrPtr >>> 0, size >>> 0);
    const result = run();
    const error = result < 0 ? errnoName(result) : undefined;
    const { attr, out } = reader.finish(result);
    this.#tell({ cmd, command: commandName(cmd), attr, out, size: size >>> 0, result, error }, reader.addresses);
    return result;
  }

  /**
   * Calls the listeners by the direct door: what they do is not logged. They may use the map whose command this is, and close
   * it; so the blocks that its caller is about to read are put back as they were, and none is freed before.
   */
  #tell(call: BpfCall, addresses: readonly number[]): void {
    const core = this.#core;
    const saved = new SavedBlocks(core, addresses);
    core.door.use(core.door.direct);
    try {
      core.keepBlocks(() => {
        for (const listener of [...this.#listeners]) listener(call);
      });
    } finally {
      saved.putBack();
      if (this.#listeners.size > 0) core.door.use(this.#logged);
    }
  }
}
