import { is_alone } from "../mem/cpu";
import { any_buried, leave, leave_and_enter_alone } from "../mem/section";
import { any_dead } from "../object/object";
import { free_dead_maps } from "./free";
import { repair_maps } from "./repair";

/** Ends a call, and before that does what calls leave to be done: maps to be freed, and those of dead threads to be put right. */
@inline
export function end(): void {
  if (any_dead() || any_buried()) clean_up();
  leave();
}

function clean_up(): void {
  if (!is_alone()) leave_and_enter_alone();
  if (any_buried()) repair_maps();
  free_dead_maps();
}
