// Tables of answers: rows of (name, command, attr, expected answer), and rows that take several commands. The same rows
// run on the engine in every runtime and on the live kernel where there is one, so a wrong expectation is found too.
import * as assert from "uvu/assert";
import { answerText, type CallOptions, type Fields, type Machine } from "./machine.ts";

export interface Row {
  name: string;
  /** The row is about a machine with this many CPUs. */
  cpus?: number;
  run(machine: Machine): void;
}

export interface Table {
  name: string;
  rows: Row[];
}

/** One command and its answer. `attr` makes the maps that its fields name. */
export function row(
  name: string,
  cmd: number,
  attr: (machine: Machine) => Fields,
  expected: number,
  options?: CallOptions,
): Row {
  return { name, run: (machine) => is(machine.call(cmd, attr(machine), options), expected) };
}

/** Several commands, whose answers `run` compares with `is` and `same`. */
export function story(name: string, run: (machine: Machine) => void): Row {
  return { name, run };
}

/** The answer is the expected one, as an errno's name. */
export function is(answer: number, expected: number, what = ""): void {
  assert.is(answerText(answer), answerText(expected), what || undefined);
}

/** The answer is an fd, or 0. */
export function ok(answer: number, what = ""): void {
  assert.ok(answer >= 0, `${what} answers ${answerText(answer)}`);
}

/** Bytes, or lists of numbers, are equal. */
export function same(actual: Iterable<unknown>, expected: Iterable<unknown>, what = ""): void {
  assert.equal([...actual], [...expected], what || undefined);
}

/** A defect of a call: what it does to the fields, and the answer it has when nothing before it is wrong. */
export interface Defect {
  name: string;
  errno: number;
  apply(fields: Fields, machine: Machine): CallOptions | void;
}

/**
 * Rows for a command whose checks come in the order of `defects`: each alone, and each pair with two errnos, of which the
 * earlier one's must be the answer. `exclude` names the pairs that cannot be wrong in both ways at once.
 */
export function orderRows(
  title: string,
  cmd: number,
  valid: (machine: Machine) => Fields,
  defects: readonly Defect[],
  exclude: readonly string[] = [],
): Row[] {
  const rows = [row(`${title}: nothing wrong`, cmd, valid, 0)];
  const add = (name: string, applied: Defect[], errno: number): void => {
    rows.push(
      story(`${title}: ${name}`, (machine) => {
        const fields = valid(machine);
        const options = applied.map((defect) => defect.apply(fields, machine) ?? {});
        is(machine.call(cmd, fields, Object.assign({}, ...options)), -errno);
      }),
    );
  };
  defects.forEach((first, index) => {
    add(first.name, [first], first.errno);
    for (const second of defects.slice(index + 1)) {
      const name = `${first.name} before ${second.name}`;
      // The later defect is applied first: where both set the same field, the earlier one must win that too.
      if (first.errno !== second.errno && !exclude.includes(name)) add(name, [second, first], first.errno);
    }
  });
  return rows;
}
