// Makes the release core smaller for whoever sends it compressed, without changing what it does: functions that are like one
// another come to stand side by side, and their locals get the numbers that repeat what was there before. Both are free
// in a module, and a compressor lives on repetition.
import { readFunctions, writeFunctions } from "./wasm_code.mjs";

/** Lengths of the runs of bytes that functions are compared by. */
const ORDER_RUN = 4;
const LOCAL_RUNS = [4, 6, 8];
const ROUNDS = 3;
/** Locals with numbers of one byte. */
const LOCALS_MAX = 128;

/** Numbers that stand for a function's runs of `size` bytes. */
function runsOf({ bytes, start }, size, visit) {
  for (let at = start; at + size <= bytes.length; at++) {
    let hash = size;
    for (let i = 0; i < size; i++) hash = Math.imul(hash ^ bytes[at + i], 0x9e3779b1) ^ (hash >>> 15);
    visit(hash >>> 0);
  }
}

/** From the smallest function on, always the one that has most in common with the last, rare runs counting for more. */
function ordered(functions) {
  const runs = new Map(functions.map((it) => [it, new Set()]));
  const holders = new Map();
  for (const it of functions) runsOf(it, ORDER_RUN, (run) => runs.get(it).add(run));
  for (const set of runs.values()) for (const run of set) holders.set(run, (holders.get(run) ?? 0) + 1);
  const likeness = (a, b) => {
    let sum = 0;
    for (const run of runs.get(a)) if (runs.get(b).has(run)) sum += 1 / holders.get(run);
    return (sum * (a.type === b.type ? 4 : 1)) / b.bytes.length;
  };
  const left = new Set(functions);
  let last = functions.reduce((a, b) => (b.bytes.length < a.bytes.length ? b : a));
  const order = [];
  while (left.delete(last)) {
    order.push(last);
    let best = -1;
    const before = last;
    for (const it of left) {
      const value = likeness(before, it);
      if (value > best) [best, last] = [value, it];
    }
  }
  return order;
}

const isLocal = ({ opcode, from, end }) => opcode >= 0x20 && opcode <= 0x22 && end - from === 2;

/** Swaps numbers of locals of one type for as long as that leaves fewer runs that stand nowhere else in the module. */
function renumber(functions) {
  const counts = new Map();
  const visitAll = (it, visit) => LOCAL_RUNS.forEach((size) => runsOf(it, size, visit));
  const count = (it, by) => visitAll(it, (run) => counts.set(run, (counts.get(run) ?? 0) + by));
  const lonely = (it) => {
    const seen = new Set();
    visitAll(it, (run) => {
      if (!counts.get(run)) seen.add(run);
    });
    return seen.size;
  };
  for (const it of functions) count(it, 1);
  for (let round = 0; round < ROUNDS; round++) {
    for (const it of functions) {
      count(it, -1);
      swapLocals(it, () => lonely(it));
      count(it, 1);
    }
  }
}

function swapLocals(it, cost) {
  const { bytes, locals, parameters, instructions } = it;
  const places = new Map();
  for (const instruction of instructions.filter(isLocal)) {
    const number = bytes[instruction.from + 1];
    places.set(number, [...(places.get(number) ?? []), instruction.from + 1]);
  }
  const put = (number, where) => {
    for (const at of where) bytes[at] = number;
  };
  let best = cost();
  let first = parameters;
  for (const { count } of locals) {
    const end = Math.min(first + count, LOCALS_MAX);
    for (let a = first; a < end; a++) {
      for (let b = a + 1; b < end; b++) {
        const [atA, atB] = [places.get(a) ?? [], places.get(b) ?? []];
        put(b, atA);
        put(a, atB);
        const now = cost();
        if (now < best) {
          best = now;
          places.set(a, atB).set(b, atA);
        } else {
          put(a, atA);
          put(b, atB);
        }
      }
    }
    first += count;
  }
}

export function pack(wasm) {
  const inOrder = writeFunctions(wasm, ordered(readFunctions(wasm)));
  // Read again: calls now have their final numbers.
  const functions = readFunctions(inOrder);
  renumber(functions);
  return writeFunctions(inOrder, functions);
}
