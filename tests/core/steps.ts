// Rows that are the steps of one script: each row makes the map anew, goes through the steps before its own, and then
// compares its own answer. So every step has a name, and none hides behind an earlier failure.
import { Errno, type MapType } from "../kernel/abi.ts";
import { baseMap, baseOf, typeName, viewSize } from "./bases.ts";
import { bytes, CLOSED_FD, type Field, type Fields, type Machine, u32 } from "./machine.ts";
import { is, type Row, story } from "./table.ts";

export type Op = "lookup" | "update" | "delete" | "next" | "pop" | "freeze";

/** A value beyond plain bytes: fds that are no map, and maps for outer maps. */
export type ValueKind = "closed" | "plain" | "inner" | "unlike" | "bad";

export interface Step {
  op: Op;
  /** A u32, whole bytes, or null for no key. */
  key: number | Uint8Array | null | "bad";
  expected: number;
  flags?: number;
  /** A kind, or a u32; otherwise every byte of the value is 1. */
  value?: ValueKind | number;
}

export interface Script {
  type: MapType;
  /** What the rows' names add to the type. */
  what?: string;
  changes?: Fields;
  steps: readonly Step[];
}

function keyBytes(key: Step["key"], size: number): Field {
  if (key === "bad") return { bad: "unmapped" };
  if (typeof key !== "number") return key;
  const whole = bytes(Math.max(size, 4));
  whole.set(u32(key));
  return whole.slice(0, size);
}

function valueField(machine: Machine, { value }: Step, size: number): Field {
  if (value === "bad") return { bad: "unmapped" };
  if (value === undefined) return bytes(size, 1);
  const word = {
    closed: () => CLOSED_FD,
    plain: () => machine.target.plainFd,
    inner: () => machine.array(),
    unlike: () => machine.array({ value_size: 4 }),
  };
  const whole = bytes(Math.max(size, 4));
  whole.set(u32(typeof value === "number" ? value : word[value]()));
  return whole.slice(0, size);
}

function run(machine: Machine, map: number, script: Script, step: Step): number {
  const shape = { ...baseOf(script.type), ...(script.changes as object | undefined) };
  const key = keyBytes(step.key, shape.key_size);
  const value = valueField(machine, step, viewSize(shape, machine.cpus));
  switch (step.op) {
    case "lookup":
      return machine.lookup(map, key, value, step.flags);
    case "update":
      return machine.update(map, key, value, step.flags);
    case "delete":
      return machine.delete(map, key);
    case "next":
      return machine.next(map, key, bytes(Math.max(shape.key_size, 4)));
    case "pop":
      return machine.pop(map, key, value, step.flags);
    case "freeze":
      return machine.freeze(map);
  }
}

function stepName({ op, key, expected, flags, value }: Step): string {
  const keyName = key === null ? "NULL" : key instanceof Uint8Array ? `[${key.join(" ")}]` : String(key);
  const parts = [op, keyName];
  if (value !== undefined) parts.push(`value ${value}`);
  if (flags !== undefined) parts.push(`flags 0x${flags.toString(16)}`);
  return `${parts.join(" ")}: ${expected < 0 ? Errno[-expected] : "0"}`;
}

/** One row per step. */
export function stepRows(script: Script): Row[] {
  const title = typeName(script.type) + (script.what ? `, ${script.what}` : "");
  return script.steps.map((step, index) =>
    story(`${title} ${index + 1}: ${stepName(step)}`, (m) => {
      const map = baseMap(m, script.type, script.changes);
      for (const before of script.steps.slice(0, index)) run(m, map, script, before);
      is(run(m, map, script, step), step.expected);
    }),
  );
}

type More = Pick<Step, "flags" | "value">;
const step = (op: Op) => (key: Step["key"], expected = 0, more: More = {}): Step => ({ op, key, expected, ...more });

export const lookup = step("lookup");
export const update = step("update");
export const remove = step("delete");
export const next = step("next");
export const pop = step("pop");
export const freeze: Step = { op: "freeze", key: null, expected: 0 };
