// Scripts and mismatches as a person reads them.

import { At, Cmd, Errno, MapFlag, MapType } from "./abi.ts";
import type { Mismatch } from "./differ.ts";
import { hex } from "./hex.ts";
import type { BpfOp, Buf, Op, Ref } from "./ops.ts";

const elemCommands = new Set<number>([
  Cmd.MAP_LOOKUP_ELEM, Cmd.MAP_UPDATE_ELEM, Cmd.MAP_LOOKUP_AND_DELETE_ELEM, Cmd.MAP_DELETE_ELEM, Cmd.MAP_GET_NEXT_KEY,
]);

const batchCommands = new Set<number>([
  Cmd.MAP_LOOKUP_BATCH, Cmd.MAP_LOOKUP_AND_DELETE_BATCH, Cmd.MAP_UPDATE_BATCH, Cmd.MAP_DELETE_BATCH,
]);

function fieldsOf(cmd: number): Readonly<Record<string, number>> {
  if (cmd === Cmd.MAP_CREATE) return At.create;
  if (elemCommands.has(cmd)) return cmd === Cmd.MAP_GET_NEXT_KEY ? nextKeyFields : elemFields;
  if (batchCommands.has(cmd)) return At.batch;
  if (cmd === Cmd.OBJ_PIN || cmd === Cmd.OBJ_GET) return At.object;
  if (cmd === Cmd.OBJ_GET_INFO_BY_FD) return At.info;
  return cmd === Cmd.MAP_FREEZE ? { map_fd: 0 } : { id: 0, open_flags: 8 };
}

const { map_fd, key, value, flags, next_key } = At.elem;
const elemFields = { map_fd, key, value, flags };
const nextKeyFields = { map_fd, key, next_key };

function bufText(buf: Buf): string {
  const bytes = buf.data.length > 40 ? `${hex(buf.data.subarray(0, 40))}…` : hex(buf.data);
  const inside = buf.refs?.map((ref) => ` +${ref.at}=${refText(ref)}`).join("") ?? "";
  return `${buf.data.length}[${bytes}${inside}]${buf.edge === true ? "|" : ""}`;
}

function refText(ref: Ref): string {
  if ("fd" in ref) return `fd#${ref.fd}`;
  if ("plainFd" in ref) return "/dev/null";
  if ("id" in ref) return `id#${ref.id}`;
  if ("bad" in ref) return ref.bad.toUpperCase();
  if ("same" in ref) return `&${ref.same}`;
  return "path" in ref ? JSON.stringify(ref.path) : bufText(ref.buf);
}

function fieldText(op: BpfOp, name: string, at: number, end: number): string | undefined {
  const ref = op.refs.find((candidate) => candidate.at === at);
  if (ref !== undefined) return `${name}=${refText(ref)}`;
  const bytes = op.attr.subarray(at, Math.min(end, op.attr.length));
  if (bytes.every((byte) => byte === 0)) return undefined;
  if (bytes.length !== 4) return `${name}=0x${hex(bytes.slice().reverse()).replace(/^0+/, "")}`;
  const number = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  if (name === "map_type") return `${name}=${MapType[number] ?? number}`;
  return name === "map_flags" ? `${name}=${flagsText(number)}` : `${name}=${number}`;
}

function flagsText(mapFlags: number): string {
  const known = Object.entries(MapFlag).filter(([, flag]) => typeof flag === "number" && (mapFlags & flag) !== 0);
  const rest = known.reduce((left, [, flag]) => left & ~(flag as number), mapFlags) >>> 0;
  return [...known.map(([name]) => name), ...(rest === 0 ? [] : [`0x${rest.toString(16)}`])].join("|");
}

function bpfText(op: BpfOp): string {
  const fields = Object.entries(fieldsOf(op.cmd));
  const texts = fields.map(([name, at], index) => fieldText(op, name, at, fields[index + 1]?.[1] ?? at + 8));
  const size = op.size === 168 && op.attr.length === 168 ? "" : ` size=${op.size}`;
  const tail = op.attr.findLastIndex((byte) => byte !== 0);
  const tailText = tail > fields[fields.length - 1][1] + 7 ? ` byte[${tail}]=${op.attr[tail]}` : "";
  const place = op.place === undefined ? "" : ` attr:${op.place}`;
  const slot = op.slot === undefined ? "" : ` -> #${op.slot}`;
  return `${Cmd[op.cmd] ?? op.cmd} ${texts.filter((text) => text !== undefined).join(" ")}${size}${tailText}${place}${slot}`;
}

export function opText(op: Op): string {
  switch (op.op) {
    case "bpf":
      return bpfText(op);
    case "walk":
      return `walk fd#${op.slot} by ${op.how}, ${op.count} at a time${op.sorted ? ", as a set" : ""}`;
    case "close":
      return `close fd#${op.slot}`;
    case "dup":
      return `dup fd#${op.slot} -> #${op.to}`;
    case "unlink":
    case "mkdir":
      return `${op.op} ${op.path}`;
    case "settle":
      return "settle";
  }
}

/** An answer with its errno by name. */
export function answerText(answer: string): string {
  return answer.replace(/^-(\d+)/, (whole, number) => (Errno[number] === undefined ? whole : `-${Errno[number]}`));
}

export function mismatchText({ script, at, names, answers }: Mismatch): string {
  const lines = script.ops.map((op, index) => `${String(index).padStart(4)}  ${opText(op)}`);
  const [left, right] = answers.map((answer) => answerText(answer));
  lines.splice(at + 1);
  lines.push(`      ${names[0].padEnd(8)} ${left}`, `      ${names[1].padEnd(8)} ${right}`);
  return [`${script.name}, seed ${script.seed}: operation ${at} differs`, ...lines].join("\n");
}
