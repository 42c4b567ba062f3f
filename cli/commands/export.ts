// export: elements as CSV or JSON lines.
import { closeSync, openSync, writeSync } from "node:fs";
import { Errno } from "../../assembly/uapi/constants.ts";
import { BPF_MAP_GET_NEXT_KEY, BPF_MAP_LOOKUP_ELEM } from "../../bindings/index.ts";
import type { Column } from "../column.ts";
import { joinFields } from "../csv.ts";
import { errorText, Fail, fileErrorText } from "../fail.ts";
import { isPerCpu, valueStride } from "../format.ts";
import type { Session } from "../session.ts";
import { type Columns, columnsOf, type Format, formatOf } from "../transfer.ts";
import type { Words } from "../words.ts";
import { userValueBytes, withMap } from "./elem.ts";

const STDOUT = 1;
const WRITE_CHARS = 1 << 16;

function lineOf(format: Format, columns: Columns, key: Uint8Array, values: string[]): string {
  if (format === "csv") return joinFields([columns.key!.print(key, 0), ...values]);
  const quote = (column: Column, text: string): string => (column.numeric ? text : JSON.stringify(text));
  const printed = values.map((text) => quote(columns.value, text));
  const value = printed.length === 1 ? `"value":${printed[0]}` : `"values":[${printed.join(",")}]`;
  return `{"key":${quote(columns.key!, columns.key!.print(key, 0))},${value}}`;
}

/** Writes a map's elements to a file. */
export function exportFile(session: Session, words: Words): void {
  if (words.left < 3) throw new Fail(`'export' needs at least 3 arguments, ${words.left} found`);
  withMap(session, words, (fd, info) => {
    const path = words.next();
    const format = formatOf(session, path);
    const columns = columnsOf(session, info);
    if (columns.key === undefined) throw new Fail("the map's elements have no keys: they can only be taken out");
    const { kernel } = session;
    const key = new Uint8Array(info.keySize);
    const next = new Uint8Array(info.keySize);
    const value = new Uint8Array(userValueBytes(kernel, info));
    const stride = isPerCpu(info.type) ? valueStride(info) : Math.max(1, value.length);
    let out = STDOUT;
    let text = "";
    try {
      if (path !== "-") out = openSync(path, "w");
      let ret = kernel.bpf(BPF_MAP_GET_NEXT_KEY, { map_fd: fd, key: null, next_key: next });
      for (; ret === 0; ret = kernel.bpf(BPF_MAP_GET_NEXT_KEY, { map_fd: fd, key, next_key: next })) {
        key.set(next);
        if (kernel.bpf(BPF_MAP_LOOKUP_ELEM, { map_fd: fd, key, value }) < 0) continue;
        const values: string[] = [];
        for (let at = 0; at < value.length; at += stride) values.push(columns.value.print(value, at));
        text += `${lineOf(format, columns, key, values)}\n`;
        if (text.length >= WRITE_CHARS) text = write(session, out, text);
      }
      write(session, out, text);
      if (ret !== -Errno.ENOENT) throw new Fail(`can't get next key: ${errorText(ret)}`, ret);
    } catch (error) {
      if (error instanceof Fail) throw error;
      throw new Fail(`can't write ${path}: ${fileErrorText(error)}`);
    } finally {
      if (out !== STDOUT) closeSync(out);
    }
    if (path !== "-") session.json?.null();
  });
}

function write(session: Session, fd: number, text: string): string {
  if (fd === STDOUT) session.host.out(text);
  else for (let bytes = Buffer.from(text); bytes.length > 0; ) bytes = bytes.subarray(writeSync(fd, bytes));
  return "";
}
