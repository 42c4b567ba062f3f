// Mutations of files for fuzzing: small changes that keep most of a file's shape, so that they reach deep.

/** Numbers of a fixed seed. */
export class Random {
  #state: number;
  constructor(seed: number) {
    this.#state = seed >>> 0;
  }
  /** An integer from 0 to limit - 1. */
  below(limit: number): number {
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0;
    return Math.floor((this.#state / 2 ** 32) * limit);
  }
  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)];
  }
}

/** Values at which lengths, counts and offsets go wrong. */
const WORDS = [0, 1, 3, 4, 7, 8, 12, 16, 0x7f, 0xff, 0xffff, 262_144, 262_145, 2 ** 24, 2 ** 31, 0xfffffff0, 0xffffffff];

/** Changes the bytes in one of several ways; the result may share nothing with them. */
function mutateOnce(bytes: Uint8Array, random: Random, tokens: readonly Uint8Array[]): Uint8Array {
  const at = random.below(bytes.length + 1);
  const copy = bytes.slice();
  switch (random.below(tokens.length > 0 ? 7 : 6)) {
    case 0:
      if (at < copy.length) copy[at] = random.below(256);
      return copy;
    case 1:
      if (at < copy.length) copy[at] ^= 1 << random.below(8);
      return copy;
    case 2:
      if (at + 4 <= copy.length) new DataView(copy.buffer).setUint32(at, random.pick(WORDS), random.below(2) === 0);
      return copy;
    case 3:
      return bytes.slice(0, at);
    case 4: {
      const end = Math.min(bytes.length, at + random.below(40));
      return join(bytes.subarray(0, at), bytes.subarray(end));
    }
    case 5: {
      const from = random.below(bytes.length + 1);
      return join(bytes.subarray(0, at), bytes.subarray(from, from + random.below(60)), bytes.subarray(at));
    }
    default:
      return join(bytes.subarray(0, at), random.pick(tokens), bytes.subarray(at));
  }
}

function join(...parts: Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** One to three changes. `tokens` are pieces worth inserting. */
export function mutate(bytes: Uint8Array, random: Random, tokens: readonly Uint8Array[] = []): Uint8Array {
  let mutated = bytes;
  for (let changes = 1 + random.below(3); changes > 0; changes--) mutated = mutateOnce(mutated, random, tokens);
  return mutated;
}
