// follow: the records of a ring buffer.
import { BPF_MAP_TYPE_RINGBUF, BpfError } from "../../bindings/index.ts";
import { errorText, Fail } from "../fail.ts";
import { hex } from "../format.ts";
import type { Session } from "../session.ts";
import type { Words } from "../words.ts";
import { withMap } from "./elem.ts";

function countOption(session: Session): number {
  const text = session.options.values.get("count");
  if (text === undefined) return Number.POSITIVE_INFINITY;
  if (!/^[0-9]+$/.test(text)) throw new Fail(`can't parse ${text} as --count`);
  return Number(text);
}

function printRecord(session: Session, record: Uint8Array): void {
  const { json, host } = session;
  if (json) {
    json.beginObject();
    json.name("size");
    json.number(record.length);
    json.name("record");
    json.bytes(record);
    json.endObject();
  } else {
    host.out(`record: ${record.length}B\n${hex(record)}\n`);
  }
}

/** Prints the records that a ring buffer holds, and takes them. What is left of --count is put back into the options. */
export function follow(session: Session, words: Words): void {
  const { kernel, json, host, options } = session;
  if (words.left !== 2) throw new Fail(`'follow' needs a map and nothing else, ${words.left} arguments found`);
  const max = countOption(session);
  withMap(session, words, (_, info) => {
    if (info.type !== BPF_MAP_TYPE_RINGBUF) throw new Fail("map is not a ring buffer");
    const ring = kernel.openById(info.id, { type: "ringbuf" });
    let count = 0;
    try {
      json?.beginArray();
      count = ring.drain((record) => printRecord(session, record), max);
      json?.endArray();
    } catch (error) {
      if (!(error instanceof BpfError)) throw error;
      json?.endArray();
      throw new Fail(`can't read the ring buffer: ${errorText(error.errno)}`, error.errno);
    } finally {
      ring.close();
    }
    if (max !== Number.POSITIVE_INFINITY) options.values.set("count", String(max - count));
    if (!json && options.values.has("once")) host.out(`Found ${count} record${count === 1 ? "" : "s"}\n`);
  });
}
