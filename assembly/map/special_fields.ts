import { Errno } from "../uapi/constants";
import { BtfField } from "../uapi/prog_constants";
import { round_up_8 } from "../mem/bytes";
import { KIND_PRIVATE } from "../mem/chunk";
import { heap_alloc, heap_free } from "../mem/heap";
import { WITH_PROGRAMS } from "../mem/variant";
import { extension_of } from "./extension";
import { Map, SPECIAL_FIELDS, is_err } from "./map";
import { ops_lookup, ops_update_plain } from "./ops";

// Special fields of values: locks, timers, lists, kptrs. Programs reach them by helpers. Whoever looks an element up sees zeros
// in their place, and an update leaves them as they are.

/** Bytes of a field: kind, offset, size, as BtfRow says. */
const FIELD_SIZE: usize = 12;

/** Whether a map's values have any; never in a core without programs. */
@inline
export function has_special_fields(map: Map): bool {
  return WITH_PROGRAMS && (map.word_keys & SPECIAL_FIELDS) != 0;
}

@inline
function field_at(fields: usize, i: u32): usize {
  return fields + <usize>i * FIELD_SIZE;
}

/** Bytes from one CPU's copy of a value to the next. */
@inline
function copy_stride(map: Map): u32 {
  return <u32>round_up_8(map.value_size);
}

/** Puts zeros in the place of special fields in a value as user space has it. */
export function hide_special_fields(map: Map, value: usize): void {
  put_special_fields(map, value, 0);
}

/** Puts the special fields of another value, or zeros where it is 0, into a value. */
function put_special_fields(map: Map, value: usize, from: usize): void {
  const extension = extension_of(map);
  const stride = copy_stride(map);
  for (let base: u32 = 0; base < map.user_value_size; base += stride) {
    for (let i: u32 = 0; i < extension.field_count; ++i) {
      const field = field_at(extension.fields, i);
      const offset = <usize>base + load<u32>(field, 4);
      const size = load<u32>(field, 8);
      if (from) memory.copy(value + offset, from + offset, size);
      else memory.fill(value + offset, 0, size);
    }
  }
}

/** An update that leaves special fields as they are; those of a new element are zeros. */
export function update_around_fields(map: Map, key: usize, value: usize, flags: u64): i32 {
  const ptr = changetype<usize>(map);
  const copy = heap_alloc(map.user_value_size, KIND_PRIVATE);
  if (!copy) return -Errno.ENOMEM;
  memory.copy(copy, value, map.user_value_size);
  const old = ops_lookup(map.type, ptr, key);
  put_special_fields(map, copy, is_err(old) ? 0 : old);
  const answer = ops_update_plain(map.type, ptr, key, copy, flags);
  heap_free(copy);
  return answer;
}

/** Whether a value has a bpf_spin_lock, which BPF_F_LOCK holds while an element is copied. */
export function has_spin_lock(map: Map): bool {
  if (!has_special_fields(map)) return false;
  const extension = extension_of(map);
  for (let i: u32 = 0; i < extension.field_count; ++i) {
    if (load<u32>(field_at(extension.fields, i)) == <u32>BtfField.SPIN_LOCK) return true;
  }
  return false;
}
