// Which map objects own which fd. An fd that is closed behind its object's back may come to stand for another map, so the object
// is told and closes, too. An object that is collected unclosed gives its fd back, unless the caller has the fd: who has the
// number may still use it.
import { registry, type Registry, weakly } from "../abi/collected.ts";
import type { RawCalls } from "../abi/raw.ts";

interface Owned {
  close(): void;
}

interface Entry {
  readonly fd: number;
  /** Tells the object, if it is still there, that its fd is being closed. */
  abandon(): void;
  /** Closes the object, if it is still there. */
  close(): void;
}

/** The open map objects of one kernel. */
export class Lifetimes {
  readonly #raw: RawCalls;
  /** By fd. More than one where `openFd` was given the fd of a map object. */
  readonly #entries: Map<number, Entry[]> = new Map();
  readonly #registry: Registry<Entry>;

  constructor(raw: RawCalls) {
    this.#raw = raw;
    raw.onClose = (fd) => this.#closing(fd);
    this.#registry = registry((entry) => this.#collected(entry));
  }

  /** Notes that a map object, which is complete, owns an fd. `abandon` ends it without closing the fd. */
  own<T extends Owned>(map: T, fd: number, abandon: (map: T) => void): void {
    const ref = weakly(map);
    const entry: Entry = {
      fd,
      abandon: () => {
        const owner = ref.deref();
        if (owner !== undefined) abandon(owner);
      },
      close: () => ref.deref()?.close(),
    };
    const others = this.#entries.get(fd);
    if (others === undefined) this.#entries.set(fd, [entry]);
    else others.push(entry);
    this.#registry.register(map, entry, map);
  }

  /** The object is not to be closed when it is collected: the caller has its fd, or it is closed. */
  forget(map: Owned): void {
    this.#registry.unregister(map);
  }

  /** Closes every map object that is still open. */
  closeAll(): void {
    for (const entries of [...this.#entries.values()]) for (const entry of entries) entry.close();
    this.#entries.clear();
  }

  /** Every object that owns the fd ends, before its number may stand for something else. */
  #closing(fd: number): void {
    const entries = this.#entries.get(fd);
    if (entries === undefined) return;
    this.#entries.delete(fd);
    for (const entry of entries) entry.abandon();
  }

  #collected(entry: Entry): void {
    // The fd may have been closed, and be another object's by now.
    if (this.#entries.get(entry.fd)?.includes(entry) !== true) return;
    this.#raw.unmapAll(entry.fd);
    this.#raw.close(entry.fd);
  }
}
