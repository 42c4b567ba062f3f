// A program as the interpreter runs it, in private memory: an entry for each slot of the program and one behind the last.
//
//   Image │ Entry × (count + 1) │ address of the first entry of each function, u32 × nr_functions

@unmanaged
export class Image {
  count: u32;
  nr_functions: u32;
}
export const IMAGE_ENTRIES: usize = offsetof<Image>();

/** A decoded instruction. */
@unmanaged
export class Entry {
  /** One of Op. */
  op: u16;
  /** Bytes from the registers' start to the destination's, and to the operand's. */
  dst: u8;
  src: u8;
  /** Offset of a memory access, or the address of the entry that is jumped to. */
  off: i32;
  /** The immediate; of an atomic operation its number, of LD_ABS and LD_IND the size above the offset. */
  imm: i64;
}
export const ENTRY_SIZE: usize = offsetof<Entry>();
if (ENTRY_SIZE != 16) ERROR("entries are indexed by shifts");
export const ENTRY_SHIFT: usize = 4;

/** In `src`: the operand is the immediate. */
export const SRC_IMM: u32 = 0x80;

@inline
export function entry_at(image: usize, index: u32): usize {
  return image + IMAGE_ENTRIES + (<usize>index << ENTRY_SHIFT);
}

/** Index of the slot that an entry is of. */
@inline
export function index_of(image: usize, entry: usize): u32 {
  return <u32>((entry - image - IMAGE_ENTRIES) >> ENTRY_SHIFT);
}

/** Where the addresses of functions stand. */
@inline
export function functions_ptr(image: usize): usize {
  return entry_at(image, changetype<Image>(image).count + 1);
}
