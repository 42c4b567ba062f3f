import type { Block } from "./blocks.ts";
import type { FunctionContext } from "./context.ts";
import { Facts } from "./facts.ts";
import type { Graph } from "./graph.ts";
import type { Loops } from "./loops.ts";
import { pushCondition } from "./jump.ts";
import { Op } from "./wasm.ts";

// Structured control flow of a reducible graph, by its dominator tree: a block's code is followed by that of the blocks it
// dominates. One that several edges lead to comes behind a wasm `block` that ends there; the target of a back edge stands at
// the head of a wasm `loop`; any other is written where its one edge is. No recursion: programs nest deeper than a host's stack.

/** Writes what a block holds besides its jump. */
export type WriteBlock = (block: Block) => void;

type Task =
  /** The tree below a block, which control enters knowing `facts`. */
  | { readonly kind: "tree"; readonly block: number; readonly facts: Facts }
  | { readonly kind: "end" };

export function writeStructured(f: FunctionContext, graph: Graph, loops: Loops, writeBlock: WriteBlock): void {
  new StructureWriter(f, graph, loops, writeBlock).write();
}

class StructureWriter {
  #f: FunctionContext;
  #graph: Graph;
  #loops: Loops;
  #writeBlock: WriteBlock;
  #tasks: Task[] = [];
  /** Wasm blocks that are open. */
  #depth = 0;
  /** By block: the depth that the wasm block has which ends in front of it, and the wasm loop which it heads. */
  #blockDepth: Int32Array;
  #loopDepth: Int32Array;

  constructor(f: FunctionContext, graph: Graph, loops: Loops, writeBlock: WriteBlock) {
    this.#f = f;
    this.#graph = graph;
    this.#loops = loops;
    this.#writeBlock = writeBlock;
    this.#blockDepth = new Int32Array(graph.blocks.length);
    this.#loopDepth = new Int32Array(graph.blocks.length);
  }

  write(): void {
    this.#tasks.push({ kind: "tree", block: 0, facts: new Facts() });
    for (let task = this.#tasks.pop(); task !== undefined; task = this.#tasks.pop()) {
      if (task.kind === "tree") this.#tree(task.block, task.facts);
      else this.#close();
    }
  }

  #close(): void {
    this.#f.out.end();
    --this.#depth;
  }

  #isMerge(block: number): boolean {
    return this.#graph.forward[block] > 1;
  }

  #tree(block: number, facts: Facts): void {
    const { out } = this.#f;
    if (this.#graph.isHeader[block]) {
      out.loop();
      this.#loopDepth[block] = ++this.#depth;
      this.#tasks.push({ kind: "end" });
      facts = facts.clone();
      facts.forget(this.#loops.changed[block]);
    }
    // The last one in order is outermost, so that each block lies behind all that branch forward to it.
    const merges = this.#graph.children[block].filter((child) => this.#isMerge(child));
    for (let index = merges.length - 1; index >= 0; --index) {
      out.block();
      this.#blockDepth[merges[index]] = ++this.#depth;
      this.#tasks.push({ kind: "tree", block: merges[index], facts: new Facts() }, { kind: "end" });
    }
    this.#f.facts = facts.clone();
    this.#f.inLoop = this.#loops.inside[block] === 1;
    this.#writeBlock(this.#graph.blocks[block]);
    this.#leave(block);
  }

  /** Writes the jump at a block's end. */
  #leave(block: number): void {
    const { end } = this.#graph.blocks[block];
    const { facts } = this.#f;
    if (end.kind === "jump") return this.#branch(block, end.to, facts);
    if (end.kind !== "branch") return;
    if (end.taken === end.fall) return this.#branch(block, end.fall, facts);
    if (!this.#isInline(block, end.taken)) {
      this.#branchIf(block, end.insn, true, end.taken);
      return this.#branch(block, end.fall, facts);
    }
    if (!this.#isInline(block, end.fall)) {
      this.#branchIf(block, end.insn, false, end.fall);
      return this.#branch(block, end.taken, facts);
    }
    // Both are written here: the smaller one inside, which bounds how deep they nest. Neither ends without a jump.
    const { weight } = this.#graph;
    const takenInside = weight[end.taken] < weight[end.fall];
    const [inside, behind] = takenInside ? [end.taken, end.fall] : [end.fall, end.taken];
    pushCondition(this.#f, this.#f.program.insns[end.insn], takenInside);
    this.#f.out.if();
    ++this.#depth;
    this.#tasks.push({ kind: "tree", block: behind, facts }, { kind: "end" }, { kind: "tree", block: inside, facts });
  }

  /** Whether the target is written in the place of the edge, as no other leads to it. */
  #isInline(from: number, to: number): boolean {
    return !this.#isBack(from, to) && !this.#isMerge(to);
  }

  #isBack(from: number, to: number): boolean {
    return this.#graph.place[to] <= this.#graph.place[from];
  }

  #branch(from: number, to: number, facts: Facts): void {
    if (this.#isInline(from, to)) {
      this.#tasks.push({ kind: "tree", block: to, facts });
      return;
    }
    if (this.#isBack(from, to)) {
      this.#f.burn(this.#lastSlot(from));
      this.#f.out.br(this.#depth - this.#loopDepth[to]);
      return;
    }
    this.#f.out.br(this.#depth - this.#blockDepth[to]);
  }

  #branchIf(from: number, insn: number, taken: boolean, to: number): void {
    const { out } = this.#f;
    pushCondition(this.#f, this.#f.program.insns[insn], taken);
    if (!this.#isBack(from, to)) return out.brIf(this.#depth - this.#blockDepth[to]);
    out.if();
    this.#f.burn(insn);
    out.br(this.#depth + 1 - this.#loopDepth[to]);
    out.op(Op.end);
  }

  /** The slot that a back edge belongs to. */
  #lastSlot(block: number): number {
    const { start, stop, end } = this.#graph.blocks[block];
    return end.kind === "branch" ? end.insn : Math.max(start, stop - 1);
  }
}
