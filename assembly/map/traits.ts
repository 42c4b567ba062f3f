import { MapType } from "../uapi/constants";

// What the rest of the core must know of a map type without asking which it is: bits in the type's row (types.ts). They
// have a file of their own so that a map type can ask them about another map without importing the whole table.

/** LOOKUP reads the value buffer instead of writing it. */
export const VALUE_IS_INPUT: u32 = 1 << 0;
/** An element is the address of another map: user space sees its id. */
export const VALUE_IS_MAP: u32 = 1 << 1;
/** LOOKUP_BATCH and LOOKUP_AND_DELETE_BATCH go bucket by bucket: the map is a HashMap. */
export const BATCH_BUCKETS: u32 = 1 << 2;
/** LOOKUP_BATCH goes key by key. */
export const BATCH_LOOKUP: u32 = 1 << 3;
export const BATCH_UPDATE: u32 = 1 << 4;
export const BATCH_DELETE: u32 = 1 << 5;
/** LOOKUP_AND_DELETE_ELEM takes no flags at all. */
export const POP_NO_FLAGS: u32 = 1 << 6;
/** The map is an ArrayMap whose content info can hash. */
export const CONTENT_HASH: u32 = 1 << 7;
/** A map of this type cannot be the template of an outer map. */
export const NO_TEMPLATE: u32 = 1 << 8;
/** map_ifindex asks a network device to hold the map: hash and array. */
export const OFFLOAD: u32 = 1 << 9;
/** Linux judges the attributes of this type only when it allocates: after map_ifindex and the token. */
export const CHECK_LATE: u32 = 1 << 10;
/** A value is one per CPU. */
export const PERCPU: u32 = 1 << 11;
/** A value that user space gives is an fd of a program, or of a socket: a map's is said by VALUE_IS_MAP. */
export const VALUE_IS_PROG: u32 = 1 << 12;
export const VALUE_IS_SOCKET: u32 = 1 << 13;
/** Its 4 bytes are judged as unsigned: one that no fd can be is -EINVAL, and not closed. */
export const VALUE_FD_UNSIGNED: u32 = 1 << 14;
/** The lookup of a program, unlike that of a system call, is a use of the element: the map is an LruMap. */
export const MARKS_USE: u32 = 1 << 15;
/** Its operations see to other threads themselves: all others are done alone (mem/section.ts). */
export const CONCURRENT: u32 = 1 << 16;
/** An update is given what the fd refers to, the address of an object, or the errno that Linux answers (user/copy.ts). */
export const VALUE_IS_FD: u32 = VALUE_IS_MAP | VALUE_IS_PROG | VALUE_IS_SOCKET;

/** A u32 and a u16 per type, constant: written by types_init (types.ts). */
const TRAITS: usize = memory.data(MapType.MAX * 4, 4);
const HEADER_SIZES: usize = memory.data(MapType.MAX * 2, 2);

/** Run by the build. */
export function set_traits(type: u32, traits: u32): void {
  store<u32>(<usize>type << 2, traits, TRAITS);
}

export function set_header_size(type: u32, size: usize): void {
  store<u16>(<usize>type << 1, <u16>size, HEADER_SIZES);
}

@inline
export function ops_traits(type: u32): u32 {
  return load<u32>(<usize>type << 2, TRAITS);
}

/** Bytes of the header that a map of this type begins with. */
export function header_size(type: u32): u32 {
  return load<u16>(<usize>type << 1, HEADER_SIZES);
}
