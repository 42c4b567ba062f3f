import { Errno } from "../uapi/constants";
import { copy_bytes_inline } from "../mem/bytes";
import { Frame, frame, frame_ptr } from "../mem/frame";
import { OBJ_MAP, OBJ_PROG, OBJ_SOCKET } from "../object/object";
import { fd_referent } from "../object/fd";
import { Map } from "../map/map";
import { VALUE_FD_UNSIGNED, VALUE_IS_FD, VALUE_IS_MAP, VALUE_IS_PROG, ops_traits } from "../map/traits";

// Keys and values between user memory and a map. The caller has judged the addresses.

/**
 * A key that stays what it is while a call works on it. Where threads share the memory, keys of the common sizes are copied
 * into the frame; elsewhere nothing can change a key before the call is over, and a copy costs a lookup a tenth (bench row
 * "raw LOOKUP").
 */
@inline
export function key_in(key: usize, size: u32): usize {
  if (!ASC_FEATURE_THREADS) return key;
  const copy = frame_ptr() + offsetof<Frame>("key_low");
  if (size == 4) store<u32>(copy, load<u32>(key));
  else if (size == 8) store<u64>(copy, load<u64>(key));
  else if (size == 16) v128.store(copy, v128.load(key));
  else return key;
  return copy;
}

/** The value that an update gives to the map's operation: where it is an fd, what the fd refers to. */
@inline
export function value_in(map: Map, value: usize): usize {
  const traits = ops_traits(map.type);
  return traits & VALUE_IS_FD ? value_referent(map, traits, value) : value;
}

/** Address of a word: the address of the object that the fd in a value refers to, or the errno pointer that Linux answers. */
function value_referent(map: Map, traits: u32, value: usize): usize {
  const fd = load<u32>(value);
  // Types differ in whether the 4 bytes are an int; 8 bytes are never a negative fd.
  const wide = map.value_size == 8 ? load<u64>(value) > <u64>i32.MAX_VALUE : (traits & VALUE_FD_UNSIGNED) != 0 && <i32>fd < 0;
  const kind = traits & VALUE_IS_MAP ? OBJ_MAP : traits & VALUE_IS_PROG ? OBJ_PROG : OBJ_SOCKET;
  frame().referent = <u32>(wide ? <usize>-Errno.EINVAL : fd_referent(fd, kind));
  return frame_ptr() + offsetof<Frame>("referent");
}

/** Copies an element's value out as user space sees it. */
@inline
export function copy_value_out(map: Map, value: usize, to: usize): void {
  if (ops_traits(map.type) & VALUE_IS_MAP) store<u32>(to, changetype<Map>(value).id);
  else copy_bytes_inline(to, value, map.user_value_size);
}
