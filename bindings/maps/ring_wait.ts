// Waiting for a ring buffer's records where threads share the memory: a word in the ring's mapping, which changes when a record
// wakes its reader, and beside it the number of threads that sleep there (assembly/map/ringbuf.ts).
import { Limit } from "../../assembly/uapi/constants.ts";
import type { Core } from "../abi/core.ts";
import type { Wakeups } from "../abi/wakeups.ts";

const WORD_AT: number = Limit.PAGE_SIZE + 32;

/** Atomics.waitAsync is younger than the rest: without it a wait looks again from time to time. */
const waitAsync = (Atomics as {
  waitAsync?: (words: Int32Array, index: number, value: number, timeout?: number) => { async: boolean; value: Promise<string> | string };
}).waitAsync;
/** How often, in milliseconds. */
const LOOK_AGAIN_MS = 4;

declare function setTimeout(fn: () => void, milliseconds: number): unknown;

/** How long a wait for other threads lasts at most before it looks again, in milliseconds. */
const WAIT_MS = 1000;

/** Where one ring's readers sleep. */
export class RingWait {
  readonly #core: Core;
  readonly #fd: number;
  readonly #mappingPtr: number;
  readonly #words: Int32Array;
  readonly #at: number;

  constructor(core: Core, fd: number, mappingPtr: number) {
    this.#core = core;
    this.#fd = fd;
    this.#mappingPtr = mappingPtr;
    this.#words = new Int32Array(core.memory.buffer);
    this.#at = (mappingPtr + WORD_AT) >>> 2;
  }

  /** What the word is now: to be asked before the ring is found to be empty. */
  get word(): number {
    return Atomics.load(this.#words, this.#at);
  }

  /** Sleeps until the word is another one: false when `timeoutMs` went by. Throws TypeError where the thread may not sleep. */
  block(word: number, timeoutMs: number): boolean {
    Atomics.add(this.#words, this.#at + 1, 1);
    try {
      return Atomics.wait(this.#words, this.#at, word, timeoutMs) !== "timed-out";
    } finally {
      Atomics.sub(this.#words, this.#at + 1, 1);
    }
  }

  /** Wakes all who sleep here: they look again. */
  nudge(): void {
    Atomics.add(this.#words, this.#at, 1);
    Atomics.notify(this.#words, this.#at);
  }

  /**
   * Calls `wake` once: when the word is another one than `word`, when somebody of this thread is woken, or after a second.
   * Returns what ends the wait.
   */
  wake(word: number, wakeups: Wakeups, id: number, wake: () => void): () => void {
    // The ring may be closed meanwhile: its memory must stay until the wait is over.
    const mapped = this.#core.mmap(this.#fd, true) === this.#mappingPtr;
    if (mapped) Atomics.add(this.#words, this.#at + 1, 1);
    let waits = true;
    const finish = (): void => {
      if (!waits) return;
      waits = false;
      stopWakeups();
      if (!mapped) return;
      Atomics.sub(this.#words, this.#at + 1, 1);
      this.nudge();
      this.#core.munmap(this.#mappingPtr);
    };
    const wakeOnce = (): void => {
      if (!waits) return;
      finish();
      wake();
    };
    const stopWakeups = wakeups.wait(id, wakeOnce);
    // The sleep only reads: what becomes of the memory after the wait does not matter to it.
    void (mapped ? this.#sleep(word, WAIT_MS) : Promise.resolve()).then(wakeOnce);
    return finish;
  }

  /** Sleeps without blocking the thread, until the word is another one or the time is over. */
  async #sleep(word: number, timeoutMs: number): Promise<void> {
    if (waitAsync !== undefined) return void (await waitAsync(this.#words, this.#at, word, timeoutMs).value);
    for (let left = timeoutMs; this.word === word && left > 0; left -= LOOK_AGAIN_MS) {
      await new Promise<void>((resolve) => setTimeout(resolve, Math.min(left, LOOK_AGAIN_MS)));
    }
  }
}
