import { Errno } from "../uapi/constants";
import { Fault } from "../uapi/fault";
import { KIND_DATA, KIND_PRIVATE } from "../mem/chunk";
import { heap_alloc, heap_free } from "../mem/heap";
import { ArrayMap } from "../map/array";
import { HashMap, value_of } from "../map/hash/hash_map";
import { next_element, next_from } from "../map/hash/walk";
import { Map } from "../map/map";
import { AFTER_MARK, is_marked_map } from "../map/mark";
import { CHUNK_SIZE } from "../mem/root";
import { BATCH_BUCKETS, VALUE_IS_MAP, ops_traits } from "../map/traits";
import { data_arg, map_arg } from "./args";
import { KTIME_GET_NS, host_helper } from "./host";
import { current_run, fault } from "./run";

// Timers: struct bpf_timer is 16 bytes in a map's value. What it is set to lies in a private block, in a list of all timers;
// in the value stands the timer's number, which is good only together with the address that it stands at. So a timer ends
// with its element: a new element has zeros there, and whatever else a program writes there is no timer.

const TIMER_SIZE: u32 = 16;
const CLOCK_MASK: u64 = 15;
const REALTIME: u64 = 0;
const MONOTONIC: u64 = 1;
const BOOTTIME: u64 = 7;
/** Flags of timer_start. */
const ABSOLUTE: u64 = 1;
const PIN_CPU: u64 = 2;

@unmanaged
class Timer {
  next: usize;
  map: usize;
  map_id: u32;
  /** Where its number stands, in a value. */
  place: usize;
  number: u64;
  /** Function number and id of the program that it is of; 0 when none was set. */
  callback: u64;
  program: u32;
  armed: u32;
  expires: u64;
  /** 8 bytes of data memory: the key of an array's element while the callback runs. */
  key: usize;
  _pad: u32;
}

@unmanaged
class TimerState {
  first: usize;
  _pad: u32;
  /** The last number given. */
  number: u64;
}
const STATE_PTR: usize = (AFTER_MARK + 7) & ~7;
if (STATE_PTR + offsetof<TimerState>() > CHUNK_SIZE) ERROR("the list of timers does not fit into chunk 0");

@inline
function state(): TimerState {
  return changetype<TimerState>(STATE_PTR);
}

/** Whether a timer's element is still there. */
function is_live(timer: Timer): bool {
  if (!is_marked_map(timer.map) || changetype<Map>(timer.map).id != timer.map_id) return false;
  return load<u64>(timer.place) == timer.number;
}

/** Frees the timers whose elements are gone. */
export function prune_timers(): void {
  let link = STATE_PTR + offsetof<TimerState>("first");
  for (let ptr = load<usize>(link); ptr; ptr = load<usize>(link)) {
    const timer = changetype<Timer>(ptr);
    if (is_live(timer)) {
      link = ptr + offsetof<Timer>("next");
      continue;
    }
    store<usize>(link, timer.next);
    heap_free(timer.key);
    heap_free(ptr);
  }
}

/** The timer whose number stands at an address, or null. */
function timer_at(place: usize): Timer {
  const number = load<u64>(place);
  for (let ptr = number ? state().first : 0; ptr; ptr = changetype<Timer>(ptr).next) {
    const timer = changetype<Timer>(ptr);
    if (timer.number == number && timer.place == place) return timer;
  }
  return changetype<Timer>(0);
}

@inline
function is_none(timer: Timer): bool {
  return changetype<usize>(timer) == 0;
}

