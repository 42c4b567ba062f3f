// Mutated captures: each ends with a report or with one error line, in time that its size bounds.
import { CaptureError } from "../../cli/flows/capture_error.ts";
import { CaptureReader } from "../../cli/flows/capture_reader.ts";
import { Decoder } from "../../cli/flows/decode.ts";
import { SLOT_COUNT } from "../../cli/flows/protocols.ts";
import { mutate, Random } from "../harness/mutate.ts";
import { enhancedPacket, interfaceDescription, join, pcap, sectionHeader, simplePacket } from "./frames.ts";
import { LINK_FRAMES } from "./link_frames.ts";

/** A whole capture of a few hundred bytes takes well below a millisecond; this is a hang. */
const CAPTURE_MS_MAX = 2000;

/** One pcap of each link type in several flavours, and pcapng of all of them together. */
function seeds(): Uint8Array[] {
  const flavours = [{}, { littleEndian: false }, { nanoseconds: true }, { flavour: "modified" }, { flavour: "tester" }, { minor: 3 }] as const;
  const classic = LINK_FRAMES.map(({ linkType, data }, i) => {
    return pcap([{ data }, { data, wireLength: 2000 }], { ...flavours[i % flavours.length], linkType });
  });
  const next = [true, false].flatMap((littleEndian) =>
    LINK_FRAMES.map(({ linkType, data }, i) => {
      const other = LINK_FRAMES[(i * 7 + 3) % LINK_FRAMES.length];
      return join(
        sectionHeader(littleEndian),
        interfaceDescription({ littleEndian, linkType, resolution: 9, offsetSeconds: 1 }),
        interfaceDescription({ littleEndian, linkType: other.linkType }),
        enhancedPacket(data, 5n, 0, littleEndian),
        enhancedPacket(other.data, 6n, 1, littleEndian),
        simplePacket(data, data.length, littleEndian),
      );
    }),
  );
  return [...classic, ...next];
}

export interface FuzzReport {
  captures: number;
  packets: number;
  flows: number;
  refused: number;
}

/** Reads `rounds` mutated captures. Throws for whatever is neither read nor refused with a CaptureError. */
export async function fuzzCaptures(rounds: number, seed: number): Promise<FuzzReport> {
  const random = new Random(seed);
  const files = seeds();
  const report: FuzzReport = { captures: rounds, packets: 0, flows: 0, refused: 0 };
  const decoder = new Decoder();
  for (let round = 0; round < rounds; round++) {
    const file = mutate(random.pick(files), random);
    const chunkSize = random.pick([1 << 20, 64, 13, 1]);
    const started = performance.now();
    const reader = new CaptureReader((packet) => {
      report.packets++;
      const { start, end, bytes } = packet;
      if (!(start <= end && end <= bytes.length)) throw new Error(`round ${round}: a packet beyond its chunk`);
      const slot = decoder.decode(packet);
      if (!(Number.isInteger(slot) && slot >= 0 && slot < SLOT_COUNT)) throw new Error(`round ${round}: slot ${slot}`);
      if (slot < 256) report.flows++;
    });
    async function* chunks(): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < file.length; at += chunkSize) yield file.slice(at, at + chunkSize);
    }
    try {
      await reader.read(chunks());
    } catch (error) {
      if (!(error instanceof CaptureError)) throw new Error(`round ${round} of seed ${seed}`, { cause: error });
      report.refused++;
    }
    const elapsed = performance.now() - started;
    if (elapsed > CAPTURE_MS_MAX) throw new Error(`round ${round} of seed ${seed} took ${elapsed} ms for ${file.length} bytes`);
  }
  return report;
}
