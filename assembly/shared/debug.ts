import { set_stores_left } from "../mem/cpu";

// Compiled into the debug build for shared memory only.

/** The calling thread dies, in a trap, at the store after `after` others that a journal notes; 0 takes that back. */
export function die_after(after: u32): void {
  set_stores_left(after);
}
