// A call as strace prints it.
import { Cmd, ElemFlag, MapFlag, MapType } from "../../assembly/uapi/constants.ts";
import { attrTable, type AttrField, type BpfAttr } from "../abi/attr.ts";
import { isUint8Array } from "../abi/realms.ts";
import { strerror } from "../strerror.ts";
import type { BpfCall } from "./call_log.ts";

/** Bytes of a buffer that are printed; "..." stands for the rest. */
const BYTES_MAX = 32;

/**
 * The call in the words of strace:
 * `bpf(BPF_MAP_UPDATE_ELEM, {map_fd=3, key="\x01\x00\x00\x00", value="\x02", flags=BPF_ANY}, 32) = 0`. Fields that are
 * zero and that few callers use are left out, buffers are cut after 32 bytes, and `a => b` is a field that the core has
 * written.
 *
 * @example
 * const stop = kernel.onCall((call) => console.log(formatCall(call)));
 * kernel.bpf(BPF_MAP_FREEZE, { map_fd: 99 }); // bpf(BPF_MAP_FREEZE, {map_fd=99}, 168) = -1 EBADF (Bad file descriptor)
 * stop();
 */
export function formatCall(call: BpfCall): string {
  const fields = fieldsOf(call).flatMap((field) => formatField(call, field) ?? []);
  const command = Cmd[call.cmd] === undefined ? `${hex(call.cmd)} /* BPF_??? */` : call.command;
  return `bpf(${command}, {${fields.join(", ")}}, ${call.size}) = ${formatResult(call)}`;
}

/** The fields of the command, and of one on programs those that the call has. */
function fieldsOf({ cmd, attr }: BpfCall): readonly Pick<AttrField, "name" | "kind">[] {
  const { fields } = attrTable(cmd, undefined);
  return fields.length > 0 ? fields : Object.keys(attr).map((name) => ({ name: name as keyof BpfAttr, kind: "u32" }));
}

function formatResult({ result, error }: BpfCall): string {
  if (error === undefined) return String(result);
  return `-1 ${error} (${strerror(result)})`;
}

function formatField(call: BpfCall, field: Pick<AttrField, "name" | "kind">): string | undefined {
  const { name } = field;
  const value = call.attr[name];
  if (value === undefined) return undefined;
  const isEmpty = value === 0 || value === null || value === "";
  const written = call.out[name];
  if (isEmpty && !(ALWAYS[call.cmd] ?? []).includes(name) && !written) return undefined;
  const text = formatValue(call.cmd, field, value);
  const after = written === undefined || written === value ? "" : ` => ${String(written)}`;
  return `${name}=${text}${after}`;
}

function formatValue(cmd: number, { name, kind }: Pick<AttrField, "name" | "kind">, value: unknown): string {
  if (value === null) return "NULL";
  if (isUint8Array(value)) return formatBytes(value);
  if (typeof value === "string") return JSON.stringify(value);
  if (kind === "ptr" || kind === "path") return hex(value as number | bigint);
  if (name === "map_type") return MapType[value as number] ? `BPF_MAP_TYPE_${MapType[value as number]}` : `${hex(value as number)} /* BPF_MAP_TYPE_??? */`;
  if (FLAG_FIELDS.has(name)) return formatFlags(value as number | bigint, MapFlag, "BPF_F_");
  if (name === "elem_flags" || (name === "flags" && ALWAYS[cmd]?.includes("key"))) return formatElemFlags(value as number | bigint);
  return String(value);
}

const FLAG_FIELDS: ReadonlySet<string> = new Set(["map_flags", "file_flags", "open_flags"]);

function formatElemFlags(value: number | bigint): string {
  const low = Number(value) % 4;
  const rest = formatFlags(BigInt(value) - BigInt(low), { F_LOCK: ElemFlag.F_LOCK }, "BPF_");
  // 3 is no mode, and printed as what it was made of.
  const mode = ElemFlag[low] === undefined ? "BPF_NOEXIST|BPF_EXIST" : `BPF_${ElemFlag[low]}`;
  if (rest === "0") return mode;
  return low === 0 ? rest : `${mode}|${rest}`;
}

/** Names of the bits that are set, then what has no name. */
function formatFlags(value: number | bigint, names: object, prefix: string): string {
  let rest = BigInt(value);
  const parts: string[] = [];
  for (const [name, bit] of Object.entries(names)) {
    if (typeof bit !== "number" || (rest & BigInt(bit)) === 0n) continue;
    rest &= ~BigInt(bit);
    parts.push(prefix + name);
  }
  if (rest !== 0n || parts.length === 0) parts.push(rest === 0n ? "0" : hex(rest));
  return parts.join("|");
}

function formatBytes(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes.subarray(0, BYTES_MAX)) text += `\\x${byte.toString(16).padStart(2, "0")}`;
  return `"${text}"${bytes.length > BYTES_MAX ? "..." : ""}`;
}

function hex(value: number | bigint): string {
  return `0x${(typeof value === "number" && value < 0 ? value >>> 0 : value).toString(16)}`;
}

const ELEM = ["map_fd", "key", "value", "flags"];
const BATCH = ["in_batch", "out_batch", "keys", "values", "count", "map_fd"];

/** Fields that are printed even where they are zero. */
const ALWAYS: { readonly [cmd: number]: readonly string[] | undefined } = {
  [Cmd.MAP_CREATE]: ["map_type", "key_size", "value_size", "max_entries", "map_flags"],
  [Cmd.MAP_LOOKUP_ELEM]: ELEM,
  [Cmd.MAP_UPDATE_ELEM]: ELEM,
  [Cmd.MAP_LOOKUP_AND_DELETE_ELEM]: ELEM,
  [Cmd.MAP_DELETE_ELEM]: ["map_fd", "key"],
  [Cmd.MAP_GET_NEXT_KEY]: ["map_fd", "key", "next_key"],
  [Cmd.MAP_FREEZE]: ["map_fd"],
  [Cmd.MAP_LOOKUP_BATCH]: BATCH,
  [Cmd.MAP_LOOKUP_AND_DELETE_BATCH]: BATCH,
  [Cmd.MAP_UPDATE_BATCH]: ["keys", "values", "count", "map_fd"],
  [Cmd.MAP_DELETE_BATCH]: ["keys", "count", "map_fd"],
  [Cmd.OBJ_PIN]: ["pathname", "bpf_fd"],
  [Cmd.OBJ_GET]: ["pathname"],
  [Cmd.MAP_GET_NEXT_ID]: ["start_id", "next_id"],
  [Cmd.BTF_GET_NEXT_ID]: ["start_id", "next_id"],
  [Cmd.MAP_GET_FD_BY_ID]: ["map_id"],
  [Cmd.BTF_GET_FD_BY_ID]: ["btf_id"],
  [Cmd.OBJ_GET_INFO_BY_FD]: ["bpf_fd", "info_len", "info"],
};
