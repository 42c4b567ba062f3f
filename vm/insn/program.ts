import type { Insn } from "./insn.ts";

/** A place in a program: the name of a label, or the distance in slots from the next instruction. */
export type Target = string | number;

/** One statement of the assembler: slots, whose jump or call goes to `target`, or a label. */
export type Statement =
  | { readonly insns: readonly Insn[]; readonly target?: Target; readonly field?: "off" | "imm" }
  | { readonly label: string };

/**
 * Puts statements one behind the other and gives their slots, with labels replaced by distances.
 * Throws SyntaxError for a label that is missing or defined twice, RangeError for a jump that its field cannot hold.
 */
export function link(statements: readonly Statement[]): Insn[] {
  const labels = new Map<string, number>();
  let count = 0;
  for (const statement of statements) {
    if (!("label" in statement)) {
      count += statement.insns.length;
      continue;
    }
    if (labels.has(statement.label)) throw new SyntaxError(`label ${statement.label} is defined twice`);
    labels.set(statement.label, count);
  }
  const slots: Insn[] = [];
  for (const statement of statements) {
    if ("label" in statement) continue;
    const [first, ...rest] = statement.insns;
    const insn = { ...first };
    if (statement.target !== undefined) {
      const distance = distanceTo(statement.target, slots.length, labels);
      if (statement.field === "imm") insn.imm = distance;
      else if (distance === (distance << 16) >> 16) insn.off = distance;
      else throw new RangeError(`jump of ${distance} slots does not fit into 16 bits; gotol reaches further`);
    }
    slots.push(insn, ...rest.map((slot) => ({ ...slot })));
  }
  return slots;
}

function distanceTo(target: Target, from: number, labels: ReadonlyMap<string, number>): number {
  if (typeof target === "number") return target;
  const at = labels.get(target);
  if (at === undefined) throw new SyntaxError(`no label ${target}`);
  return at - from - 1;
}
