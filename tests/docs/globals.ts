// What the programs of the documents call to check what they show.
import assert from "node:assert/strict";
import { format } from "node:util";

declare global {
  // eslint style aside, `var` is how TypeScript spells a global.
  var docs: { check(value: unknown, literal: string): void; print(expected: string, ...values: unknown[]): void };
}

/** How many checks have run. */
export let checked = 0;

globalThis.docs = {
  check(value, literal) {
    checked++;
    // Plain objects only: a map class that is not equal to anything would be compared by its private parts.
    assert.deepEqual(value instanceof Uint8Array ? [...value] : value, new Function(`return (${literal});`)(), literal);
  },
  print(expected, ...values) {
    checked++;
    assert.equal(format(...values), expected);
  },
};
