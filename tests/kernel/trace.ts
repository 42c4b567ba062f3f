// A trace: scripts with the answers the live kernel gave, as one JSON line for the header, one per script and one per
// operation, compressed with gzip and carried as base64 in a module, so that a bundled test file holds it.
//
//   {"format":"bpf-maps kernel trace","version":1,"kernel":"6.18.44","cpus":2,"name":"hash"}
//   {"script":"hash","seed":100003}
//   [{"op":"bpf","cmd":0,"size":168,"attr":"x168:0100…","refs":[],"slot":0},"map1"]
//
// Bytes are written as "x", their count, ":" and the hex digits up to the last byte that is not zero.

import { hex, unhex } from "./hex.ts";
import type { Op } from "./ops.ts";

const FORMAT = "bpf-maps kernel trace";
const VERSION = 1;

export interface TraceHeader {
  format: string;
  version: number;
  /** Release of the kernel that gave the answers. */
  kernel: string;
  /** Its number of possible CPUs. */
  cpus: number;
  name: string;
}

export interface TracedScript {
  name: string;
  seed: number;
  steps: { op: Op; answer: string }[];
}

export interface Trace {
  header: TraceHeader;
  scripts: TracedScript[];
}

function bytesText(bytes: Uint8Array): string {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end--;
  return `x${bytes.length}:${hex(bytes.subarray(0, end))}`;
}

function bytesOf(text: string): Uint8Array {
  const colon = text.indexOf(":");
  const bytes = new Uint8Array(Number(text.slice(1, colon)));
  bytes.set(unhex(text.slice(colon + 1)));
  return bytes;
}

const encode = (value: unknown): string =>
  JSON.stringify(value, (_, part) => (part instanceof Uint8Array ? bytesText(part) : part));

const decode = (line: string): unknown =>
  JSON.parse(line, (_, part) => (typeof part === "string" && /^x\d+:/.test(part) ? bytesOf(part) : part));

export function newHeader(name: string, kernel: string, cpus: number): TraceHeader {
  return { format: FORMAT, version: VERSION, kernel, cpus, name };
}

export function traceText({ header, scripts }: Trace): string {
  const lines = [JSON.stringify(header)];
  for (const { name, seed, steps } of scripts) {
    lines.push(JSON.stringify({ script: name, seed }));
    for (const { op, answer } of steps) lines.push(encode([op, answer]));
  }
  return lines.join("\n");
}

/** Reads the text of a trace. Throws for another format or version: its answers would be compared with the wrong ops. */
export function parseTrace(text: string): Trace {
  const [first, ...lines] = text.split("\n");
  const header = JSON.parse(first) as TraceHeader;
  if (header.format !== FORMAT || header.version !== VERSION) {
    throw new Error(`Cannot replay trace: format is "${header.format}" version ${header.version}`);
  }
  const scripts: TracedScript[] = [];
  for (const line of lines) {
    if (line.startsWith("{")) {
      const { script, seed } = JSON.parse(line) as { script: string; seed: number };
      scripts.push({ name: script, seed, steps: [] });
    } else {
      const [op, answer] = decode(line) as [Op, string];
      scripts[scripts.length - 1].steps.push({ op, answer });
    }
  }
  return { header, scripts };
}

/** Unpacks the base64 of a gzipped trace, in any runtime that has the web streams. */
export async function unpackTrace(base64: string): Promise<Trace> {
  const packed = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return parseTrace(await new Response(stream).text());
}
