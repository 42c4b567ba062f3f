// Two engines on the same case, in turn: what a change of the engine did to a row.
import type { Case } from "./case.ts";
import type { OpenCase } from "./run_cases.ts";
import { align, digits } from "./table.ts";
import { rowOrder } from "./targets.ts";
import { median } from "./timing.ts";

/** One row: what this engine measured beside what the other one did. */
export interface PairedRow {
  nr: string;
  text: string;
  /** The side of ours that the row is about. */
  side: string;
  /** The rounds of each pair of processes; a pair without numbers is missing. */
  pairs: { mine: number[]; theirs: number[] }[];
  /** Why there is no number. */
  reason: string;
}

type Engine = "mine" | "theirs";

/** Opens a case in a new process of one of the two engines. */
export type OpenBoth = (engine: Engine) => Promise<OpenCase>;

/** Measures a case with `pairs` pairs of processes, which take turns round by round. */
export async function measurePairs(one: Case, open: OpenBoth, pairs: number, rounds: number): Promise<PairedRow[]> {
  // Rows about the same side differ in their peers, which are not measured here.
  const targets = (one.targets ?? []).filter(({ ours }, i, all) => all.findIndex((other) => other.ours === ours) === i);
  const rows = targets.map(({ nr, text, ours }): PairedRow => ({ nr, text, side: ours, pairs: [], reason: "" }));
  try {
    for (let pair = 0; pair < pairs; pair++) await measurePair(one, open, rounds, rows);
  } catch (error) {
    for (const row of rows) row.reason = (error as Error).message;
  }
  return rows;
}

async function measurePair(one: Case, open: OpenBoth, rounds: number, rows: PairedRow[]): Promise<void> {
  const mine = await open("mine");
  try {
    const theirs = await open("theirs");
    try {
      const measured = await takeTurns(mine, theirs, one.once ? 0 : rounds);
      for (const row of rows) {
        const [at, otherAt] = [mine, theirs].map(({ sides }) => sides.findIndex(({ name }) => name === row.side));
        if (at === -1 || otherAt === -1) row.reason = whyNot(at === -1 ? mine : theirs);
        else row.pairs.push({ mine: measured.mine.map((values) => values[at]), theirs: measured.theirs.map((values) => values[otherAt]) });
      }
    } finally {
      await theirs.close();
    }
  } finally {
    await mine.close();
  }
}

const whyNot = ({ skipped }: OpenCase): string => skipped.map(({ reason }) => reason).join("; ") || "not measured";

/** Every side's value in every round, after one that warms up; 0 rounds are one without it. */
async function takeTurns(mine: OpenCase, theirs: OpenCase, rounds: number): Promise<Record<Engine, number[][]>> {
  const measured: Record<Engine, number[][]> = { mine: [], theirs: [] };
  for (let round = rounds === 0 ? 1 : 0; round <= Math.max(1, rounds); round++) {
    // Who goes first changes, so that neither always finds the caches as the other left them.
    const turns: [Engine, OpenCase][] = round % 2 === 0 ? [["mine", mine], ["theirs", theirs]] : [["theirs", theirs], ["mine", mine]];
    for (const [engine, open] of turns) {
      const values = await open.round();
      if (round > 0) measured[engine].push(values);
    }
  }
  return measured;
}

/** Ratios of rounds that were measured one after the other. */
const ratios = ({ mine, theirs }: PairedRow["pairs"][number]): number[] => mine.map((value, round) => value / theirs[round]);

/**
 * The rows as text: the median of all rounds' ratios, how far the medians of single pairs are apart, the ratio of the least
 * values (which a busy machine disturbs less than medians), and the median values themselves.
 */
export function pairedTable(rows: PairedRow[]): string {
  const head = ["#   case", "side", "this / other", "pairs", "least", "this", "other"];
  const lines = [...rows].sort((a, b) => rowOrder(a.nr) - rowOrder(b.nr)).map((row) => {
    const name = `${row.nr.padEnd(4)}${row.text}`;
    if (row.pairs.length === 0) return [name, row.side, "-", "", "", "", ""];
    const [mine, theirs] = [row.pairs.flatMap((pair) => pair.mine), row.pairs.flatMap((pair) => pair.theirs)];
    const medians = row.pairs.map((pair) => median(ratios(pair)));
    return [
      name,
      row.side,
      digits(median(row.pairs.flatMap(ratios))),
      `${digits(Math.min(...medians))}–${digits(Math.max(...medians))}`,
      digits(Math.min(...mine) / Math.min(...theirs)),
      digits(median(mine)),
      digits(median(theirs)),
    ];
  });
  const reasons = rows.filter(({ reason }) => reason !== "").map(({ nr, reason }) => `  ${nr}: ${reason}`);
  return [align([head, ...lines]), ...reasons].join("\n");
}
