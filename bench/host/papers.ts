// Writes measured rows into the papers that show them.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { fillIn, type Measured, sections } from "../harness/markdown.ts";

/** Each has marks where the numbers go. */
export const PAPERS = ["docs/speed.md", "README.md"];

const pathOf = (paper: string): string => fileURLToPath(new URL(`../../${paper}`, import.meta.url));

/** Rewrites the numbers in place. */
export function writePapers(measured: Measured): void {
  const filling = sections(measured);
  for (const paper of PAPERS) writeFileSync(pathOf(paper), fillIn(readFileSync(pathOf(paper), "utf8"), filling));
}
