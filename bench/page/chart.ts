// One case as a bar chart, in plain SVG.
import type { CaseResult } from "../harness/run_cases.ts";
import { digits, ratio } from "../harness/table.ts";
import { median } from "../harness/timing.ts";

const WIDTH = 800;
const ROW = 22;
const LABEL = 210;
const VALUE = 270;

const SVG = "http://www.w3.org/2000/svg";

function element(name: string, attributes: Record<string, string | number>, text = ""): SVGElement {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  made.textContent = text;
  return made;
}

/** One bar for each side: ours first, each with its ratio to the fastest peer. */
export function chart({ case: one, sides }: CaseResult): SVGElement {
  const medians = sides.map((side) => median(side.rounds));
  const longest = Math.max(...medians);
  const peers = sides.filter((side) => !side.ours);
  const fastest = peers.reduce((a, b) => (a === undefined || median(b.rounds) < median(a.rounds) ? b : a), peers[0]);
  const svg = element("svg", { viewBox: `0 0 ${WIDTH} ${sides.length * ROW}`, role: "img" });
  svg.append(element("title", {}, `${one.name}, in ${one.unit}`));
  sides.forEach((side, row) => {
    const y = row * ROW;
    const width = Math.max(1, (medians[row] / longest) * (WIDTH - LABEL - VALUE));
    const times = side.ours && fastest !== undefined ? `, ${digits(ratio(side, fastest).median)} × ${fastest.name}` : "";
    svg.append(
      element("text", { x: LABEL - 8, y: y + 15, "text-anchor": "end" }, side.name),
      element("rect", { x: LABEL, y: y + 3, width, height: ROW - 6, class: side.ours ? "ours" : "peer" }),
      element("text", { x: LABEL + width + 6, y: y + 15 }, `${digits(medians[row])} ${one.unit}${times}`),
    );
  });
  return svg;
}
