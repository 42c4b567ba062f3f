import { AFTER_OBJECTS } from "../object/state";
import { CHUNK_SIZE } from "../mem/root";

// The seeds that maps hash with. The generator's state lies in chunk 0 behind that of the objects.

@unmanaged
class SeedState {
  /** Of splitmix64. */
  next: u64;
}
const SEED_PTR: usize = (AFTER_OBJECTS + 7) & ~7;
/** Where the state of the rooms above begins. */
export const AFTER_SEED: usize = SEED_PTR + offsetof<SeedState>();
if (SEED_PTR + offsetof<SeedState>() > CHUNK_SIZE) ERROR("the seed does not fit into chunk 0");

/** What all seeds follow from. */
export function set_seed(seed: u64): void {
  changetype<SeedState>(SEED_PTR).next = seed;
}

/** Next 64 bits of the seed generator (splitmix64). */
export function next_seed(): u64 {
  const state = changetype<SeedState>(SEED_PTR);
  state.next += 0x9e3779b97f4a7c15;
  let z = state.next;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}
