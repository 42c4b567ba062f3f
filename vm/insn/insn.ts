/** One slot of 8 bytes of a program. The second half of a 64-bit immediate load is a slot of its own, with code 0. */
export interface Insn {
  /** The opcode byte: class, operation or size, source or mode. */
  code: number;
  /** Destination register, 0 to 15. */
  dst: number;
  /** Source register, 0 to 15; for some instructions the kind of the immediate. */
  src: number;
  /** Signed 16 bits. */
  off: number;
  /** Signed 32 bits. */
  imm: number;
}

/** Bytes of one slot. */
export const INSN_SIZE = 8;

/** Reads slots, little endian; a rest of less than 8 bytes is left out. */
export function decodeInsns(bytes: Uint8Array): Insn[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const insns: Insn[] = [];
  for (let at = 0; at + INSN_SIZE <= bytes.length; at += INSN_SIZE) {
    const registers = bytes[at + 1];
    insns.push({
      code: bytes[at],
      dst: registers & 15,
      src: registers >> 4,
      off: view.getInt16(at + 2, true),
      imm: view.getInt32(at + 4, true),
    });
  }
  return insns;
}

/** The bytes of slots, little endian. */
export function encodeInsns(insns: readonly Insn[]): Uint8Array {
  const bytes = new Uint8Array(insns.length * INSN_SIZE);
  const view = new DataView(bytes.buffer);
  insns.forEach(({ code, dst, src, off, imm }, index) => {
    const at = index * INSN_SIZE;
    bytes[at] = code;
    bytes[at + 1] = dst | (src << 4);
    view.setInt16(at + 2, off, true);
    view.setInt32(at + 4, imm, true);
  });
  return bytes;
}
