/// <reference lib="esnext.disposable" preserve="true" />
// The iterator of `RingBuffer.records`. It is no async generator: a generator that waits in `next` answers `return` only when a
// record has come.
import type { AbortSignalLike } from "../abi/host_types.ts";
import { describe } from "../abi/words.ts";
import { AsyncIteratorBase } from "./iterator_base.ts";

// Runtimes without Symbol.asyncDispose get the symbol that compilers use for `await using` there.
const asyncDispose: typeof Symbol.asyncDispose = Symbol.asyncDispose ?? Symbol.for("Symbol.asyncDispose");

/** What the iterator needs of the ring buffer's object. */
export interface RecordSource {
  /** Whether the object is closed. */
  closed(): boolean;
  /** Reads a record, or answers undefined when there is none. */
  consume(): Uint8Array | undefined;
  /** Calls `wake` once, at the next wakeup of the map or when the object is closed. Returns what ends the wait. */
  wait(wake: () => void): () => void;
}

/** A call of `next` that waits for a record. */
interface Waiting {
  resolve(result: IteratorResult<Uint8Array, undefined>): void;
  reject(reason: unknown): void;
}

const DONE = { value: undefined, done: true } as const;

/** Records as they come. Calls of `next` get them in the order of the calls; once it has ended, all of them answer `done`. */
export class RecordIterator extends AsyncIteratorBase implements AsyncIterableIterator<Uint8Array> {
  readonly #source: RecordSource;
  readonly #signal: AbortSignalLike | undefined;
  readonly #waiting: Waiting[] = [];
  #ended = false;
  /** Ends the wait for a wakeup; undefined while there is none. */
  #stop: (() => void) | undefined;

  constructor(source: RecordSource, signal: AbortSignalLike | undefined) {
    super();
    this.#source = source;
    this.#signal = signal;
  }

  next(): Promise<IteratorResult<Uint8Array, undefined>> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      // Those who came before are not overtaken.
      if (this.#waiting.length === 1) this.#deliver();
    });
  }

  /** Ends the iteration, and with it every `next` that waits: they answer `done`. */
  async return(value?: undefined | PromiseLike<undefined>): Promise<IteratorResult<Uint8Array, undefined>> {
    this.#end();
    return { value: await value, done: true };
  }

  /** As `return`, and rejects with the reason. */
  async throw(reason?: unknown): Promise<IteratorResult<Uint8Array, undefined>> {
    this.#end();
    throw reason;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** `return`, for `await using`. */
  async [asyncDispose](): Promise<void> {
    await this.return();
  }

  get [Symbol.toStringTag](): string {
    return "RingBuffer Iterator";
  }

  /** Gives records to those who wait, as long as there are both; then waits for a wakeup. What goes wrong ends the iteration. */
  #deliver(): void {
    try {
      this.#stopWaiting();
      while (this.#waiting.length > 0) {
        if (this.#ended || this.#source.closed()) return this.#end();
        if (this.#signal?.aborted === true) return this.#fail(this.#signal.reason);
        const record = this.#source.consume();
        if (record === undefined) return this.#wait();
        this.#waiting.shift()?.resolve({ value: record, done: false });
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  #wait(): void {
    const signal = this.#signal;
    // Not at once: who wakes us may be a writer in the middle of a drain.
    const wake = (): void => void Promise.resolve().then(() => this.#deliver());
    const stop = this.#source.wait(wake);
    this.#stop = () => {
      stop();
      signal?.removeEventListener("abort", wake);
    };
    signal?.addEventListener("abort", wake);
  }

  #stopWaiting(): void {
    const stop = this.#stop;
    this.#stop = undefined;
    stop?.();
  }

  /** The first who waits hears why it ended. */
  #fail(reason: unknown): void {
    this.#waiting.shift()?.reject(reason);
    this.#end();
  }

  #end(): void {
    this.#ended = true;
    for (const { resolve } of this.#waiting.splice(0)) resolve(DONE);
    this.#stopWaiting();
  }
}

/** The signal of the options, if it is one as far as can be seen. */
export function checkSignal(subject: string, signal: AbortSignalLike | undefined): AbortSignalLike | undefined {
  if (signal === undefined) return undefined;
  const isSignal = typeof signal === "object" && signal !== null && typeof signal.addEventListener === "function" && typeof signal.removeEventListener === "function";
  if (isSignal) return signal;
  throw new TypeError(`Cannot read from ${subject}: signal must be an AbortSignal: current value is ${describe(signal)}`);
}
