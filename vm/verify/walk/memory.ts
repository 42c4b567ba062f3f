import type { Insn } from "../../insn/insn.ts";
import * as op from "../../insn/opcodes.ts";
import type { Walk } from "./context.ts";
import { accessContext } from "./ctx/access.ts";
import { isMaybeNull, isPacket, isScalar, offsetText, RDONLY, scalarReg, typeName, UNKNOWN_REG, constantReg } from "./reg.ts";
import type { Reg } from "./reg.ts";
import { checkMapAccess, checkRegion, checkPacket } from "./regions.ts";
import { denied, invalid } from "./reject.ts";
import { sameKind } from "./access_kinds.ts";
import { signExtend, truncate, unsignedOf } from "./scalar.ts";
import { readStack, readStackAnywhere, stackExtent, writeStack, writeStackAnywhere } from "./stack.ts";
import * as tn from "./tnum.ts";
import { accessSock } from "./sockets.ts";

const BYTES: Readonly<Record<number, number>> = { [op.B]: 1, [op.H]: 2, [op.W]: 4, [op.DW]: 8 };
export const sizeOf = (code: number): number => BYTES[code & op.SIZE_MASK];

const STRICT_ALIGNMENT = 1;
/** Where a packet starts, seen from a multiple of 4. */
const IP_ALIGN = 2;

const WORDS: Readonly<Record<string, string>> = {
  map_value: "value ", map_key: "key ", ctx: "context ", fp: "stack ", flow_keys: "flow keys ", sock: "sock ", sock_common: "sock_common ", tcp_sock: "tcp_sock ", xdp_sock: "xdp_sock ",
};

export function checkAlignment(w: Walk, reg: Reg, off: number, size: number, isAtomic = false): void {
  const isStrict = isAtomic || (w.request.flags & STRICT_ALIGNMENT) !== 0;
  if (size === 1 || !(isStrict || reg.kind === "fp")) return;
  const align = isPacket(reg) ? IP_ALIGN : 0;
  const where = tn.add(reg.scalar.bits, tn.known(BigInt(align + reg.off + off)));
  if (tn.isAligned(where, size)) return;
  // A constant variable part prints as its number alone.
  const variable = reg.scalar.bits.mask === 0n ? `${BigInt.asIntN(64, reg.scalar.bits.value)}` : offsetText(reg);
  if (isPacket(reg)) denied(`misaligned packet access off ${align}+${variable}+${reg.off}+${off} size ${size}`);
  denied(`misaligned ${WORDS[reg.kind] ?? ""}access off ${variable}+${reg.off}+${off} size ${size}`);
}

export interface MemoryAccess {
  /** The register that holds the pointer. */
  readonly number: number;
  readonly off: number;
  readonly size: number;
  readonly isWrite: boolean;
  /** The register that is stored, or -1. */
  readonly valueNumber: number;
  readonly value?: Reg;
  /** A load that extends the sign. */
  readonly isSigned?: boolean;
  /** An atomic access, which has to be aligned wherever it goes. */
  readonly isAtomic?: boolean;
}

/** Judges an access through a pointer; gives what a load yields. */
export function accessMemory(w: Walk, access: MemoryAccess): Reg {
  const { number, off, size, isWrite, valueNumber, value } = access;
  const reg = w.reg(number);
  checkAlignment(w, reg, off, size, access.isAtomic);
  if (isMaybeNull(reg)) denied(`R${number} invalid mem access '${typeName(reg)}'`);
  switch (reg.kind) {
    case "fp": {
      const { min, max } = stackExtent(w, number, reg, off, size, isWrite ? "write" : "read");
      const isKnown = reg.scalar.bits.mask === 0n;
      if (!isWrite) return isKnown ? readStack(w, reg, min, size) : readStackAnywhere(w, number, reg, min, max);
      if (isKnown) writeStack(w, reg, min, size, valueNumber, value);
      else writeStackAnywhere(w, reg, min, max, valueNumber, value);
      return UNKNOWN_REG;
    }
    case "map_value":
      checkMapAccess(w, number, reg, off, size, isWrite);
      return isWrite ? UNKNOWN_REG : readMapValue(w, reg, off, size);
    case "map_key":
      if (isWrite) denied(`write to change key R${number} not allowed`);
      checkRegion(number, reg, off + reg.off, size, reg.map?.keySize ?? 0, false, "key");
      return UNKNOWN_REG;
    case "mem":
      if (isWrite && (reg.flags & RDONLY) !== 0) denied(`R${number} cannot write into ${typeName(reg)}`);
      checkRegion(number, reg, off + reg.off, size, reg.size, false, "memory");
      return UNKNOWN_REG;
    case "ctx":
      return accessContext(w, access, reg);
    case "pkt":
    case "pkt_meta":
      if (isWrite && !w.context.canWritePacket) denied("cannot write into packet");
      checkPacket(number, reg, off + reg.off, size, false);
      return UNKNOWN_REG;
    case "flow_keys":
      if (off + reg.off < 0 || off + reg.off + size > 56) denied(`invalid access to flow keys off=${off + reg.off} size=${size}`);
      return UNKNOWN_REG;
    case "sock":
    case "sock_common":
    case "tcp_sock":
    case "xdp_sock":
      return accessSock(w, access, reg);
    case "map_ptr":
      return readMapPointer(access, reg);
    default:
      return denied(`R${number} invalid mem access '${typeName(reg)}'`);
  }
}

