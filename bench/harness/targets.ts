// The table of targets: what the engine has set itself, and whether it gets there.
import type { CaseResult, SideResult } from "./run_cases.ts";
import { align, digits, ratio } from "./table.ts";
import { median } from "./timing.ts";

/** One row of the table. */
export interface TargetRow {
  nr: string;
  text: string;
  ours: string;
  peer: string;
  /** The ratio, or our number where there is no peer; NaN when the row could not be measured. */
  value: number;
  /** The medians that the ratio is made of, in the case's unit; NaN when there is none. */
  ourMedian: number;
  peerMedian: number;
  /** Smallest and largest of one round. */
  min: number;
  max: number;
  unit: string;
  /** What the value must not be above; undefined for a figure without a target. */
  target: number | undefined;
  /** Undefined when the row has no number or no target. */
  met: boolean | undefined;
  /** Why there is no number. */
  reason: string;
  /** What keeps the row from its target. */
  limit: string;
}

function row(result: CaseResult, nr: string): TargetRow {
  const { sides, skipped, case: one } = result;
  const target = one.targets!.find((candidate) => candidate.nr === nr)!;
  const none = { value: NaN, ourMedian: NaN, peerMedian: NaN, min: NaN, max: NaN, unit: "", met: undefined, reason: "" };
  const base: TargetRow = {
    ...none,
    nr,
    text: target.text,
    ours: target.ours,
    peer: target.peers.join(", "),
    target: target.max,
    limit: target.limit ?? "",
  };
  const judged = (value: number): boolean | undefined => (target.max === undefined ? undefined : value <= target.max);
  const ours = sides.find((side) => side.name === target.ours);
  const reasons = (names: string[]): string => {
    const about = skipped.filter(({ name }) => names.includes(name) || name === one.name);
    return about.map(({ reason }) => reason).join("; ");
  };
  if (ours === undefined) return { ...base, reason: reasons([target.ours]) || "not measured" };
  const ourMedian = median(ours.rounds);
  if (target.peers.length === 0) {
    const [min, max] = [Math.min(...ours.rounds), Math.max(...ours.rounds)];
    return { ...base, ourMedian, value: ourMedian, min, max, unit: one.unit, met: judged(ourMedian) };
  }
  const peers = target.peers.map((name) => sides.find((side) => side.name === name)).filter((peer) => peer !== undefined);
  if (peers.length === 0) return { ...base, ourMedian, reason: reasons(target.peers) || "no peer ran" };
  const fastest = peers.reduce((a: SideResult, b: SideResult) => (median(a.rounds) <= median(b.rounds) ? a : b));
  const { median: value, min, max } = ratio(ours, fastest);
  const peerMedian = median(fastest.rounds);
  return { ...base, peer: fastest.name, ourMedian, peerMedian, value, min, max, met: judged(value) };
}

/** Where a row stands: by number, then by letter. */
export const rowOrder = (nr: string): number => Number.parseFloat(nr) + (nr.charCodeAt(nr.length - 1) - 96) / 100;

/** The rows of all results, in the order of their numbers. */
export function targetRows(results: CaseResult[]): TargetRow[] {
  return results
    .flatMap((result) => (result.case.targets ?? []).map(({ nr }) => row(result, nr)))
    .sort((a, b) => rowOrder(a.nr) - rowOrder(b.nr));
}

/** A row's ratio or number, with its unit. */
export const rowValue = (one: TargetRow): string => (Number.isNaN(one.value) ? "-" : `${digits(one.value)}${suffix(one)}`);
/** What the value is held against. */
export const rowTarget = (one: TargetRow): string => (one.target === undefined ? "" : `≤ ${one.target}${suffix(one)}`);
/** What came of it. */
export function rowVerdict({ met, target, value }: TargetRow): string {
  if (Number.isNaN(value)) return "not measured";
  return target === undefined ? "" : met ? "met" : "not met";
}

const suffix = ({ unit }: TargetRow): string => (unit === "" || unit === "×" ? "" : ` ${unit}`);
const spread = (one: TargetRow): string => (Number.isNaN(one.value) ? "" : `${digits(one.min)}–${digits(one.max)}`);

/** The table as text. `judge`: whether the numbers may be held against the targets, as those of tiny sizes may not. */
export function targetTable(rows: TargetRow[], judge = true): string {
  const head = ["#   case", "ours", "peer", "ratio", "rounds", "target", ""];
  const lines = rows.map((one) => [
    `${one.nr.padEnd(4)}${one.text}`,
    one.ours,
    one.peer,
    rowValue(one),
    spread(one),
    rowTarget(one),
    judge ? rowVerdict(one) : "",
  ]);
  const reasons = rows.filter(({ reason }) => reason !== "").map(({ nr, reason }) => `  ${nr}: ${reason}`);
  return [align([head, ...lines]), ...reasons].join("\n");
}
