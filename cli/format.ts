// Elements as text and as JSON. The layouts are recorded in tests/cli/goldens.
import {
  BPF_MAP_TYPE_LRU_PERCPU_HASH,
  BPF_MAP_TYPE_PERCPU_ARRAY,
  BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE,
  BPF_MAP_TYPE_PERCPU_HASH,
} from "../bindings/index.ts";
import type { JsonWriter } from "./json_writer.ts";
import type { MapInfo } from "./map.ts";
import type { Host } from "./session.ts";

const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** Bytes as hex: 16 in a line, two blanks in its middle. */
export function hex(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i++) {
    if (i > 0) text += i % 16 === 0 ? "\n" : i % 8 === 0 ? "  " : " ";
    text += HEX[bytes[i]];
  }
  return text;
}

/** Longest key or value, in bytes, that stays on the line of its label. */
const LINE_BYTES = 16;
/** Longest key and value together, in bytes, that share a line. */
const SHARED_BYTES = 24;

export function isPerCpu(type: number): boolean {
  return (
    type === BPF_MAP_TYPE_PERCPU_HASH ||
    type === BPF_MAP_TYPE_PERCPU_ARRAY ||
    type === BPF_MAP_TYPE_LRU_PERCPU_HASH ||
    type === BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE
  );
}

/** Bytes between two CPUs' values in what a lookup returns. */
export function valueStride(info: MapInfo): number {
  return Math.ceil(info.valueSize / 8) * 8;
}

/** One element as text, with the newline at its end. A keyless map's element has no key line. */
export function elementText(info: MapInfo, key: Uint8Array, value: Uint8Array): string {
  if (isPerCpu(info.type)) {
    let text = info.keySize > 0 ? `key:\n${hex(key)}\n` : "";
    const stride = valueStride(info);
    const gap = info.valueSize > LINE_BYTES ? "\n" : " ";
    for (let cpu = 0; cpu * stride < value.length; cpu++) {
      const bytes = value.subarray(cpu * stride, cpu * stride + info.valueSize);
      text += `value (CPU ${String(cpu).padStart(2, "0")}):${gap}${hex(bytes)}\n`;
    }
    return text;
  }
  const tall = info.keySize > LINE_BYTES || info.valueSize > LINE_BYTES;
  const gap = tall ? "\n" : " ";
  const between = tall || info.keySize + info.valueSize > SHARED_BYTES ? "\n" : "  ";
  const keyText = info.keySize > 0 ? `key:${gap}${hex(key)}` : "";
  const valueText = info.valueSize > 0 ? `value:${gap}${hex(value)}` : "";
  return `${keyText}${keyText && valueText ? between : ""}${valueText}\n`;
}

const LABEL = /((?:next )?key:|value(?: \(CPU \d+\))?:)/;

/** Prints the text of an element; its labels stand back on a terminal. */
export function printElementText(host: Host, text: string): void {
  if (!host.coloured) return host.out(text);
  text.split(LABEL).forEach((part, at) => {
    if (part !== "") host.out(part, at % 2 === 1 ? "label" : undefined);
  });
}

/** An element whose value cannot be read, as text. */
export function elementErrorText(info: MapInfo, key: Uint8Array, problem: string): string {
  const gap = info.keySize > LINE_BYTES || problem.length > LINE_BYTES ? "\n" : " ";
  const between = gap === "\n" ? "\n" : "  ";
  return `key:${gap}${hex(key)}${between}value:${gap}${problem}\n`;
}

/** One element as a JSON object. */
export function elementJson(json: JsonWriter, info: MapInfo, key: Uint8Array, value: Uint8Array): void {
  json.beginObject();
  json.name("key");
  json.bytes(key);
  if (isPerCpu(info.type)) {
    const stride = valueStride(info);
    json.name("values");
    json.beginArray();
    for (let cpu = 0; cpu * stride < value.length; cpu++) {
      json.beginObject();
      json.name("cpu");
      json.number(cpu);
      json.name("value");
      json.bytes(value.subarray(cpu * stride, cpu * stride + info.valueSize));
      json.endObject();
    }
    json.endArray();
  } else {
    json.name("value");
    json.bytes(value);
  }
  json.endObject();
}

/** An element whose value cannot be read, as a JSON object. */
export function elementErrorJson(json: JsonWriter, key: Uint8Array, problem: string): void {
  json.beginObject();
  json.name("key");
  json.bytes(key);
  json.name("value");
  json.error(problem);
  json.endObject();
}
