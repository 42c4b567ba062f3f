import type { MapFacts } from "../../image.ts";
import { findFields, VALUE_FIELDS } from "../../btf/fields.ts";
import type { Field } from "../../btf/fields.ts";
import { parseBtf } from "../../btf/header.ts";
import * as kinds from "../../btf/kinds.ts";
import { S64_MIN } from "./bits.ts";
import type { Walk } from "./context.ts";
import type { Reg } from "./reg.ts";
import { denied, invalid } from "./reject.ts";

const VARIABLE_MAX = 1n << 29n;
const RDONLY_PROG = 0x80;
const WRONLY_PROG = 0x100;

type Region = "value" | "key" | "memory" | "packet";

/** Refuses [off, off + size) where it leaves [0, limit). */
function checkInside(number: number, reg: Reg, off: number, size: number, limit: number, allowsZero: boolean, region: Region, last: string): void {
  if (off >= 0 && (size > 0 || (size === 0 && allowsZero)) && off + size <= limit) return;
  const first = {
    value: `invalid access to map value, value_size=${limit} off=${off} size=${size}`,
    key: `invalid access to map key, key_size=${limit} off=${off} size=${size}`,
    memory: `invalid access to memory, mem_size=${limit} off=${off} size=${size}`,
    packet: `invalid access to packet, off=${off} size=${size}, R${number}(id=${reg.id},off=${off},r=${limit})`,
  }[region];
  denied(`${first}\n${last}`);
}

/** An access to a region of known size: both ends of the variable offset have to be inside. `off` is the constant part. */
export function checkRegion(number: number, reg: Reg, off: number, size: number, limit: number, allowsZero: boolean, region: Region): void {
  const { smin, umax } = reg.scalar;
  const lowest = smin + BigInt(off);
  if (smin < 0n && (smin === S64_MIN || lowest !== BigInt.asIntN(32, lowest) || lowest < 0n)) {
    denied(`R${number} min value is negative, either use unsigned index or do a if (index >=0) check.`);
  }
  checkInside(number, reg, Number(BigInt.asIntN(32, lowest)), size, limit, allowsZero, region, `R${number} min value is outside of the allowed memory range`);
  if (umax >= VARIABLE_MAX) denied(`R${number} unbounded memory access, make sure to bounds check any such access`);
  checkInside(number, reg, Number(umax) + off, size, limit, allowsZero, region, `R${number} max value is outside of the allowed memory range`);
}

/** An access to packet bytes: only what a comparison with the end has proved is there. */
export function checkPacket(number: number, reg: Reg, off: number, size: number, allowsZero: boolean): void {
  if (reg.scalar.smin < 0n) denied(`R${number} min value is negative, either use unsigned index or do a if (index >=0) check.`);
  if (reg.range < 0) invalid(`R${number} offset is outside of the packet`);
  checkInside(number, reg, off, size, reg.range, allowsZero, "packet", `R${number} offset is outside of the packet`);
}

/** Special fields of a map's values. */
export function mapFields(w: Walk, map: MapFacts): readonly Field[] {
  const kept = w.fields.get(map);
  if (kept !== undefined) return kept;
  const types = map.btf === undefined || map.valueTypeId === 0 ? undefined : parseBtf(map.btf.bytes);
  const value = types?.skipModifiers(map.valueTypeId) ?? 0;
  const found = types !== undefined && types.kind(value) === kinds.STRUCT ? findFields(types, value, VALUE_FIELDS) : [];
  const fields = typeof found === "number" ? [] : found;
  w.fields.set(map, fields);
  return fields;
}

/** Refuses what the map's flags forbid to programs. */
export function checkMapFlags(map: MapFacts, off: number, size: number, isWrite: boolean): void {
  const forbidden = isWrite ? RDONLY_PROG : WRONLY_PROG;
  if ((map.flags & forbidden) === 0) return;
  denied(`${isWrite ? "write into" : "read from"} map forbidden, value_size=${map.valueSize} off=${off} size=${size}`);
}

/** A load or store, or a helper, in a map's value. `off` comes on top of the pointer's own offset. */
export function checkMapAccess(w: Walk, number: number, reg: Reg, off: number, size: number, isWrite: boolean, isHelper = false, allowsZero = false): void {
  const map = reg.map as MapFacts;
  checkMapFlags(map, off + reg.off, size, isWrite);
  const at = off + reg.off;
  checkRegion(number, reg, at, size, map.valueSize, allowsZero, "value");
  for (const field of mapFields(w, map)) {
    const first = Number(reg.scalar.smin) + at;
    const end = Number(reg.scalar.umax) + at + size;
    if (first >= field.offset + field.size || end <= field.offset) continue;
    if (field.kind === "kptr" || field.kind === "kptr_untrusted" || field.kind === "percpu_kptr" || field.kind === "uptr") {
      if (isHelper) denied("kptr cannot be accessed indirectly by helper");
      if (reg.scalar.bits.mask !== 0n) denied("kptr access cannot have variable offset");
      if (first !== field.offset) denied(`kptr access misaligned expected=${field.offset} off=${first}`);
      if (size !== 8) denied("kptr access size must be BPF_DW");
      if (isWrite && field.kind === "kptr") denied("store to referenced kptr disallowed");
      continue;
    }
    denied(`${field.kind} cannot be accessed directly by load/store`);
  }
}
