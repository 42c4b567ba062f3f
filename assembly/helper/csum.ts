import { Errno } from "../uapi/constants";
import { data_arg } from "./args";

// bpf_csum_diff: one's complement arithmetic of the Internet checksum.

const SIZE_MAX: u32 = 0x7fffffff;

/** Sum of the 16-bit words of `size` bytes, little endian, an odd last byte padded with zero. */
function sum_words(from: usize, size: u32): u64 {
  let sum: u64 = 0;
  const end = from + (size & ~3);
  // Words of 32 bits fold to the same sum; 2^29 of them do not overflow.
  for (; from < end; from += 4) sum += load<u32>(from);
  if (size & 2) {
    sum += load<u16>(from);
    from += 2;
  }
  return size & 1 ? sum + load<u8>(from) : sum;
}

/** 16 bits with the same one's complement sum: 0 only for 0. */
@inline
function fold(sum: u64): u32 {
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  return <u32>sum;
}

/** bpf_csum_diff: seed - sum of `from` + sum of `to`, folded to 16 bits. */
export function csum_diff(from: u64, from_size: u64, to: u64, to_size: u64, seed: u64): u64 {
  const removed_size = <u32>from_size;
  const added_size = <u32>to_size;
  if (removed_size > SIZE_MAX || added_size > SIZE_MAX) return <i64>-Errno.EINVAL;
  const added = added_size ? fold(sum_words(data_arg(to, added_size), added_size)) : 0;
  const removed = removed_size ? 0xffff - fold(sum_words(data_arg(from, removed_size), removed_size)) : 0;
  return fold(<u64>added + removed + <u32>seed);
}
