// Who waits for which map within a kernel: what epoll is to a ring buffer's fd in Linux.

/** Waiters by map id. All of a map's waiters are woken together, and look for themselves what there is. */
export class Wakeups {
  readonly #waiting = new Map<number, Set<() => void>>();

  /** Adds a waiter. It is woken once. */
  add(id: number, wake: () => void): void {
    const waiters = this.#waiting.get(id);
    if (waiters === undefined) this.#waiting.set(id, new Set([wake]));
    else waiters.add(wake);
  }

  /** Removes a waiter that gave up. */
  remove(id: number, wake: () => void): void {
    const waiters = this.#waiting.get(id);
    if (waiters?.delete(wake) && waiters.size === 0) this.#waiting.delete(id);
  }

  /** Wakes everybody who waits for the map. */
  wake(id: number): void {
    if (this.#waiting.size === 0) return;
    const waiters = this.#waiting.get(id);
    if (waiters === undefined) return;
    this.#waiting.delete(id);
    for (const wake of waiters) wake();
  }
}
