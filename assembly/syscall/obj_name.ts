import { Limit } from "../uapi/constants";

/** Letters, digits, `_` and `.`; Linux tests bytes as Latin-1, so its letters from 0xC0 up pass too. */
function name_byte_ok(byte: u32): bool {
  if (byte >= 0xc0) return byte != 0xd7 && byte != 0xf7;
  const lower = byte | 0x20;
  return (lower >= 0x61 && lower <= 0x7a) || (byte >= 0x30 && byte <= 0x39) || byte == 0x5f || byte == 0x2e;
}

/** Copies an object's name up to its NUL; bytes behind it are not looked at and read back as zero. False for a bad one. */
export function name_in(from: usize, to: usize): bool {
  for (let i: usize = 0; i < <usize>Limit.OBJ_NAME_LEN; ++i) {
    const byte = load<u8>(from + i);
    if (byte == 0) return true;
    if (!name_byte_ok(byte)) return false;
    store<u8>(to + i, byte);
  }
  return false;
}
