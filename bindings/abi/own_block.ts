// A user block of the bindings' own.
import { type Core, NULL, type Ptr } from "./core.ts";

/** Zeroed memory of the core's. */
export class OwnBlock {
  readonly ptr: Ptr;
  readonly size: number;
  readonly #core: Core;

  private constructor(core: Core, ptr: Ptr, size: number) {
    this.#core = core;
    this.ptr = ptr;
    this.size = size;
  }

  /** A block of `size` bytes, or undefined when memory is exhausted. */
  static allocate(core: Core, size: number): OwnBlock | undefined {
    const ptr = core.alloc(size);
    return ptr === NULL ? undefined : new OwnBlock(core, ptr, size);
  }

  free(): void {
    this.#core.free(this.ptr);
  }
}
