// One line of CSV (RFC 4180): fields separated by commas, in double quotes where they hold a comma or a quote.

/** The fields of a line; undefined when a quote is not closed. Line breaks inside quotes are not supported. */
export function splitFields(line: string): string[] | undefined {
  if (!line.includes('"')) return line.split(",");
  const fields: string[] = [];
  let at = 0;
  for (;;) {
    let field = "";
    if (line[at] === '"') {
      at++;
      for (;;) {
        const end = line.indexOf('"', at);
        if (end < 0) return undefined;
        field += line.slice(at, end);
        at = end + 1;
        if (line[at] !== '"') break;
        field += '"';
        at++;
      }
    }
    const comma = line.indexOf(",", at);
    fields.push(field + line.slice(at, comma < 0 ? undefined : comma));
    if (comma < 0) return fields;
    at = comma + 1;
  }
}

/** A line of fields, without a line break. */
export function joinFields(fields: readonly string[]): string {
  return fields.map((field) => (/[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field)).join(",");
}
