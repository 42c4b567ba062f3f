// One uvu suite per table.
import { suite } from "uvu";
import type { Target } from "../../kernel/target.ts";
import { ProgMachine, type Table } from "./prog_machine.ts";

/** Registers and runs the rows of every table; `after` looks at the target behind each. */
export function runRows(tables: readonly Table[], title: string, open: () => Target, after: () => void = () => {}): void {
  for (const { name, rows } of tables) {
    const test = suite(`${name}, ${title}`);
    let machine: ProgMachine;
    test.before(() => void (machine = new ProgMachine(open())));
    test.after(() => machine.target.dispose());
    for (const { name: rowName, run } of rows) {
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
