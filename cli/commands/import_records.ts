// import into a ring buffer: each line is a record, as text or as hex.
import type { RingBuffer } from "../../bindings/index.ts";
import { Fail } from "../fail.ts";
import type { MapInfo } from "../map.ts";
import type { Session } from "../session.ts";
import { at, PlacedFail } from "../transfer/place.ts";
import { quoted } from "../transfer/quote.ts";
import { Records } from "../transfer/records.ts";

function encoderOf(session: Session): (line: string) => Uint8Array {
  const codec = session.options.values.get("value") ?? "utf8";
  if (codec === "utf8") {
    const encoder = new TextEncoder();
    return (line) => encoder.encode(line);
  }
  if (codec !== "hex") throw new Fail(`records are utf8 or hex, not ${quoted(codec)}`);
  return (line) => {
    const digits = line.replace(/[\s:]/g, "");
    if (digits.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(digits)) throw new Fail(`can't parse ${quoted(line)} as hex`);
    return Buffer.from(digits, "hex");
  };
}

/** Puts every line of a file into the ring buffer; ends at the first that does not fit. */
export class RecordImport {
  readonly what = "record";
  readonly headerLine = 0;
  count = 0;
  readonly #ring: RingBuffer;
  readonly #records: Records;

  constructor(session: Session, info: MapInfo) {
    const encode = encoderOf(session);
    this.#ring = session.kernel.openById(info.id, { type: "ringbuf" });
    const put = (text: string, line: number): void => {
      const record = at({ line }, () => encode(text));
      if (!this.#ring.output(record)) throw new PlacedFail({ line }, "the ring buffer is full");
      this.count++;
    };
    this.#records = new Records(put, { blanks: true });
  }

  push(text: string): void {
    this.#records.push(text);
  }

  end(): void {
    this.#records.end();
  }

  settle(): void {}

  close(): void {
    this.#ring.close();
  }
}
