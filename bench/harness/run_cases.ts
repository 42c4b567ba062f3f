// Runs cases: rounds in which every side has its turn, so that whatever disturbs the machine disturbs all of them.
import type { Bench, Case, Prepared, Subject } from "./case.ts";

/** What a side measured, one number per round. */
export interface SideResult {
  name: string;
  ours: boolean;
  rounds: number[];
}

/** What a case measured. */
export interface CaseResult {
  subject: string;
  case: Case;
  sides: SideResult[];
  skipped: { name: string; reason: string }[];
  notes: string[];
}

/** Reports progress: before a case, and before each of its rounds (0 warms up). */
export type Progress = (name: string, round: number) => void;

/** The cases whose subject or name contains `only`, of all subjects. */
export function select(
  subjects: Subject[],
  only: string,
  accept: (one: Case) => boolean,
): { subject: string; case: Case }[] {
  return subjects.flatMap((subject) =>
    subject.cases
      .filter((one) => accept(one) && `${subject.name}: ${one.name}`.toLowerCase().includes(only.toLowerCase()))
      .map((one) => ({ subject: subject.name, case: one })),
  );
}

/** Runs one case. A case that has nothing to run is a result without sides. */
export async function runCase(subject: string, one: Case, bench: Bench, progress: Progress = () => {}): Promise<CaseResult> {
  const prepared = await one.prepare(bench);
  if (typeof prepared === "string") {
    return { subject, case: one, sides: [], skipped: [{ name: one.name, reason: prepared }], notes: [] };
  }
  try {
    const sides = await runRounds(one, prepared, bench, progress);
    return { subject, case: one, sides, skipped: prepared.skipped ?? [], notes: prepared.notes ?? [] };
  } finally {
    await prepared.dispose?.();
  }
}

async function runRounds(one: Case, prepared: Prepared, bench: Bench, progress: Progress): Promise<SideResult[]> {
  const sides = prepared.sides.map(({ name, ours }): SideResult => ({ name, ours, rounds: [] }));
  const rounds = one.once ? 1 : bench.scale.rounds;
  for (let round = one.once ? 1 : 0; round <= rounds; round++) {
    progress(`${one.name}`, round);
    for (const [index, side] of prepared.sides.entries()) {
      await bench.breathe?.();
      bench.gc();
      const value = await side.measure();
      if (!Number.isFinite(value)) throw new Error(`${one.name}, ${side.name}: measured ${value}`);
      if (round > 0) sides[index].rounds.push(value);
    }
  }
  return sides;
}
