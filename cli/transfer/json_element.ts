// One element as a JSON object: {"key": KEY, "value": VALUE}, or "values" with one for each CPU. A key or value is a
// number, a string, or its bytes as bpftool lists them: ["0x01","0x00"].
import { parse } from "lossless-json";
import { Fail } from "../fail.ts";
import { quoted } from "./quote.ts";
import type { Field, Row } from "./row.ts";

/** A number of JSON as it is written: 64 bits do not fit into JavaScript's numbers. */
class JsonNumber {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

const BYTE = /^0x[0-9a-fA-F]{1,2}$/;

function isBytes(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string" && BYTE.test(item));
}

function isObject(value: unknown): value is { [name: string]: unknown } {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof JsonNumber);
}

/** The text of a struct's object, with its numbers as they were written. */
function structText(object: { [name: string]: unknown }): string {
  const fields = Object.entries(object).map(([name, value]) => {
    if (value instanceof JsonNumber) return `${JSON.stringify(name)}:${value.text}`;
    if (typeof value === "string") return `${JSON.stringify(name)}:${JSON.stringify(value)}`;
    if (isObject(value)) return `${JSON.stringify(name)}:${structText(value)}`;
    throw new Fail(`its field ${quoted(name)} is ${kindOf(value)}: expected a number, a string or an object`);
  });
  return `{${fields.join(",")}}`;
}

function kindOf(value: unknown): string {
  if (value === null || typeof value === "boolean") return String(value);
  return Array.isArray(value) ? "an array" : "an object";
}

function fieldOf(value: unknown, what: string): Field {
  if (value instanceof JsonNumber) return { text: value.text, isNumber: true };
  if (typeof value === "string") return { text: value };
  if (isBytes(value)) return { text: "", bytes: Uint8Array.from(value, Number) };
  const problem = `its ${what} is ${kindOf(value)}: expected a number, a string or bytes like ["0x01","0x00"]`;
  if (!isObject(value)) throw new Fail(problem);
  const unread = typeof value.error === "string" ? `its ${what} could not be read when it was dumped: ${quoted(value.error)}` : problem;
  return { text: structText(value), objectProblem: unread };
}

/** The values of all CPUs: in order, or each with the number of its CPU. */
function cpuFields(values: readonly unknown[]): Field[] {
  const fields: Field[] = [];
  values.forEach((item, i) => {
    const numbered = item as { cpu?: unknown; value?: unknown } | null;
    const cpu = numbered?.cpu instanceof JsonNumber ? Number(numbered.cpu.text) : undefined;
    const index = cpu ?? i;
    if (!(index >= 0 && index < values.length) || fields[index] !== undefined) {
      throw new Fail(`its values are not one for each CPU from 0 to ${values.length - 1}`);
    }
    fields[index] = fieldOf(cpu === undefined ? item : numbered!.value, "value");
  });
  return fields;
}

/** The element of an object's text. Throws Fail for what is no element, SyntaxError for what is no JSON. */
export function elementOf(text: string, line: number, keyed: boolean): Row {
  const object = parse(text, undefined, (number) => new JsonNumber(number)) as { [name: string]: unknown };
  const has = (name: string): boolean => Object.hasOwn(object, name);
  if (keyed && !has("key")) throw new Fail("it has no key");
  const key = keyed ? [fieldOf(object.key, "key")] : [];
  if (has("value") && has("values")) throw new Fail('it has both "value" and "values"');
  if (has("values") && !Array.isArray(object.values)) throw new Fail('its "values" are no array');
  const values = has("values") ? cpuFields(object.values as unknown[]) : has("value") ? [fieldOf(object.value, "value")] : [];
  return { line, key, values };
}
