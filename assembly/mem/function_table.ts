// The module's function table is laid out while the core is built (scripts/build/function_table.mjs): functions that end in
// `_init` note there which function each cell is to hold, the build runs them once and leaves neither them nor the notes
// in the module. Constant data that they write stays.

const CELLS_MAX: i32 = 512;
/** A u16 per cell: the index that the compiler gave the function. */
const NOTES: usize = memory.data(CELLS_MAX * 2, 2);

export function note(cell: u32, index: u32): void {
  assert(cell < <u32>CELLS_MAX);
  store<u16>(NOTES + (<usize>cell << 1), index);
}

export function noted(cell: u32): u32 {
  return load<u16>(NOTES + (<usize>cell << 1));
}
