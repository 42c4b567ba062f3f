import type { Walk } from "./context.ts";
import type { MemoryAccess } from "./memory.ts";
import { typeName, UNKNOWN_REG } from "./reg.ts";
import type { Reg } from "./reg.ts";
import { denied } from "./reject.ts";
import { sameKind } from "./access_kinds.ts";

// struct bpf_sock, bpf_tcp_sock, bpf_xdp_sock: what programs may read of a socket.

const DST_PORT = 48;
/** Fields that only full sockets have. */
const TYPE = 8;
const PRIORITY_END = 24;

function isSockField(off: number, size: number): boolean {
  if (off < 0 || off + size > 80 || off % size !== 0) return false;
  if (off === DST_PORT || off === DST_PORT + 1) return size <= 2 || (off === DST_PORT && size === 4);
  if (off === 50 || off === 51) return false;
  if (off >= 4 && off < 16 || off >= 20 && off < 44 || off >= 52 && off < 76 || off >= 76) return true;
  return size === 4;
}

function isCommonField(off: number, size: number): boolean {
  return !(off >= TYPE && off < PRIORITY_END) && isSockField(off, size);
}

const isTcpField = (off: number, size: number): boolean =>
  off >= 0 && off + size <= 116 && off % size === 0 && (size === 4 || (size === 8 && (off === 96 || off === 104)));

export function accessSock(w: Walk, { number, off, size, isWrite }: MemoryAccess, reg: Reg): Reg {
  if (isWrite) denied(`R${number} cannot write into ${typeName(reg)}`);
  const at = off + reg.off;
  const isAllowed = reg.kind === "sock_common" ? isCommonField(at, size) : reg.kind === "sock" ? isSockField(at, size)
    : reg.kind === "tcp_sock" ? isTcpField(at, size) : at === 0 && size === 4;
  if (reg.scalar.smin < 0n) denied(`R${number} min value is negative, either use unsigned index or do a if (index >=0) check.`);
  if (!isAllowed) denied(`R${number} invalid ${typeName(reg)} access off=${at} size=${size}`);
  sameKind(w, reg);
  return UNKNOWN_REG;
}
