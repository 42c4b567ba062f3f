// Other versions of Node, for rows that are measured by two of them.
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { installPackages, packageFile } from "../../tests/runtime/setup.ts";

/** A Node to measure with. */
export interface Node {
  program: string;
  version: string;
}

/** The Node that `word` names: a program's path, or a major version that the runtime matrix has (22, 24, 26). */
export function findNode(word: string): Node {
  const program = /^\d+$/.test(word) ? packageFile(`node${word}/bin/node`) : word;
  if (program !== word && !existsSync(program)) installPackages();
  if (!existsSync(program)) throw new Error(`--node takes a major version of the runtime matrix or a program's path, not "${word}"`);
  return { program, version: execFileSync(program, ["-p", "process.versions.node"], { encoding: "utf8" }).trim() };
}
