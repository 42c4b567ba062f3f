import { successors } from "./blocks.ts";
import type { Block } from "./blocks.ts";

// What structured control flow is made from: the blocks in reverse postorder, who dominates whom, which edges go back, and
// where edges meet.

export interface Graph {
  readonly blocks: readonly Block[];
  /** Blocks in reverse postorder. */
  readonly order: readonly number[];
  /** By block: its place in `order`. */
  readonly place: Int32Array;
  /** By block: those it dominates immediately, in the order of `order`. */
  readonly children: readonly (readonly number[])[];
  /** By block: how many blocks it dominates, itself included. */
  readonly weight: Int32Array;
  /** By block: edges from earlier blocks. */
  readonly forward: Int32Array;
  /** By block: 1 for the target of an edge from a later block. */
  readonly isHeader: Uint8Array;
  /** Whether each back edge's target dominates its source: then loops and blocks can say everything. */
  readonly reducible: boolean;
  /** By block: its predecessors. */
  readonly predecessors: readonly (readonly number[])[];
}

export function analyze(blocks: readonly Block[]): Graph {
  const next = blocks.map(successors);
  const order = reversePostorder(next);
  const place = new Int32Array(blocks.length).fill(-1);
  order.forEach((block, index) => (place[block] = index));

  const predecessors: number[][] = blocks.map(() => []);
  for (const block of order) for (const to of next[block]) predecessors[to].push(block);

  const dominator = dominators(order, place, predecessors);
  const children: number[][] = blocks.map(() => []);
  const weight = new Int32Array(blocks.length).fill(1);
  for (const block of order.slice(1)) children[dominator[block]].push(block);
  for (let index = order.length - 1; index > 0; --index) weight[dominator[order[index]]] += weight[order[index]];

  // Numbers of a walk down the tree: a block dominates those from its own number on, as many as its weight.
  const number = new Int32Array(blocks.length);
  for (const block of order) {
    let free = number[block] + 1;
    for (const child of children[block]) {
      number[child] = free;
      free += weight[child];
    }
  }

  const forward = new Int32Array(blocks.length);
  const isHeader = new Uint8Array(blocks.length);
  let reducible = true;
  for (const block of order) {
    for (const to of next[block]) {
      if (place[to] > place[block]) {
        ++forward[to];
        continue;
      }
      isHeader[to] = 1;
      const below = number[block] - number[to];
      if (below < 0 || below >= weight[to]) reducible = false;
    }
  }
  return { blocks, order, place, children, weight, forward, isHeader, reducible, predecessors };
}

function reversePostorder(next: readonly (readonly number[])[]): number[] {
  const order: number[] = [];
  const seen = new Uint8Array(next.length);
  const path: number[] = [0];
  const edge: number[] = [0];
  seen[0] = 1;
  while (path.length > 0) {
    const top = path.length - 1;
    const block = path[top];
    // The last successor is visited first, so that the fall-through comes first in the reversed order.
    const taken = next[block].length - 1 - edge[top]++;
    if (taken < 0) {
      order.push(block);
      path.pop();
      edge.pop();
    } else if (!seen[next[block][taken]]) {
      seen[next[block][taken]] = 1;
      path.push(next[block][taken]);
      edge.push(0);
    }
  }
  return order.reverse();
}

/** By block: its immediate dominator, by iteration to a fixed point in reverse postorder (Cooper, Harvey and Kennedy). */
function dominators(order: readonly number[], place: Int32Array, predecessors: readonly (readonly number[])[]): Int32Array {
  const dominator = new Int32Array(place.length).fill(-1);
  dominator[order[0]] = order[0];
  const meet = (a: number, b: number): number => {
    while (a !== b) {
      while (place[a] > place[b]) a = dominator[a];
      while (place[b] > place[a]) b = dominator[b];
    }
    return a;
  };
  for (let changed = true; changed; ) {
    changed = false;
    for (let index = 1; index < order.length; ++index) {
      const block = order[index];
      let common = -1;
      for (const from of predecessors[block]) {
        if (dominator[from] !== -1) common = common === -1 ? from : meet(from, common);
      }
      if (dominator[block] !== common) {
        dominator[block] = common;
        changed = true;
      }
    }
  }
  return dominator;
}
