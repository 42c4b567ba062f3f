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
  /** Smallest and largest of one round. */
  min: number;
  max: number;
  unit: string;
  target: number;
  met: boolean | undefined;
  /** Why there is no number. */
  reason: string;
}

function row(result: CaseResult, nr: string): TargetRow {
  const { sides, skipped, case: one } = result;
  const target = one.targets!.find((candidate) => candidate.nr === nr)!;
  const base = { nr, text: target.text, ours: target.ours, target: target.max };
  const none = (reason: string): TargetRow => ({
    ...base,
    peer: target.peers.join(", "),
    value: NaN,
    min: NaN,
    max: NaN,
    unit: "",
    met: undefined,
    reason,
  });
  const ours = sides.find((side) => side.name === target.ours);
  const reasons = (names: string[]): string => {
    const about = skipped.filter(({ name }) => names.includes(name) || name === one.name);
    return about.map(({ reason }) => reason).join("; ");
  };
  if (ours === undefined) return none(reasons([target.ours]) || "not measured");
  if (target.peers.length === 0) {
    const value = median(ours.rounds);
    const [min, max] = [Math.min(...ours.rounds), Math.max(...ours.rounds)];
    return { ...base, peer: "", value, min, max, unit: one.unit, met: value <= target.max, reason: "" };
  }
  const peers = target.peers.map((name) => sides.find((side) => side.name === name)).filter((peer) => peer !== undefined);
  if (peers.length === 0) return none(reasons(target.peers) || "no peer ran");
  const fastest = peers.reduce((a: SideResult, b: SideResult) => (median(a.rounds) <= median(b.rounds) ? a : b));
  const { median: value, min, max } = ratio(ours, fastest);
  return { ...base, peer: fastest.name, value, min, max, unit: "", met: value <= target.max, reason: "" };
}

/** The rows of all results, in the order of their numbers. */
export function targetRows(results: CaseResult[]): TargetRow[] {
  const order = (nr: string): number => Number.parseFloat(nr) + (nr.charCodeAt(nr.length - 1) - 96) / 100;
  return results
    .flatMap((result) => (result.case.targets ?? []).map(({ nr }) => row(result, nr)))
    .sort((a, b) => order(a.nr) - order(b.nr));
}

const number = (one: TargetRow): string => (Number.isNaN(one.value) ? "-" : `${digits(one.value)}${suffix(one)}`);
const suffix = ({ unit }: TargetRow): string => (unit === "" || unit === "×" ? "" : ` ${unit}`);
const spread = (one: TargetRow): string => (Number.isNaN(one.value) ? "" : `${digits(one.min)}–${digits(one.max)}`);
const verdict = ({ met }: TargetRow): string => (met === undefined ? "not measured" : met ? "met" : "not met");

/** The table as text. `judge`: whether the numbers may be held against the targets, as those of tiny sizes may not. */
export function targetTable(rows: TargetRow[], judge = true): string {
  const head = ["#   case", "ours", "peer", "ratio", "rounds", "target", ""];
  const lines = rows.map((one) => [
    `${one.nr.padEnd(4)}${one.text}`,
    one.ours,
    one.peer,
    number(one),
    spread(one),
    `≤ ${one.target}${suffix(one)}`,
    judge ? verdict(one) : "",
  ]);
  const reasons = rows.filter(({ reason }) => reason !== "").map(({ nr, reason }) => `  ${nr}: ${reason}`);
  return [align([head, ...lines]), ...reasons].join("\n");
}

/** A type's name as code: its angle brackets would be taken for a tag. */
const code = (peer: string): string => (peer.includes("<") ? `\`${peer}\`` : peer);

/** The table for the README. */
export function targetMarkdown(rows: TargetRow[], origin: string, judge = true): string {
  const lines = rows.map(
    (one) => `| ${one.nr} | ${one.text} | ${code(one.peer)} | ${number(one)} | ≤ ${one.target}${suffix(one)} | ${judge ? verdict(one) : ""} |`,
  );
  return ["| # | case | against | ratio | target | |", "|---|---|---|---|---|---|", ...lines, "", origin].join("\n");
}
