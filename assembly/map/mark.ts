import { KIND_PRIVATE, chunk_kind, chunk_of } from "../mem/chunk";
import { AFTER_SEED, next_seed } from "./seed";
import { CHUNK_SIZE } from "../mem/root";
import { Map } from "./map";

// A program holds a map's address in a register, and what it hands to a helper as a map may be any number. A map that
// programs may use is marked: a word of its header is its own address, combined with a secret that lies in private memory,
// where no program reads. A header keeps its mark until the map is freed.

@unmanaged
class Secret {
  word: u32;
}
const SECRET_PTR: usize = AFTER_SEED;
/** Where the state of the rooms above begins. */
export const AFTER_MARK: usize = SECRET_PTR + offsetof<Secret>();
if (SECRET_PTR + offsetof<Secret>() > CHUNK_SIZE) ERROR("the secret does not fit into chunk 0");

@inline
function mark_of(map: usize): u32 {
  return <u32>map ^ changetype<Secret>(SECRET_PTR).word;
}

/** Lets programs use a map. */
export function mark_map(map: Map): void {
  const secret = changetype<Secret>(SECRET_PTR);
  // Drawn when the first program comes, so that kernels without programs hash as they always did.
  if (!secret.word) secret.word = <u32>(next_seed() >> 32) | 1;
  map.mark = mark_of(changetype<usize>(map));
}

/** Whether a register holds the address of a marked map. */
@inline
export function is_marked_map(ptr: u64): bool {
  // Headers are 8-aligned blocks, so the mark lies in the chunk that the header begins in unless that ends within.
  if (ptr >> 32 || ptr & 7) return false;
  const map = <usize>ptr;
  if (chunk_kind(chunk_of(map)) != KIND_PRIVATE || chunk_kind(chunk_of(map + MARK)) != KIND_PRIVATE) return false;
  return changetype<Map>(map).mark == mark_of(map) && changetype<Secret>(SECRET_PTR).word != 0;
}
const MARK: usize = offsetof<Map>("mark");
