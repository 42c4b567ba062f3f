import { TARGET } from "./context.ts";
import type { FunctionContext } from "./context.ts";
import { Facts } from "./facts.ts";
import type { Graph } from "./graph.ts";
import { pushCondition } from "./jump.ts";
import type { WriteBlock } from "./structure.ts";
import { Op } from "./wasm.ts";

// Control flow of an irreducible graph, where a loop has more than one entry: all blocks stand in one wasm loop, one behind
// the other, and a jump sets the number of the next block and goes to the loop's br_table.

/** Targets that hosts allow in a br_table. */
const TABLE_MAX = 65_000;

export function writeDispatch(f: FunctionContext, { blocks, order, place }: Graph, writeBlock: WriteBlock): void {
  const { out } = f;
  const count = order.length;
  if (count > TABLE_MAX) throw new RangeError(`Cannot compile program: ${count} blocks with jumps into loops, at most ${TABLE_MAX} are possible`);
  f.inLoop = true;
  out.loop();
  for (let index = 0; index < count; ++index) out.block();
  out.get(TARGET);
  out.op(Op.br_table);
  out.unsigned(count - 1);
  for (let index = 0; index < count; ++index) out.unsigned(index);

  order.forEach((number, index) => {
    const { start, stop, end } = blocks[number];
    out.end();
    f.facts = new Facts();
    writeBlock(blocks[number]);
    // Wasm blocks that are still open lie between here and the loop.
    const toLoop = count - 1 - index;
    const go = (to: number, extraDepth: number): void => {
      if (place[to] <= index) f.burn(end.kind === "branch" ? end.insn : Math.max(start, stop - 1));
      out.i32(place[to]);
      out.set(TARGET);
      out.br(toLoop + extraDepth);
    };
    const goOrFall = (to: number): void => {
      if (place[to] !== index + 1) go(to, 0);
    };
    if (end.kind === "jump") goOrFall(end.to);
    if (end.kind !== "branch") return;
    if (end.taken !== end.fall) {
      pushCondition(f, f.program.insns[end.insn], true);
      out.if();
      go(end.taken, 1);
      out.end();
    }
    goOrFall(end.fall);
  });
  out.end();
}