/** The kernel's structures of maps, by type. */
const MAP_STRUCTS: Readonly<Record<number, string>> = {
  1: "bpf_htab", 2: "bpf_array", 3: "bpf_array", 4: "bpf_array", 5: "bpf_htab", 6: "bpf_array", 9: "bpf_htab", 10: "bpf_htab", 11: "lpm_trie", 12: "bpf_array", 13: "bpf_htab", 27: "bpf_ringbuf_map",
};

/** Loads from a map's own structure are numbers. */
function readMapPointer({ number, off, isWrite }: MemoryAccess, reg: Reg): Reg {
  const name = MAP_STRUCTS[reg.map?.type ?? 0] ?? "bpf_map";
  if (off + reg.off < 0) denied(`R${number} is ${name} invalid negative access: off=${off + reg.off}`);
  if (isWrite) denied(`only read from ${name} is supported`);
  return UNKNOWN_REG;
}

const RDONLY_PROG = 0x80;
const ARRAY = 2;

/** Constants of frozen read-only maps are known. */
function readMapValue(w: Walk, reg: Reg, off: number, size: number): Reg {
  const map = reg.map;
  if (map === undefined || map.type !== ARRAY || !map.frozen || (map.flags & RDONLY_PROG) === 0 || reg.scalar.bits.mask !== 0n) return UNKNOWN_REG;
  const at = off + reg.off + Number(reg.scalar.bits.value);
  const bytes = w.host.mapBytes?.(map, at, size);
  if (bytes === undefined) return UNKNOWN_REG;
  let value = 0n;
  for (let i = size - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]);
  return constantReg(value);
}

/** LDX. */
export function load(w: Walk, insn: Insn, isAtomic = false): void {
  const { dst, src, off, code } = insn;
  const size = sizeOf(code);
  w.read(src);
  w.checkWritable(dst);
  const reg = w.reg(src);
  const loaded = accessMemory(w, { number: src, off, size, isWrite: false, valueNumber: dst, isSigned: (code & op.MODE_MASK) === op.MEMSX, isAtomic });
  sameKind(w, reg);
  w.setReg(dst, fitted(loaded, size, (code & op.MODE_MASK) === op.MEMSX));
}

function fitted(reg: Reg, size: number, isSigned: boolean): Reg {
  if (!isScalar(reg)) return reg;
  if (isSigned) return scalarReg(signExtend(reg.scalar, size));
  if (size === 8) return reg;
  if (reg === UNKNOWN_REG) return scalarReg(unsignedOf(size));
  const narrow = truncate(reg.scalar, size);
  return reg.scalar.umax < 1n << BigInt(size * 8) ? reg : { ...scalarReg(narrow) };
}

/** ST and STX. */
export function store(w: Walk, insn: Insn, isAtomic = false): void {
  const { dst, src, off, imm, code } = insn;
  const isRegister = (code & op.CLASS_MASK) === op.STX;
  if (isRegister ? imm !== 0 : src !== 0) invalid(isRegister ? "BPF_STX uses reserved fields" : "BPF_ST uses reserved fields");
  if ((code & op.MODE_MASK) !== op.MEM) invalid(`BPF_${isRegister ? "STX" : "ST"} uses reserved fields`);
  if (isRegister) w.read(src);
  w.read(dst);
  const reg = w.reg(dst);
  const value = isRegister ? w.reg(src) : constantReg(BigInt(imm));
  accessMemory(w, { number: dst, off, size: sizeOf(code), isWrite: true, valueNumber: isRegister ? src : -1, value, isAtomic });
  sameKind(w, reg);
}