/** bpf_timer_init: 0, -EINVAL for flags or a clock that is none of 0, 1, 7, -EBUSY when it was done, -ENOMEM. */
export function timer_init(place_arg: u64, map_arg_: u64, flags: u64): u64 {
  const place = data_arg(place_arg, TIMER_SIZE);
  const map = map_arg(map_arg_);
  const clock = flags & CLOCK_MASK;
  if (flags != clock || (clock != REALTIME && clock != MONOTONIC && clock != BOOTTIME)) return <i64>-Errno.EINVAL;
  if (!is_none(timer_at(place))) return <i64>-Errno.EBUSY;
  prune_timers();
  const ptr = heap_alloc(offsetof<Timer>(), KIND_PRIVATE);
  if (!ptr) return <i64>-Errno.ENOMEM;
  const timer = changetype<Timer>(ptr);
  timer.key = heap_alloc(8, KIND_DATA);
  if (!timer.key) {
    heap_free(ptr);
    return <i64>-Errno.ENOMEM;
  }
  timer.map = changetype<usize>(map);
  timer.map_id = map.id;
  timer.place = place;
  timer.number = ++state().number;
  timer.next = state().first;
  state().first = ptr;
  store<u64>(place, timer.number);
  return 0;
}

/** bpf_timer_set_callback: 0, or -EINVAL before timer_init. */
export function timer_set_callback(place: u64, callback: u64): u64 {
  const timer = timer_at(data_arg(place, TIMER_SIZE));
  if (is_none(timer)) return <i64>-Errno.EINVAL;
  timer.callback = callback;
  timer.program = current_run().program;
  return 0;
}

/** bpf_timer_start: 0, or -EINVAL for flags, before timer_init or without a callback. */
export function timer_start(place: u64, nsecs: u64, flags: u64): u64 {
  const timer = timer_at(data_arg(place, TIMER_SIZE));
  if (flags & ~(ABSOLUTE | PIN_CPU)) return <i64>-Errno.EINVAL;
  if (is_none(timer) || !timer.callback) return <i64>-Errno.EINVAL;
  timer.expires = flags & ABSOLUTE ? nsecs : host_helper(KTIME_GET_NS, 0, 0, 0, 0, 0) + nsecs;
  timer.armed = 1;
  return 0;
}

/** bpf_timer_cancel: 1 when it was armed, 0 when not, -EINVAL before timer_init. The callback goes, too. */
export function timer_cancel(place: u64): u64 {
  const timer = timer_at(data_arg(place, TIMER_SIZE));
  if (is_none(timer)) return <i64>-Errno.EINVAL;
  const armed = timer.armed;
  timer.armed = 0;
  timer.callback = 0;
  return armed;
}

/** The armed timer that is due first, or null. */
function first_due(): Timer {
  prune_timers();
  let first = changetype<Timer>(0);
  for (let ptr = state().first; ptr; ptr = changetype<Timer>(ptr).next) {
    const timer = changetype<Timer>(ptr);
    if (timer.armed && (is_none(first) || timer.expires < first.expires)) first = timer;
  }
  return first;
}

/** When the next timer is due; 0 when none is armed. */
export function next_expiry(): u64 {
  const timer = first_due();
  return is_none(timer) ? 0 : max<u64>(timer.expires, 1);
}

/** What the callback of an expired timer is called with, for the host. */
@unmanaged
export class Expired {
  program: u64;
  callback: u64;
  map: u64;
  key: u64;
  value: u64;
}

/** Disarms the timer that was due first, if one was by `now`, and says what to call: 1, or 0. */
export function expire(now: u64, out: Expired): u32 {
  const timer = first_due();
  if (is_none(timer) || timer.expires > now) return 0;
  timer.armed = 0;
  out.program = timer.program;
  out.callback = timer.callback;
  out.map = timer.map;
  find_element(timer, out);
  return 1;
}

/** Key and value of the element that holds a timer. */
function find_element(timer: Timer, out: Expired): void {
  if ((ops_traits(changetype<Map>(timer.map).type) & (BATCH_BUCKETS | VALUE_IS_MAP)) == BATCH_BUCKETS) {
    const map = changetype<HashMap>(timer.map);
    for (let element = next_from(map, 0); element; element = next_element(map, element)) {
      if (timer.place - element >= map.stride) continue;
      out.key = element;
      out.value = value_of(map, element);
      return;
    }
    fault(Fault.ARGUMENT);
  }
  const array = changetype<ArrayMap>(timer.map);
  const index = <u32>(timer.place - array.values) / array.stride;
  store<u32>(timer.key, index);
  out.key = timer.key;
  out.value = array.values + <usize>index * array.stride;
}
