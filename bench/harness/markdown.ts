// The table of targets for the papers: docs/speed.md has all rows, the README three.
import { rowTarget, rowValue, rowVerdict, type TargetRow } from "./targets.ts";
import { digits } from "./table.ts";

/** What a run measured, as the papers show it. */
export interface Measured {
  rows: TargetRow[];
  /** The Node that measured `rows`, as "20.20.2". */
  node: string;
  /** The same rows, measured by another Node. */
  other?: { rows: TargetRow[]; node: string };
  /** Where the numbers come from, a sentence. */
  origin: string;
}

/** The side that the rows against a native table are about. */
export const NATIVE = "boost::unordered_flat_map";

/** The rows that the README has: against Map, against the live kernel, and one that is not met. */
const README_ROWS = ["1", "7a", "8"];

const isNative = ({ peer }: TargetRow): boolean => peer === NATIVE;

/** A type's name as code: its angle brackets would be taken for a tag. */
const code = (peer: string): string => (/[<:]/.test(peer) ? `\`${peer}\`` : peer);

const table = (head: string[], lines: string[][]): string =>
  [head, head.map(() => "---"), ...lines].map((cells) => `| ${cells.join(" | ")} |`).join("\n");

const major = (node: string): string => `Node ${node.split(".")[0]}`;

/** A cell of the other Node's column. */
function otherCell({ other }: Measured, nr: string, cell: (row: TargetRow) => string): string[] {
  if (other === undefined) return [];
  const row = other.rows.find((candidate) => candidate.nr === nr);
  return [row === undefined ? "-" : cell(row)];
}

function ratioTable(measured: Measured, wanted: TargetRow[]): string {
  const { node, other } = measured;
  const columns = other === undefined ? ["ratio"] : [`ratio, ${major(node)}`, major(other.node)];
  const lines = wanted.map((row) => [
    row.nr,
    row.text,
    code(row.peer),
    rowValue(row),
    ...otherCell(measured, row.nr, rowValue),
    rowTarget(row),
    rowVerdict(row),
  ]);
  return table(["#", "case", "against", ...columns, "target", ""], lines);
}

/** The rows with a native table: times and ratios, since the time says where the limit of the machine is. */
function nativeTable(measured: Measured): string {
  const times = ({ ourMedian, peerMedian }: TargetRow): string[] => [digits(ourMedian), digits(peerMedian)];
  const lines = measured.rows.filter(isNative).map((row) => [
    row.nr,
    row.text,
    ...(Number.isNaN(row.value) ? ["-", "-"] : times(row)),
    rowValue(row),
    ...otherCell(measured, row.nr, rowValue),
  ]);
  const other = measured.other === undefined ? [] : [`ratio, ${major(measured.other.node)}`];
  return table(["#", "case", "ours, ns", "native, ns", "ratio", ...other], lines);
}

const UNEXPLAINED = "No limit is known: other runs meet the target.";

function limits({ rows }: Measured): string {
  const missed = rows.filter(({ met }) => met === false);
  if (missed.length === 0) return "Every row met its target in this run.";
  return missed.map(({ nr, text, limit }) => `- **${nr}, ${text}.** ${limit || UNEXPLAINED}`).join("\n");
}

/** The sections of the papers, by the name in their marks. */
export function sections(measured: Measured): Record<string, string> {
  const { rows, other } = measured;
  const origin = other === undefined ? measured.origin : `${measured.origin} The other column is Node ${other.node}, on the same day.`;
  return {
    targets: ratioTable(measured, rows.filter((row) => !isNative(row))),
    native: nativeTable(measured),
    limits: limits(measured),
    origin,
    three: ratioTable(measured, README_ROWS.flatMap((nr) => rows.filter((row) => row.nr === nr))),
  };
}

/** Puts the sections between their marks, `<!-- bench: NAME -->` and `<!-- end -->`. */
export function fillIn(text: string, filling: Record<string, string>): string {
  return text.replace(/(<!-- bench: (\w+) -->\n)[\s\S]*?(<!-- end -->)/g, (_, begin: string, name: string, end: string) => {
    if (!(name in filling)) throw new Error(`there is no section "${name}"; known: ${Object.keys(filling).join(", ")}`);
    return `${begin}\n${filling[name]}\n\n${end}`;
  });
}
