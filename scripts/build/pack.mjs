// Makes the release core smaller for whoever sends it compressed, without changing what it does: functions that are like
// one another come to stand side by side, and their locals get the numbers that repeat what was there before. Both are
// free in a module, and a compressor lives on repetition.
import { brotliCompressSync } from "node:zlib";
import { readFunctions, writeFunctions } from "./wasm_code.mjs";

/**
 * Lengths of the runs of bytes that functions are compared by. Each makes another order, and which compresses best is
 * chance: all are tried.
 */
const ORDER_RUNS = [3, 4, 5];
/** How much more two functions of one type have in common, and how much less those count that stand further away. */
const SAME_TYPE = 3;
const FADING = 0.7;
const LOCAL_RUNS = [4, 5, 7];
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

/**
 * From the smallest function on, always the one that has most in common with the last few, rare runs counting for more.
 * Functions of one type stand together when there is little between them, which makes the list of types shorter.
 */
function ordered(functions, runSize) {
  const runs = new Map(functions.map((it) => [it, new Set()]));
  const holders = new Map();
  for (const it of functions) runsOf(it, runSize, (run) => runs.get(it).add(run));
  for (const set of runs.values()) for (const run of set) holders.set(run, (holders.get(run) ?? 0) + 1);
  const likeness = (a, b) => {
    let sum = 0;
    for (const run of runs.get(a)) if (runs.get(b).has(run)) sum += 1 / holders.get(run);
    return (sum * (a.type === b.type ? SAME_TYPE : 1)) / b.bytes.length;
  };
  const left = new Set(functions);
  let last = functions.reduce((a, b) => (b.bytes.length < a.bytes.length ? b : a));
  const order = [];
  // What each function that is left has in common with those before, the nearest counting most.
  const likeThose = new Map(functions.map((it) => [it, 0]));
  while (left.delete(last)) {
    order.push(last);
    const before = last;
    for (const it of left) likeThose.set(it, likeThose.get(it) * FADING + likeness(before, it));
    let best = -1;
    for (const it of left) if (likeThose.get(it) > best) [best, last] = [likeThose.get(it), it];
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

function packed(wasm, runSize) {
  const inOrder = writeFunctions(wasm, ordered(readFunctions(wasm), runSize));
  // Read again: calls now have their final numbers.
  const functions = readFunctions(inOrder);
  renumber(functions);
  return writeFunctions(inOrder, functions);
}

export function pack(wasm) {
  const size = (it) => brotliCompressSync(it).length;
  return ORDER_RUNS.map((runSize) => packed(wasm, runSize)).reduce((a, b) => (size(b) < size(a) ? b : a));
}
