// Runs cases: rounds in which every side has its turn, so that whatever disturbs the machine disturbs all of them.
import type { Bench, Case, Prepared, Subject } from "./case.ts";

/** What a side measured, one number per round. */
export interface SideResult {
  name: string;
  ours: boolean;
  rounds: number[];
}

/** What is known of a case before its first round. */
export interface Opened {
  sides: { name: string; ours: boolean }[];
  skipped: { name: string; reason: string }[];
  notes: string[];
}

/** What a case measured. */
export interface CaseResult extends Opened {
  subject: string;
  case: Case;
  sides: SideResult[];
}

/** A case that is ready to be measured, in this process or in another one. */
export interface OpenCase extends Opened {
  /** One round: every side has its turn. The numbers are in the order of `sides`. */
  round(): Promise<number[]>;
  close(): Promise<void>;
}

/** Reports progress: before each round of a case (0 warms up). */
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

/** Prepares a case in this process. `measured` chooses its sides; a case that has nothing to run has none. */
export async function openCase(one: Case, bench: Bench, measured = (_side: string): boolean => true): Promise<OpenCase> {
  const prepared = await one.prepare(bench);
  if (typeof prepared === "string") {
    return { sides: [], skipped: [{ name: one.name, reason: prepared }], notes: [], round: async () => [], close: async () => {} };
  }
  const sides = prepared.sides.filter(({ name }) => measured(name));
  return {
    sides: sides.map(({ name, ours }) => ({ name, ours })),
    skipped: prepared.skipped ?? [],
    notes: prepared.notes ?? [],
    round: () => measureSides(one, sides, bench),
    close: async () => prepared.dispose?.(),
  };
}

async function measureSides(one: Case, sides: Prepared["sides"], bench: Bench): Promise<number[]> {
  const values: number[] = [];
  for (const side of sides) {
    await bench.breathe?.();
    bench.gc();
    const value = await side.measure();
    if (!Number.isFinite(value)) throw new Error(`${one.name}, ${side.name}: measured ${value}`);
    values.push(value);
  }
  return values;
}

/** Measures an open case, `rounds` times after one round that warms up, and closes it. */
export async function measureCase(
  subject: string,
  one: Case,
  open: OpenCase,
  rounds: number,
  progress: Progress = () => {},
): Promise<CaseResult> {
  const sides = open.sides.map((side): SideResult => ({ ...side, rounds: [] }));
  try {
    const last = one.once ? 1 : rounds;
    for (let round = one.once ? 1 : 0; round <= last && sides.length > 0; round++) {
      progress(one.name, round);
      const values = await open.round();
      if (round > 0) values.forEach((value, index) => sides[index].rounds.push(value));
    }
  } finally {
    await open.close();
  }
  return { subject, case: one, sides, skipped: open.skipped, notes: open.notes };
}

/** Runs one case in this process. */
export async function runCase(subject: string, one: Case, bench: Bench, progress?: Progress): Promise<CaseResult> {
  return measureCase(subject, one, await openCase(one, bench), bench.scale.rounds, progress);
}
