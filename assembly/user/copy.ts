import { Errno } from "../uapi/constants";
import { copy_bytes_inline, copy_run_unlogged } from "../mem/bytes";
import { is_alone, own_slot } from "../mem/cpu";
import { FRAME_KEY, FRAME_VALUE, Frame, KEY_REGION_SIZE, frame, frame_ptr } from "../mem/frame";
import { table_resize } from "../mem/heap";
import { WITH_PROGRAMS } from "../mem/variant";
import { RESTART } from "../mem/section";
import { OBJ_MAP, OBJ_PROG, OBJ_SOCKET } from "../object/object";
import { fd_referent } from "../object/fd";
import { Map, is_err } from "../map/map";
import { has_special_fields, hide_special_fields } from "../map/special_fields";
import { VALUE_FD_UNSIGNED, VALUE_IS_FD, VALUE_IS_MAP, VALUE_IS_PROG, ops_traits } from "../map/traits";

// Keys and values between user memory and a map. The caller has judged the addresses.

/**
 * A key that stays what it is while a call works on it. Where threads share the memory, it is copied into the frame; elsewhere
 * nothing can change a key before the call is over, and a copy costs a lookup a tenth (bench row "raw LOOKUP"). An errno
 * pointer, RESTART, where that needs memory to be had first.
 */
@inline
export function key_in(key: usize, size: u32): usize {
  if (!ASC_FEATURE_THREADS) return key;
  const copy = frame_ptr() + offsetof<Frame>("key_low");
  if (size == 4) store<u32>(copy, load<u32>(key));
  else if (size == 8) store<u64>(copy, load<u64>(key));
  else if (size == 16) v128.store(copy, v128.load(key));
  else return long_key_in(key, size);
  return copy;
}

function long_key_in(key: usize, size: u32): usize {
  const copy = <usize>size <= KEY_REGION_SIZE ? frame_ptr() + FRAME_KEY : key_room(size);
  if (!is_err(copy)) copy_run_unlogged(copy, key, size);
  return copy;
}

/** A block of the CPU's own that is as large as is asked for, or an errno pointer: RESTART when it must be had first, ENOMEM. */
function key_room(size: u32): usize {
  const slot = own_slot();
  if (size <= slot.key_size) return slot.key;
  const block = larger_block(slot.key, size);
  if (is_err(block)) return block;
  slot.key = block;
  slot.key_size = size;
  return block;
}

function larger_block(old: usize, size: u32): usize {
  if (!is_alone()) return <usize>-RESTART;
  const block = table_resize(old, 0, size, old != 0);
  return block ? block : <usize>-Errno.ENOMEM;
}

/**
 * Threads: where a lookup puts the value that it answers the address of: what lies at an element's own address may be changed
 * by another thread before the caller reads it. An errno pointer as for key_room.
 */
function value_room(size: u32): usize {
  const slot = own_slot();
  if (size <= slot.value_size) return slot.value;
  const block = larger_block(slot.value == frame_ptr() + FRAME_VALUE ? 0 : slot.value, size);
  if (is_err(block)) return block;
  slot.value = block;
  slot.value_size = size;
  return block;
}

/** What a lookup answers for a value that it has found, or an errno pointer: read_again() follows. */
@inline
export function value_apart(map: Map, found: usize): usize {
  if (!ASC_FEATURE_THREADS || is_err(found)) return found;
  return copy_apart(found, map.user_value_size);
}

function copy_apart(found: usize, size: u32): usize {
  const room = value_room(size);
  if (!is_err(room)) copy_value_unlogged(room, found, size);
  return room;
}

function copy_value_unlogged(to: usize, from: usize, size: u32): void {
  if (size == 4) store<u32>(to, load<u32>(from));
  else if (size == 8) store<u64>(to, load<u64>(from));
  else memory.copy(to, from, size);
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

/** What a lookup answers with is an object's header, of which user space sees the id. */
const SHOWS_ID: u32 = WITH_PROGRAMS ? VALUE_IS_MAP | VALUE_IS_PROG : VALUE_IS_MAP;

/** Copies an element's value out as user space sees it. */
@inline
export function copy_value_out(map: Map, value: usize, to: usize): void {
  if (ops_traits(map.type) & SHOWS_ID) store<u32>(to, changetype<Map>(value).id);
  else {
    copy_bytes_inline(to, value, map.user_value_size);
    if (has_special_fields(map)) hide_special_fields(map, to);
  }
}
