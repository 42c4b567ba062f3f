// export: elements as CSV or JSON.
import { Errno } from "../../assembly/uapi/constants.ts";
import { BPF_MAP_GET_NEXT_KEY, BPF_MAP_LOOKUP_ELEM } from "../../bindings/index.ts";
import { errorText, Fail, fileErrorText } from "../fail.ts";
import { isPerCpu, valueStride } from "../format.ts";
import type { MapInfo } from "../map.ts";
import { printable } from "../printable.ts";
import type { Session } from "../session.ts";
import { elementTextOf } from "../transfer/export_text.ts";
import { columnsOf, formatOf } from "../transfer/format.ts";
import { openOutput, type Output } from "../transfer/output.ts";
import { isMapOfMaps, typeWord } from "../types.ts";
import type { Words } from "../words.ts";
import { userValueBytes, withMap } from "./elem.ts";

const WRITE_CHARS = 1 << 16;

/** Calls `each` with every element; the arrays are the same each time. */
function eachElement(session: Session, fd: number, info: MapInfo, each: (key: Uint8Array, value: Uint8Array) => void): void {
  const { kernel } = session;
  const key = new Uint8Array(info.keySize);
  const next = new Uint8Array(info.keySize);
  const value = new Uint8Array(userValueBytes(kernel, info));
  let ret = kernel.bpf(BPF_MAP_GET_NEXT_KEY, { map_fd: fd, key: null, next_key: next });
  for (; ret === 0; ret = kernel.bpf(BPF_MAP_GET_NEXT_KEY, { map_fd: fd, key, next_key: next })) {
    key.set(next);
    const found = kernel.bpf(BPF_MAP_LOOKUP_ELEM, { map_fd: fd, key, value });
    if (found === 0) each(key, value);
    // An element that is not there is a hole of an array; one that cannot be read would be missing in the file.
    else if (found !== -Errno.ENOENT) throw new Fail(`can't look up an element: ${errorText(found)}`, found);
  }
  if (ret !== -Errno.ENOENT) throw new Fail(`can't get next key: ${errorText(ret)}`, ret);
}

/** The output of a path; "-" is the host's. */
function outputOf(session: Session, path: string): Output {
  if (path !== "-") return openOutput(path);
  return { write: (text) => session.host.out(text), end() {}, abort() {} };
}

function exportTo(session: Session, fd: number, info: MapInfo, path: string): void {
  const format = formatOf(session, path);
  const columns = columnsOf(session, info);
  if (columns.key === undefined) throw new Fail("the map's elements have no keys: they can only be taken out");
  if (isMapOfMaps(info.type)) throw new Fail(`the values of a ${typeWord(info.type)} are maps, which a file cannot hold`);
  const elements = elementTextOf(format, columns);
  const stride = isPerCpu(info.type) ? valueStride(info) : Math.max(1, info.valueSize);
  const output = outputOf(session, path);
  try {
    let text = "";
    eachElement(session, fd, info, (key, value) => {
      text += elements.add(key, value, stride);
      if (text.length < WRITE_CHARS) return;
      output.write(text);
      text = "";
    });
    output.write(text + elements.end());
    output.end();
  } finally {
    output.abort();
  }
}

/** Writes a map's elements to a file, which is replaced when all are written. */
export function exportFile(session: Session, words: Words): void {
  if (words.left < 3) throw new Fail(`'export' needs at least 3 arguments, ${words.left} found`);
  withMap(session, words, (fd, info) => {
    const path = words.next();
    try {
      exportTo(session, fd, info, path);
    } catch (error) {
      if ((error as { syscall?: string }).syscall === undefined) throw error;
      throw new Fail(`can't write ${printable(path)}: ${fileErrorText(error)}`);
    }
    if (path !== "-") session.json?.null();
  });
}
