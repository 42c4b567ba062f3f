// One uvu suite per table.
import { suite } from "uvu";
import { skip } from "../harness/skip.ts";
import { Machine } from "./machine.ts";
import type { Table } from "./table.ts";
import type { Target } from "../kernel/target.ts";

/** The targets of a run: what they are called, how many CPUs they have, how one is made. */
export interface Targets {
  title: string;
  cpus: number;
  open(): Target;
  /** Looks at the target behind every row. */
  after?(): void;
}

/** Registers and runs the rows of every table on one target each. */
export function runTables(tables: readonly Table[], { title, cpus, open, after = () => {} }: Targets): void {
  for (const { name, rows } of tables) {
    const test = suite(`${name}, ${title}`);
    let machine: Machine;
    test.before(() => void (machine = new Machine(open())));
    test.after(() => machine.target.dispose());
    const names = new Set<string>();
    for (const { name: rowName, cpus: wanted = cpus, run } of rows) {
      if (names.has(rowName)) throw new Error(`two rows of "${name}" have the name "${rowName}"`);
      names.add(rowName);
      if (wanted !== cpus) {
        skip(test, rowName, `the machine has ${cpus} CPUs, the row is about ${wanted}`);
        continue;
      }
      test(rowName, () => {
        try {
          run(machine);
        } finally {
          machine.finish();
        }
        after();
      });
    }
    test.run();
  }
}
