import { Errno } from "../../assembly/uapi/constants.ts";
import { BtfTypes, scanTypes } from "./types.ts";
import type { Sections } from "./types.ts";

const MAGIC = 0xeb9f;
const VERSION = 1;
const HEADER_BYTES = 24;
/** Up to and with hdr_len. */
const HEADER_LENGTH_END = 8;
/** BTF_MAX_SIZE: blobs beyond it are refused before anything is read. */
export const BTF_BYTES_MAX = 16 * 1024 * 1024;

/** Sections of a valid header with the log's dump of it, or the rule that the header breaks. */
export type Header =
  | { readonly sections: Sections; readonly log: string }
  | { readonly errno: number; readonly log: string };

interface Section {
  readonly offset: number;
  readonly length: number;
}

/** Reads and checks the header, as BTF_LOAD does. */
export function parseHeader(bytes: Uint8Array): Header {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const fail = (message: string, errno: number = Errno.EINVAL, log = ""): Header => ({ errno, log: `${log}${message}` });
  if (bytes.length < HEADER_LENGTH_END) return fail("hdr_len not found");
  const given = view.getUint32(4, true);
  if (bytes.length < given) return fail("btf_header not found");
  for (let at = HEADER_BYTES; at < given; at++) {
    if (bytes[at] !== 0) return fail("Unsupported btf_header", Errno.E2BIG);
  }
  // A shorter header leaves the rest of its fields zero, its own length among them.
  const fields = new DataView(new ArrayBuffer(HEADER_BYTES));
  for (let at = 0; at < Math.min(given, HEADER_BYTES); at++) fields.setUint8(at, bytes[at]);
  const length = fields.getUint32(4, true);
  const types = { offset: fields.getUint32(8, true), length: fields.getUint32(12, true) };
  const strings = { offset: fields.getUint32(16, true), length: fields.getUint32(20, true) };
  const magic = fields.getUint16(0, true);
  const version = fields.getUint8(2);
  const flags = fields.getUint8(3);
  const dump = [
    `magic: 0x${magic.toString(16)}`, `version: ${version}`, `flags: 0x${flags.toString(16)}`, `hdr_len: ${length}`,
    `type_off: ${types.offset}`, `type_len: ${types.length}`, `str_off: ${strings.offset}`, `str_len: ${strings.length}`,
    `btf_total_size: ${bytes.length}`, "",
  ].join("\n");
  if (magic !== MAGIC) return fail("Invalid magic", Errno.EINVAL, dump);
  if (version !== VERSION) return fail("Unsupported version", Errno.ENOTSUPP, dump);
  if (flags !== 0) return fail("Unsupported flags", Errno.ENOTSUPP, dump);
  if (bytes.length === length) return fail("No data", Errno.EINVAL, dump);
  const rule = sectionRule(types, strings, bytes.length - length);
  if (rule !== undefined) return fail(rule, Errno.EINVAL, dump);
  const stringsStart = length + strings.offset;
  if (stringsStart + strings.length !== bytes.length) return fail("String section is not at the end", Errno.EINVAL, dump);
  const last = bytes[bytes.length - 1];
  if (strings.length === 0 || bytes[stringsStart] !== 0 || last !== 0) return fail("Invalid string section", Errno.EINVAL, dump);
  if (types.offset % 4 !== 0) return fail("Unaligned type_off", Errno.EINVAL, dump);
  if (types.length === 0) return fail("No type found", Errno.EINVAL, dump);
  const typesStart = length + types.offset;
  return {
    sections: { typesStart, typesEnd: typesStart + types.length, stringsStart, stringsEnd: stringsStart + strings.length },
    log: dump,
  };
}

/** The sections have to fill the bytes behind the header, without gap or overlap. */
function sectionRule(types: Section, strings: Section, total: number): string | undefined {
  let end = 0;
  // Compared by 32-bit differences, then by length: it shows in which rule is named.
  const order = (a: Section, b: Section): number => (a.offset - b.offset) | 0 || (a.length - b.length) | 0;
  for (const { offset, length } of [types, strings].sort(order)) {
    if (offset > total) return "Invalid section offset";
    if (end < offset) return "Unsupported section found";
    if (end > offset) return "Section overlap found";
    if (total - end < length) return "Total section length too long";
    end += length;
  }
  return end === total ? undefined : "Unsupported section found";
}

/** The types of bytes that BTF_LOAD would accept or that a kernel gave, without checking more than their shape; else undefined. */
export function parseBtf(bytes: Uint8Array): BtfTypes | undefined {
  const header = parseHeader(bytes);
  if ("errno" in header) return undefined;
  const types = new BtfTypes(bytes, header.sections);
  return scanTypes(types) ? types : undefined;
}
