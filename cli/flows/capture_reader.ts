import { CaptureError } from "./capture_error.ts";
import type { CaptureParser, PacketSink } from "./packet.ts";
import { PcapParser } from "./pcap.ts";
import { pcapFlavour } from "./pcap_header.ts";
import { PcapngParser, SECTION_HEADER_BLOCK } from "./pcapng.ts";

const MAGIC_SIZE = 4;
const NOT_A_CAPTURE = "is not a packet capture (neither pcap nor pcapng)";

/** Reads one capture, of whichever format its first bytes announce, and hands each packet to a sink. */
export class CaptureReader {
  readonly #sink: PacketSink;
  #parser: CaptureParser | undefined;

  constructor(sink: PacketSink) {
    this.#sink = sink;
  }

  /** "pcap" or "pcapng"; undefined before the first bytes have been read. */
  get format(): string | undefined {
    return this.#parser?.format;
  }

  /** The link types of the packets so far. */
  get linkTypes(): number[] {
    return [...(this.#parser?.linkTypes ?? [])];
  }

  /**
   * Reads the capture chunk by chunk, so that a file of any size needs the memory of one chunk and of the packet that
   * lies across its end. `onProgress` hears after each chunk how many bytes have been read.
   *
   * Throws CaptureError for input that is no capture, is damaged or breaks off; the packets before that point have been
   * delivered by then. Errors of the source itself pass through.
   */
  async read(source: AsyncIterable<Uint8Array>, onProgress: (bytesRead: number) => void = () => {}): Promise<void> {
    const rest = new Rest();
    let bytesRead = 0;
    for await (const chunk of source) {
      bytesRead += chunk.length;
      const bytes = rest.append(chunk);
      rest.keep(bytes.subarray(this.#consume(bytes)));
      onProgress(bytesRead);
    }
    if (bytesRead === 0) throw new CaptureError("is empty");
    if (this.#parser === undefined) throw new CaptureError(NOT_A_CAPTURE);
    const truncation = this.#parser.truncation(rest.length);
    if (truncation !== undefined) throw new CaptureError(`is truncated: it ${truncation}`);
  }

  /** Returns how many bytes were consumed; those behind are not a whole record yet. */
  #consume(bytes: Uint8Array): number {
    if (this.#parser === undefined) {
      if (bytes.length < MAGIC_SIZE) return 0;
      this.#parser = parserFor(bytes, this.#sink);
    }
    return this.#parser.parse(bytes);
  }
}

/**
 * The bytes that wait for the rest of their record. A record may come in many chunks, so they collect in one buffer that
 * doubles: each byte is copied a bounded number of times, whatever the chunks' size is.
 */
class Rest {
  #buffer: Uint8Array = new Uint8Array(0);
  length = 0;

  /** What waits, with the chunk behind it. */
  append(chunk: Uint8Array): Uint8Array {
    if (this.length === 0) return chunk;
    const size = this.length + chunk.length;
    if (size > this.#buffer.length) {
      const larger = new Uint8Array(Math.max(size, 2 * this.#buffer.length));
      larger.set(this.#buffer.subarray(0, this.length));
      this.#buffer = larger;
    }
    this.#buffer.set(chunk, this.length);
    return this.#buffer.subarray(0, size);
  }

  /** Lets these bytes wait: the end of what append() returned. */
  keep(bytes: Uint8Array): void {
    if (bytes.length > this.#buffer.length) this.#buffer = bytes.slice();
    else if (bytes.byteOffset > 0 || bytes.buffer !== this.#buffer.buffer) this.#buffer.set(bytes);
    this.length = bytes.length;
  }
}

function parserFor(bytes: Uint8Array, sink: PacketSink): CaptureParser {
  const flavour = pcapFlavour(bytes);
  if (flavour !== undefined) return new PcapParser(flavour, sink);
  const magic = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
  if (magic === SECTION_HEADER_BLOCK) return new PcapngParser(sink);
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) throw new CaptureError("is compressed with gzip: unpack it first");
  throw new CaptureError(NOT_A_CAPTURE);
}
