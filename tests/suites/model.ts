// Random sequences of calls on a map and on a JavaScript Map, compared step by step.
import fc from "fast-check";
import type { Test } from "uvu";
import * as assert from "uvu/assert";
import type { BpfError, Kernel } from "../../bindings/index.ts";
import { type AnyMap, type Keyed, show } from "./conformance.ts";

const OPS = ["set", "set", "set", "add", "replace", "delete", "get", "has", "take", "entries", "clear", "setMany", "deleteMany"] as const;
type Op = (typeof OPS)[number];
type Step = [op: Op, key: number, value: number];

const steps = fc.array(fc.tuple(fc.constantFrom(...OPS), fc.nat(11), fc.nat(200)), { maxLength: 80 });

/** One call on the map; an error is its code. */
function call(of: Keyed, map: AnyMap, [op, i, n]: Step): unknown {
  const key = of.key(i);
  try {
    switch (op) {
      case "set":
        return void map.set(key, of.value(n));
      case "add":
      case "replace":
        return map[op](key, of.value(n));
      case "entries":
        return Array.from(map.entries(), show).sort();
      case "clear":
        return void map.clear();
      case "setMany":
        return void map.setMany([[key, of.value(n)], [of.key((i + 1) % 12), of.value(n)]]);
      case "deleteMany":
        return map.deleteMany([key, of.key((i + 3) % 12)]);
      default:
        return map[op]!(key);
    }
  } catch (error) {
    return (error as BpfError).code;
  }
}

/** What Linux says for a type that refuses when it is full, or that has all its keys from the start. */
class Model {
  readonly elements = new Map<string, [key: unknown, value: unknown]>();
  readonly #of: Keyed;
  readonly #maxEntries: number;

  constructor(of: Keyed, maxEntries: number, zero: unknown) {
    this.#of = of;
    this.#maxEntries = maxEntries;
    if (of.growth === "indexed") for (let i = 0; i < maxEntries; i++) this.#put(i, zero);
  }

  call([op, i, n]: Step): unknown {
    const { key, value, growth } = this.#of;
    const name = show(key(i));
    const present = this.elements.has(name);
    switch (op) {
      case "set":
        return this.#set(i, value(n));
      case "add":
        return present ? false : (this.#set(i, value(n)) ?? true);
      case "replace":
        return present ? (this.#set(i, value(n)) ?? true) : growth === "indexed" ? this.#set(i, value(n)) : false;
      case "setMany":
        return this.#set(i, value(n)) ?? this.#set((i + 1) % 12, value(n));
      case "get":
        return this.elements.get(name)?.[1];
      case "has":
        return present;
      case "entries":
        return Array.from(this.elements.values(), show).sort();
      case "delete":
        return this.elements.delete(name);
      case "deleteMany":
        return Number(this.elements.delete(name)) + Number(this.elements.delete(show(key((i + 3) % 12))));
      case "clear":
        return this.elements.clear();
      case "take": {
        const taken = this.elements.get(name)?.[1];
        this.elements.delete(name);
        return taken;
      }
    }
  }

  #put(i: number, value: unknown): void {
    const key = this.#of.key(i);
    this.elements.set(show(key), [key, value]);
  }

  #set(i: number, value: unknown): string | undefined {
    if (!this.elements.has(show(this.#of.key(i))) && this.elements.size === this.#maxEntries) return this.#of.full;
    this.#put(i, value);
    return undefined;
  }
}

/** The calls that an indexed type has in common with a Map. */
const usable = (of: Keyed, [op]: Step): boolean =>
  of.growth !== "indexed" || !["delete", "take", "deleteMany", "clear"].includes(op);

/** Adds the property that fits how the type grows. */
export function modelSuite(test: Test, kernel: Kernel, of: Keyed): void {
  const property = of.growth === "evicts" ? evicting : exact;
  const name = [of.type, of.variant].filter(Boolean).join(", ");
  test(`${name}: random sequences answer as the model does`, () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 9 }), (sequence, maxEntries) => {
        const map = of.make(kernel, maxEntries);
        try {
          property(of, map, sequence.filter((step) => usable(of, step)), maxEntries);
        } finally {
          map.close();
        }
      }),
      { numRuns: 80 },
    );
  });
}

function exact(of: Keyed, map: AnyMap, sequence: Step[], maxEntries: number): void {
  const model = new Model(of, maxEntries, map.get(of.key(0)));
  for (const step of sequence) assert.is(show(call(of, map, step)), show(model.call(step)), show(step));
  assert.is(map.count(), model.elements.size);
  for (const [key, value] of model.elements.values()) assert.is(show(map.get(key)), show(value));
  for (const [key, value] of map) assert.is(show(model.elements.get(show(key))?.[1]), show(value));
}

/** Which elements an LRU map keeps is its own affair here, but what it keeps is right, and never too much. */
function evicting(of: Keyed, map: AnyMap, sequence: Step[]): void {
  const last = new Map<string, unknown>();
  for (const step of sequence) {
    const [op, i, n] = step;
    const name = show(of.key(i));
    const known = show(last.get(name));
    const answer = call(of, map, step);
    assert.is.not(typeof answer, "string", `${show(step)} failed with ${String(answer)}`);
    if (op === "get" || op === "take") assert.ok(answer === undefined || show(answer) === known, show(step));
    if (op === "set" || (op === "add" && answer) || (op === "replace" && answer)) {
      last.set(name, of.value(n));
      assert.is(show(map.get(of.key(i))), show(of.value(n)), "what was just set is there");
    }
    if (op === "setMany") for (const k of [i, (i + 1) % 12]) last.set(show(of.key(k)), of.value(n));
    if (op === "delete" || op === "take" || op === "deleteMany") {
      last.delete(name);
      assert.is(map.has(of.key(i)), false);
    }
    if (op === "deleteMany") last.delete(show(of.key((i + 3) % 12)));
    if (op === "clear") last.clear();
    const entries = [...map];
    assert.ok(entries.length <= map.maxEntries, `${entries.length} of at most ${map.maxEntries} elements`);
    assert.is(map.count(), entries.length);
    for (const [key, value] of entries) assert.is(show(value), show(last.get(show(key))), show(step));
  }
}
