import { enter_alone, leave } from "../mem/section";
import { check_fds, check_ids } from "./objects";
import { check_heap } from "./heap";
import { check_hash_maps } from "./hash";
import { check_lpm_tries } from "./lpm";
import { check_lru_maps } from "./lru";

export { seeded_hash } from "./hash";

// Compiled into the debug build only: holds the engine's private state against its own rules, so that a test can say
// that a hostile attr changed nothing it should not have.

/** 0, or the number of the first broken rule: heap 1.., fds and ids 101.., hash tables 201.., LPM tries 301.., LRU lists 401... */
export function check_invariants(): i32 {
  enter_alone();
  const broken = check_all();
  leave();
  return broken;
}

function check_all(): i32 {
  let broken = check_heap();
  if (!broken) broken = check_fds();
  if (!broken) broken = check_ids();
  if (!broken) broken = check_hash_maps();
  if (!broken) broken = check_lpm_tries();
  if (!broken) broken = check_lru_maps();
  return broken;
}
