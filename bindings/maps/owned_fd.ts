// An fd that a map object owns, with what the object holds in the core's memory. The table of open fds (lifetimes.ts) and the map
// object refer to it; nothing in here may refer to the map object, which would then never be collected.

/** What a map object gives back when it ends. */
export interface Held {
  free(): void;
}

/** One fd, for one map object. */
export class OwnedFd {
  /** The fd, or -1 once it is closed: what the core refuses, so that loops need not look. */
  fd: number;
  /** Whether the fd stays open when the map object is collected: the caller has it, too. */
  shared: boolean;
  readonly #held: Set<Held> = new Set();

  constructor(fd: number, shared: boolean) {
    this.fd = fd;
    this.shared = shared;
  }

  /** Keeps what is freed with the fd, and returns it. Undefined, what there was no room for, is not kept. */
  hold<T extends Held | undefined>(held: T): T {
    if (held !== undefined) this.#held.add(held);
    return held;
  }

  /** Frees something before the fd is closed. */
  drop(held: Held | undefined): void {
    if (held !== undefined && this.#held.delete(held)) held.free();
  }

  /** Frees all that is held. */
  freeAll(): void {
    const all = [...this.#held];
    this.#held.clear();
    for (const held of all) held.free();
  }

  /** The fd is being closed: the map object is closed with it. */
  end(): void {
    this.fd = -1;
    this.freeAll();
  }
}
