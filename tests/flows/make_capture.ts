// Writes a large capture for timing by hand:  npx tsx tests/flows/make_capture.ts FILE [PACKETS] [FLOWS]
//
// Packets are spread over the flows as on a real link, where few flows carry most of the traffic, and the times and
// lengths follow a fixed seed: the same arguments write the same file.
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { IPV4, IPV6, TCP, UDP, ethernet, ipv4, ipv6, tcp, udp } from "./frames.ts";

const [path, packetsText = "5000000", flowsText = "200000"] = process.argv.slice(2);
if (path === undefined) throw new Error("Usage: make_capture.ts FILE [PACKETS] [FLOWS]");
const packetCount = Number(packetsText);
const flowCount = Number(flowsText);

let state = 42;
function random(limit: number): number {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return Math.floor((state / 2 ** 32) * limit);
}

const word = (i: number): number[] => [(i >>> 24) & 255, (i >>> 16) & 255, (i >>> 8) & 255, i & 255];

/** The headers of a packet of flow i: every fourth over IPv6, every third UDP. */
function headersOf(i: number): Uint8Array {
  const isUdp = i % 3 === 0;
  const segment = isUdp ? udp(1024 + (i % 60_000), 53) : tcp(1024 + (i % 60_000), 443);
  const protocol = isUdp ? UDP : TCP;
  if (i % 4 !== 0) {
    return ethernet(IPV4, ipv4({ source: word(0x0a000000 + i), protocol, payload: segment, totalLength: 0 }));
  }
  const frame = ethernet(IPV6, ipv6(protocol, segment, 0));
  frame.set(word(i), 14 + 8 + 12);
  return frame;
}

const templates = Array.from({ length: flowCount }, (_, i) => headersOf(i));
const output = createWriteStream(path, { highWaterMark: 4 * 1024 * 1024 });

const header = Buffer.alloc(24);
header.writeUInt32LE(0xa1b2c3d4, 0);
header.writeUInt16LE(2, 4);
header.writeUInt16LE(4, 6);
header.writeUInt32LE(262_144, 16);
header.writeUInt32LE(1, 20);
output.write(header);

let microseconds = 0;
for (let written = 0; written < packetCount; ) {
  const parts: Buffer[] = [];
  for (let i = 0; i < 1000 && written < packetCount; i++, written++) {
    const template = templates[Math.min(random(flowCount), random(flowCount), random(flowCount))];
    const length = random(3) === 0 ? 1514 : template.length + random(400);
    const record = Buffer.alloc(16 + length);
    microseconds += random(20);
    record.writeUInt32LE(1_700_000_000 + Math.floor(microseconds / 1e6), 0);
    record.writeUInt32LE(microseconds % 1e6, 4);
    record.writeUInt32LE(length, 8);
    record.writeUInt32LE(length, 12);
    record.set(template, 16);
    parts.push(record);
  }
  if (!output.write(Buffer.concat(parts))) await once(output, "drain");
}
output.end();
await once(output, "finish");
