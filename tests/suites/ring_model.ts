// A ring buffer played against a model of it: every record that comes out is the one that the model has next, whole and
// unchanged, and the ring refuses exactly what the model has no room for.
import type { RingBuffer, RingRecord } from "../../bindings/index.ts";
import type { Prng } from "../kernel/prng.ts";

const HEADER = 8;
/** Contents are cut from a pattern at a place that the record's number decides; neighbours have nothing in common. */
const PLACES = 65521;
const PLACE_STEP = 7919;

const enum State {
  Busy,
  Submitted,
  Discarded,
}

interface Reserved {
  number: number;
  record: RingRecord;
}

const totalOf = (size: number): number => Math.ceil((size + HEADER) / 8) * 8;

export class RingPlayer {
  readonly #ring: RingBuffer;
  readonly #prng: Prng;
  readonly #pattern: Uint8Array;
  readonly #sizes: Int32Array;
  readonly #states: Uint8Array;
  readonly #reserved: Reserved[] = [];
  readonly #check = (data: Uint8Array): void => this.#isNext(data);
  #producer = 0;
  #consumer = 0;
  /** Numbers of the next record to write and to read. */
  #next = 0;
  #oldest = 0;
  read = 0;
  refused = 0;
  discarded = 0;

  constructor(ring: RingBuffer, prng: Prng) {
    this.#ring = ring;
    this.#prng = prng;
    this.#pattern = prng.bytes(PLACES + ring.maxEntries);
    const records = ring.maxEntries / HEADER + 1;
    this.#sizes = new Int32Array(records);
    this.#states = new Uint8Array(records);
  }

  /** One random action of a writer or a reader. */
  step(): void {
    const dice = this.#prng.below(100);
    if (dice < 55) this.#output();
    else if (dice < 70) this.#reserve();
    else if (dice < 88) this.#finishOne();
    else if (dice < 97) this.#drain(this.#prng.below(24));
    else this.#consume();
  }

  /** Finishes what is reserved, reads everything, and compares the positions. */
  end(): void {
    while (this.#reserved.length > 0) this.#finishOne();
    this.#drain(Infinity);
    this.#equal(this.#oldest, this.#next, "records read and written");
    this.#equal(this.#ring.consumerPosition, this.#producer, "consumer position");
    this.#equal(this.#ring.producerPosition, this.#producer, "producer position");
    this.#equal(this.#ring.availableData, 0, "unread bytes");
    this.#equal(this.#ring.dropped, this.refused, "dropped records");
  }

  #size(): number {
    const dice = this.#prng.below(1000);
    if (dice < 700) return this.#prng.below(32);
    if (dice < 985) return this.#prng.below(200);
    return dice < 999 ? this.#prng.below(3000) : this.#prng.below(this.#ring.recordSizeMax + 1);
  }

  #content(number: number, size: number): Uint8Array {
    const place = (number * PLACE_STEP) % PLACES;
    return this.#pattern.subarray(place, place + size);
  }

  /** Takes room for a record in the model: its number, or -1 when the ring must refuse it. */
  #take(size: number, state: State): number {
    const end = this.#producer + totalOf(size);
    if (end - this.#consumer > this.#ring.maxEntries - 1) {
      this.refused++;
      return -1;
    }
    this.#producer = end;
    const number = this.#next++;
    this.#sizes[number % this.#sizes.length] = size;
    this.#states[number % this.#sizes.length] = state;
    return number;
  }

  #output(): void {
    const size = this.#size();
    const content = this.#content(this.#next, size);
    const number = this.#take(size, State.Submitted);
    this.#equal(this.#ring.output(content), number !== -1, "output is accepted");
  }

  #reserve(): void {
    if (this.#reserved.length > 8) return this.#finishOne();
    const size = this.#size();
    const number = this.#take(size, State.Busy);
    const record = this.#ring.reserve(size);
    this.#equal(record !== undefined, number !== -1, "reserve is accepted");
    if (record === undefined) return;
    record.data.set(this.#content(number, size));
    this.#reserved.push({ number, record });
  }

  #finishOne(): void {
    if (this.#reserved.length === 0) return;
    const [{ number, record }] = this.#reserved.splice(this.#prng.below(this.#reserved.length), 1);
    const discard = this.#prng.chance(0.2);
    this.#states[number % this.#sizes.length] = discard ? State.Discarded : State.Submitted;
    if (discard) record.discard();
    else record.submit();
  }

  #drain(max: number): void {
    const before = this.read;
    const count = this.#ring.drain(this.#check, max);
    this.#equal(count, this.read - before, "drain's count");
    if (count < max) {
      this.#skipDiscarded();
      if (this.#oldest < this.#next) this.#equal(this.#stateOfOldest(), State.Busy, "the reader stops at a busy record only");
    }
  }

  #consume(): void {
    const before = this.read;
    const record = this.#ring.consume();
    if (record !== undefined) this.#isNext(record);
    else this.#skipDiscarded();
    if (this.read === before && this.#oldest < this.#next) this.#equal(this.#stateOfOldest(), State.Busy, "nothing to consume");
  }

  #stateOfOldest(): State {
    return this.#states[this.#oldest % this.#sizes.length];
  }

  #skipDiscarded(): void {
    while (this.#oldest < this.#next && this.#stateOfOldest() === State.Discarded) {
      this.#pass();
      this.discarded++;
    }
  }

  #pass(): void {
    this.#consumer += totalOf(this.#sizes[this.#oldest % this.#sizes.length]);
    this.#oldest++;
  }

  #isNext(data: Uint8Array): void {
    this.#skipDiscarded();
    const number = this.#oldest;
    this.#equal(number < this.#next && this.#stateOfOldest() === State.Submitted, true, "there is a record to read");
    const size = this.#sizes[number % this.#sizes.length];
    this.#equal(data.length, size, "size of the record");
    const pattern = this.#pattern;
    const place = (number * PLACE_STEP) % PLACES;
    for (let i = 0; i < size; i++) {
      if (data[i] !== pattern[place + i]) throw new Error(`record ${number}: byte ${i} of ${size} differs`);
    }
    this.#pass();
    this.read++;
  }

  #equal(actual: unknown, expected: unknown, what: string): void {
    if (actual !== expected) {
      throw new Error(`record ${this.#oldest} of ${this.#next}: ${what}: ${String(actual)} instead of ${String(expected)}`);
    }
  }
}
