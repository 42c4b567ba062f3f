// Columns of structs: "struct{NAME: CODEC, ...}" as C lays it out, "packed{NAME: CODEC, ...}" without padding.
import type { Column, ColumnField } from "./column_text.ts";
import { Fail } from "./fail.ts";
import { jsonText } from "./json_writer.ts";
import { fieldsOf, type NamedText, STRUCT_DEPTH_MAX } from "./struct_type.ts";
import { quoted } from "./transfer/quote.ts";

const STRUCT = /^(struct|packed)\s*(\{.*\})$/s;

/** Whether the name of a codec is that of a struct. */
export function isStruct(name: string): boolean {
  return STRUCT.test(name.trim());
}

interface Layout {
  size: number;
  align: number;
  fields: readonly ColumnField[];
  /** Offsets of the bytes that no field has. */
  padding: readonly number[];
}

function layOut(types: readonly NamedText[], packed: boolean, columnOfField: (codec: string) => Column): Layout {
  const fields: ColumnField[] = [];
  const padding: number[] = [];
  let offset = 0;
  let align = 1;
  const padTo = (multiple: number): void => {
    while (offset % multiple !== 0) padding.push(offset++);
  };
  for (const { name, text } of types) {
    const column = columnOfField(text);
    if (!packed) {
      padTo(column.align);
      align = Math.max(align, column.align);
    }
    fields.push({ name, offset, column });
    offset += column.size;
  }
  padTo(align);
  return { size: offset, align, fields, padding };
}

/** JSON of what a column prints. */
export function columnJson(column: Column, text: string): string {
  return column.isJson(text) ? text : jsonText(text);
}

/**
 * JSON of the values of all CPUs. A struct's objects stand beside the number of their CPU, as bpftool has it: they may have
 * fields that are called so.
 */
export function cpuValuesJson(column: Column, texts: readonly string[]): string {
  const values = texts.map((text, cpu) => (column.fields === undefined ? columnJson(column, text) : `{"cpu":${cpu},"value":${text}}`));
  return `[${values.join(",")}]`;
}

/** The column of a struct's type; `columnOfField` finds those of its fields. Throws Fail for what is no type. */
export function structColumn(name: string, columnOfField: (codec: string) => Column): Column {
  const [, kind, body] = STRUCT.exec(name.trim())!;
  const { size, align, fields, padding } = layOut(fieldsOf(body), kind === "packed", columnOfField);
  if (fields.length === 0) throw new Fail("a struct has at least one field");
  const names = fields.map((field) => field.name).join(", ");
  return {
    size,
    align,
    fields,
    takesNumbers: false,
    isJson: () => true,
    parse(text, bytes, at) {
      const given = fieldsOf(text);
      const unknown = given.find((field) => !fields.some(({ name: known }) => known === field.name));
      if (unknown !== undefined) throw new Fail(`there is no field ${quoted(unknown.name)}: there are ${names}`);
      bytes.fill(0, at, at + size);
      for (const field of fields) {
        const found = given.find((one) => one.name === field.name);
        if (found === undefined) throw new Fail(`the field ${quoted(field.name)} is missing in ${quoted(text)}`);
        parseField(field, found.text, bytes, at);
      }
    },
    print(bytes, at) {
      const used = padding.find((offset) => bytes[at + offset] !== 0);
      if (used !== undefined) throw new Fail(`byte ${used} of a struct is padding and not zero: choose packed{...} and name it`);
      const texts = fields.map((field) => {
        return `${jsonText(field.name)}:${columnJson(field.column, field.column.print(bytes, at + field.offset))}`;
      });
      return `{${texts.join(",")}}`;
    },
  };
}

function parseField({ name, offset, column }: ColumnField, text: string, bytes: Uint8Array, at: number): void {
  try {
    column.parse(text, bytes, at + offset);
  } catch (error) {
    if (!(error instanceof Fail)) throw error;
    throw new Fail(`${name}: ${error.message}`);
  }
}

/** The columns that a table has for a column: those of a struct's fields, by their paths, or the column itself. */
export function leavesOf(column: Column, name: string, offset = 0): ColumnField[] {
  if (column.fields === undefined) return [{ name, offset, column }];
  return column.fields.flatMap((field) => {
    const path = name === "" ? field.name : `${name}.${field.name}`;
    return leavesOf(field.column, path, offset + field.offset);
  });
}

/** How deep the braces of a type are nested, at most. */
export function checkDepth(name: string): void {
  let depth = 0;
  for (const char of name) {
    if (char === "{" && ++depth > STRUCT_DEPTH_MAX) throw new Fail(`structs are nested in ${STRUCT_DEPTH_MAX} others at most`);
    if (char === "}") depth--;
  }
}
