// Which map object owns which fd. An fd that is closed behind its object's back may come to stand for another map, so the object
// is told and closes, too. An object that is collected unclosed gives its fd back, unless the caller has asked for the fd: who
// has the number may still use it.
import type { RawCalls } from "../abi/raw.ts";

interface Owned {
  close(): void;
}

interface Entry<T extends Owned> {
  readonly fd: number;
  readonly map: WeakRef<T>;
  /** Ends the object without closing the fd. */
  readonly abandon: (map: T) => void;
}

/** The open map objects of one kernel. */
export class Lifetimes {
  readonly #raw: RawCalls;
  readonly #entries: Map<number, Entry<any>> = new Map();
  readonly #registry: FinalizationRegistry<Entry<any>>;

  constructor(raw: RawCalls) {
    this.#raw = raw;
    raw.onClose = (fd) => this.#closedElsewhere(fd);
    this.#registry = new FinalizationRegistry((entry) => this.#collected(entry));
  }

  /** Notes that a map object owns an fd. */
  own<T extends Owned>(map: T, fd: number, abandon: (map: T) => void): void {
    const entry = { fd, map: new WeakRef(map), abandon };
    this.#entries.set(fd, entry);
    this.#registry.register(map, entry, map);
  }

  /** The object is about to close its fd. */
  disown(map: Owned, fd: number): void {
    this.#entries.delete(fd);
    this.#registry.unregister(map);
  }

  /** The caller has the fd: it stays open when the object is collected. */
  keepOpen(map: Owned): void {
    this.#registry.unregister(map);
  }

  /** Closes every map object that is still open. */
  closeAll(): void {
    for (const { map } of [...this.#entries.values()]) map.deref()?.close();
    this.#entries.clear();
  }

  #closedElsewhere(fd: number): void {
    const entry = this.#entries.get(fd);
    if (entry === undefined) return;
    this.#entries.delete(fd);
    const map = entry.map.deref();
    if (map === undefined) return;
    this.#registry.unregister(map);
    entry.abandon(map);
  }

  #collected(entry: Entry<any>): void {
    // The fd may have been closed, and be another object's by now.
    if (this.#entries.get(entry.fd) !== entry) return;
    this.#entries.delete(entry.fd);
    this.#raw.unmapAll(entry.fd);
    this.#raw.close(entry.fd);
  }
}
