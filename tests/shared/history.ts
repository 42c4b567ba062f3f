// What threads did to one map, and whether there is an order in which it could have happened: per key, each operation at one
// moment between its begin and its end.

export enum Op {
  GET,
  SET,
  ADD,
  REPLACE,
  DELETE,
  TAKE,
}

/** A race on one map. */
export interface RaceSpec {
  name: string;
  threads: number;
  keys: number;
  keySize: number;
  valueSize: number;
  ops: Op[];
  typed?: boolean;
  percpu?: boolean;
  lpm?: boolean;
  /** The map may drop elements whenever it likes. */
  evicts?: boolean;
  /** Every key is always there. */
  always?: boolean;
}

/** Numbers that a note has: op, key, value given, answer, begin, end. */
export const FIELDS = 6;
/** The answer of an operation that found its key missing, or there. */
export const MISSED = -1;
/** The answer for a value whose words are not all the same. */
export const TORN = -2;

interface Note {
  op: Op;
  given: number;
  answer: number;
  begun: number;
  ended: number;
}

/** What is wrong with the notes of all threads, or undefined. */
export function judge(spec: RaceSpec, threads: Int32Array[]): string | undefined {
  const perKey: Note[][][] = Array.from({ length: spec.keys }, () => threads.map(() => []));
  for (const [thread, notes] of threads.entries()) {
    for (let at = 0; at < notes.length; at += FIELDS) {
      const [op, key, given, answer, begun, ended] = notes.subarray(at, at + FIELDS);
      if (answer === TORN) return `key ${key}: a value of two halves`;
      perKey[key][thread].push({ op, given, answer, begun, ended });
    }
  }
  for (const [key, lists] of perKey.entries()) {
    const wrong = spec.evicts ? unheardOf(lists) : noOrder(lists, spec.always ? 0 : MISSED);
    if (wrong !== undefined) return `key ${key}: ${wrong}`;
  }
  return undefined;
}

/** For maps that drop elements: every value that was read is one that was written to this key. */
function unheardOf(lists: Note[][]): string | undefined {
  const written = new Set([0, ...lists.flat().filter(({ op }) => op === Op.SET || op === Op.ADD || op === Op.REPLACE).map(({ given }) => given)]);
  const strange = lists.flat().find(({ op, answer }) => (op === Op.GET || op === Op.TAKE) && answer !== MISSED && !written.has(answer));
  return strange === undefined ? undefined : `${strange.answer} was never written`;
}

/** The value after an operation on a key with this value (MISSED: absent); undefined when it would have answered otherwise. */
function after(value: number, { op, given, answer }: Note): number | undefined {
  const there = value !== MISSED;
  switch (op) {
    case Op.GET: return answer === value ? value : undefined;
    case Op.SET: return answer === 0 ? given : undefined;
    case Op.ADD: return (answer === 0) !== there ? (there ? value : given) : undefined;
    case Op.REPLACE: return (answer === 0) === there ? (there ? given : value) : undefined;
    case Op.DELETE: return (answer === 0) === there ? MISSED : undefined;
    case Op.TAKE: return answer === value ? MISSED : undefined;
  }
}

/** Looks for an order, depth first; a state is how far each thread is, and the value. */
function noOrder(lists: Note[][], first: number): string | undefined {
  const total = lists.reduce((sum, list) => sum + list.length, 0);
  const seen = new Set<string>();
  const stack: { at: number[]; value: number; done: number }[] = [{ at: lists.map(() => 0), value: first, done: 0 }];
  let furthest = 0;
  let stuck = "";
  while (stack.length > 0) {
    const { at, value, done } = stack.pop()!;
    if (done === total) return undefined;
    const next = lists.map((list, thread) => list[at[thread]]);
    if (done >= furthest) {
      furthest = done;
      stuck = `after ${done} of ${total} operations the value is ${value}, and next are ${JSON.stringify(next)}`;
    }
    const soonest = Math.min(...next.map((note) => note?.ended ?? Infinity));
    for (const [thread, note] of next.entries()) {
      if (note === undefined || note.begun > soonest) continue;
      const then = after(value, note);
      if (then === undefined) continue;
      const to = at.slice();
      to[thread]++;
      const state = `${to.join()}:${then}`;
      if (seen.has(state)) continue;
      seen.add(state);
      stack.push({ at: to, value: then, done: done + 1 });
    }
  }
  return `no order explains the answers: ${stuck}`;
}
