// Who waits for which map within a kernel: what epoll is to a ring buffer's fd in Linux.

/** Waiters by map id. All of a map's waiters are woken together, and look for themselves what there is. */
export class Wakeups {
  readonly #waiting = new Map<number, Set<() => void>>();
  /** Maps that somebody waits for: every record that is written asks, and a number is sooner read than a Map's size. */
  maps = 0;

  /** Adds a waiter, which is woken once. Returns what removes it, for one that gives up. */
  wait(id: number, wake: () => void): () => void {
    const waiters = this.#waiting.get(id);
    if (waiters === undefined) this.#waiting.set(id, new Set([wake]));
    else waiters.add(wake);
    this.maps = this.#waiting.size;
    return () => this.#remove(id, wake);
  }

  /** Wakes everybody who waits for the map. */
  wake(id: number): void {
    if (this.maps === 0) return;
    const waiters = this.#waiting.get(id);
    if (waiters === undefined) return;
    this.#waiting.delete(id);
    this.maps = this.#waiting.size;
    for (const wake of waiters) wake();
  }

  #remove(id: number, wake: () => void): void {
    const waiters = this.#waiting.get(id);
    if (waiters?.delete(wake) && waiters.size === 0) this.#waiting.delete(id);
    this.maps = this.#waiting.size;
  }
}
