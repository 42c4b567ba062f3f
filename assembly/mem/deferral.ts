import { CHUNK_DESC_TABLE, CHUNK_SHIFT, root } from "./root";
import { CpuSlot, own_slot } from "./cpu";
import { KIND_DATA, chunk_free, chunk_kind, chunk_of } from "./chunk";

// The one deferral of frees. An address of data memory may outlive what it was given for: a lookup answers with an address, the
// element is deleted, and whoever holds the address may still read and write there (`p = lookup(); delete(); *p = x` is a legal
// program). While somebody may hold such an address, chunks of data that fall free keep their kind and are not handed out, so
// a stale address reaches data memory and nothing else. They are free once nobody holds one.
//
//   retired ──► first chunk of a run ──► …      its word in CHUNK_DESC_TABLE: next run's first chunk << 16 | chunks of the run

const NEXT_SHIFT: u32 = 16;
const COUNT_MASK: u32 = 0xffff;

/** Somebody may hold addresses of data memory from now on. */
export function addresses_hold(): void {
  ++root.holders;
  if (ASC_FEATURE_THREADS) ++own_slot().holds;
}

/** One of those who may hold addresses no longer does: how many are left, or -1 when there was none. */
export function addresses_release(): i32 {
  if (!root.holders) return -1;
  if (ASC_FEATURE_THREADS && own_slot().holds) --own_slot().holds;
  if (!--root.holders) free_retired();
  return root.holders;
}

/** What a CPU held whose thread is dead. */
export function addresses_release_of(slot: CpuSlot): void {
  for (; slot.holds; --slot.holds) if (!--root.holders) free_retired();
}

/** Gives back `count` chunks, at once or when nobody holds an address in them. */
export function chunks_release(ptr: usize, count: u32): void {
  const chunk = chunk_of(ptr);
  if (!root.holders || chunk_kind(chunk) != KIND_DATA) {
    chunk_free(ptr, count);
    return;
  }
  set_word(chunk, (root.retired << NEXT_SHIFT) | count);
  root.retired = chunk;
}

function free_retired(): void {
  while (root.retired) {
    const chunk = root.retired;
    const word = load<u32>(<usize>chunk << 2, CHUNK_DESC_TABLE);
    root.retired = word >> NEXT_SHIFT;
    set_word(chunk, 0);
    chunk_free(<usize>chunk << CHUNK_SHIFT, word & COUNT_MASK);
  }
}

@inline
function set_word(chunk: u32, word: u32): void {
  store<u32>(<usize>chunk << 2, word, CHUNK_DESC_TABLE);
}

/** Chunks of the retired run that begins here, for the debug build's checks; 0 when none does. */
export function retired_run(chunk: u32): u32 {
  for (let at = root.retired; at; at = load<u32>(<usize>at << 2, CHUNK_DESC_TABLE) >> NEXT_SHIFT) {
    if (at == chunk) return load<u32>(<usize>at << 2, CHUNK_DESC_TABLE) & COUNT_MASK;
  }
  return 0;
}
