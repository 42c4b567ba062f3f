// Results as text: one block for each case, sides of ours as rows, peers as columns of ratios.
import { median } from "./timing.ts";
import type { CaseResult, SideResult } from "./run_cases.ts";

/** A number with three digits that matter. */
export function digits(value: number): string {
  if (value === 0) return "0";
  const magnitude = Math.floor(Math.log10(Math.abs(value)));
  return value.toFixed(Math.max(0, Math.min(4, 2 - magnitude)));
}

/** Ours divided by theirs: of the medians, and the smallest and largest of one round. */
export function ratio(ours: SideResult, peer: SideResult): { median: number; min: number; max: number } {
  const each = ours.rounds.map((value, round) => value / peer.rounds[round]);
  return { median: median(ours.rounds) / median(peer.rounds), min: Math.min(...each), max: Math.max(...each) };
}

/** Columns of equal width; the first is text, the others are numbers. */
export function align(rows: string[][]): string {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  return rows
    .map((row) => row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join("  ").trimEnd())
    .join("\n");
}

/** One case as a block of text. */
export function caseTable(result: CaseResult): string {
  const { subject, case: one, sides, skipped, notes } = result;
  const lines = [`${subject}: ${one.name}`];
  const ours = sides.filter((side) => side.ours);
  const peers = sides.filter((side) => !side.ours);
  if (sides.length > 0) {
    const head = ["", one.unit, ...peers.map(({ name }) => `/ ${name}`)];
    const rows = ours.map((side) => [
      `  ${side.name}`,
      digits(median(side.rounds)),
      ...peers.map((peer) => digits(ratio(side, peer).median)),
    ]);
    const peerRow = ["  (the peer)", "", ...peers.map((peer) => digits(median(peer.rounds)))];
    lines.push(align(peers.length > 0 ? [head, ...rows, peerRow] : [head, ...rows]));
  }
  for (const { name, reason } of skipped) lines.push(`  skipped ${name}: ${reason}`);
  for (const note of notes) lines.push(`  ${note}`);
  return lines.join("\n");
}

/** Results as plain data. */
export function plain(results: CaseResult[]) {
  return results.map(({ subject, case: one, sides, skipped, notes }) => ({
    subject,
    name: one.name,
    unit: one.unit,
    sides: sides.map((side) => ({ ...side, median: median(side.rounds) })),
    ratios: sides
      .filter((side) => side.ours)
      .flatMap((side) =>
        sides.filter((peer) => !peer.ours).map((peer) => ({ ours: side.name, peer: peer.name, ...ratio(side, peer) })),
      ),
    skipped,
    notes,
  }));
}
