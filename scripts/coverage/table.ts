// The table of the core's functions: per file how many were entered, and by name those that were not.
import type { CoreFunction } from "./core.ts";

const row = (file: string, entered: string, percent: string, missed: string): string =>
  `${file.padEnd(26)} | ${entered.padStart(9)} | ${percent.padStart(7)} | ${missed}`;

/** Prints the table; returns how many functions of the module were never entered. */
export function printCoreTable(functions: CoreFunction[], entered: Set<string>): number {
  const isEntered = ({ file, name }: CoreFunction): boolean =>
    entered.has(`assembly/${file.replace(/\.ts$/, "")}/${name}`);
  const line = (label: string, some: CoreFunction[]): string => {
    const compiled = some.filter(({ isCompiled }) => isCompiled);
    const count = compiled.filter(isEntered).length;
    const missed = compiled.filter((one) => !isEntered(one)).map(({ name }) => name);
    const unused = some.filter(({ isCompiled }) => !isCompiled).map(({ name }) => `${name} (not in the module)`);
    const percent = compiled.length === 0 ? "-" : `${((100 * count) / compiled.length).toFixed(1)} %`;
    return row(label, `${count}/${compiled.length}`, percent, label === "all" ? "" : [...missed, ...unused].join(", "));
  };
  console.log(row("file", "functions", "entered", "never entered"));
  for (const file of new Set(functions.map((one) => one.file))) {
    console.log(line(file, functions.filter((one) => one.file === file)));
  }
  console.log(line("all", functions));
  return functions.filter((one) => one.isCompiled && !isEntered(one)).length;
}
