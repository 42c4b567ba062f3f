// import into a ring buffer: each line is a record, as text or as hex.
import { Fail, fileErrorText } from "../fail.ts";
import type { MapInfo } from "../map.ts";
import type { Session } from "../session.ts";
import { readLines } from "../text_lines.ts";

function encoderOf(session: Session): (line: string) => Uint8Array {
  const codec = session.options.values.get("value") ?? "utf8";
  if (codec === "utf8") {
    const encoder = new TextEncoder();
    return (line) => encoder.encode(line);
  }
  if (codec !== "hex") throw new Fail(`records are utf8 or hex, not ${codec}`);
  return (line) => {
    const digits = line.replace(/[\s:]/g, "");
    if (digits.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(digits)) throw new Fail(`can't parse ${line} as hex`);
    return Uint8Array.from({ length: digits.length / 2 }, (_, i) => Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16));
  };
}

/** Puts every line of the file into the ring buffer; ends at the first that does not fit. Returns how many there were. */
export function importRecords(session: Session, info: MapInfo, path: string): number {
  const encode = encoderOf(session);
  const ring = session.kernel.openById(info.id, { type: "ringbuf" });
  let count = 0;
  try {
    readLines(path, (line, number) => {
      try {
        if (!ring.output(encode(line))) throw new Fail("the ring buffer is full");
      } catch (error) {
        if (!(error instanceof Fail)) throw error;
        throw new Fail(`line ${number}: ${error.message} (${count} records are in it)`);
      }
      count++;
    });
    return count;
  } catch (error) {
    if (!(error as { syscall?: string }).syscall || error instanceof Fail) throw error;
    throw new Fail(`can't read ${path}: ${fileErrorText(error)}`);
  } finally {
    ring.close();
  }
}
