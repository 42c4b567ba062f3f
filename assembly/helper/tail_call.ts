import { MapType } from "../uapi/constants";
import { Frame, frame, frame_ptr } from "../mem/frame";
import { Obj } from "../object/object";
import { is_err } from "../map/map";
import { ops_lookup } from "../map/ops";
import { map_of_type_arg } from "./args";

/** bpf_tail_call's target: id of the program in a slot, or 0. The index is a u32. */
export function prog_target(map_ptr: u64, index: u64): u32 {
  const map = map_of_type_arg(map_ptr, MapType.PROG_ARRAY);
  frame().key_low = <u32>index;
  const program = ops_lookup(map.type, changetype<usize>(map), frame_ptr() + offsetof<Frame>("key_low"));
  return is_err(program) ? 0 : changetype<Obj>(program).id;
}
