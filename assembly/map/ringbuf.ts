import { Errno, Limit, MapFlag, MapType, RingSlot, RingbufFlag, RingbufHdr } from "../uapi/constants";
import { CreateAttr } from "../uapi/attr";
import { KIND_DATA, KIND_PRIVATE, chunk_kind, chunk_of } from "../mem/chunk";
import { copy_run_unlogged, round_up_8 } from "../mem/bytes";
import { current_cpu } from "../mem/cpu";
import { heap_alloc, heap_free } from "../mem/heap";
import { lock_take, lock_word, store_shown } from "../mem/lock";
import { RESTART } from "../mem/section";
import { id_find } from "../object/id";
import { OBJ_MAP } from "../object/object";
import { Map } from "./map";

// BPF_MAP_TYPE_RINGBUF: programs write records, user space reads them out of mapped memory. This is the writers' side.
// BPF_MAP_TYPE_USER_RINGBUF (user_ringbuf.ts) has the same memory with the roles exchanged.
//
//   mapping   page 0           page 1             data                      overflow tail
//             ┌──────────────┬──────────────────┬─────────────────────────┬─────────────────────────┐
//             │ consumer u64 │ producer u64, id │ max_entries bytes       │ max_entries bytes       │  one data block
//             └──────────────┴──────────────────┴─────────────────────────┴─────────────────────────┘
//   record    u32 size | busy bit 31 | discard bit 30    u32 page offset    payload, padded to 8
//   starts    one bit per 8 bytes of the ring: a record begins here     ┐ in a private block,
//   busy      the same: an unfinished record begins here                ┘ one behind the other
//   owners    where threads share the memory, a byte per 8 bytes of the ring behind them: the CPU that reserved the record
//
// Linux maps the data pages twice, one copy behind the other, so that a record which crosses the end is contiguous. Linear
// memory cannot be mapped twice: here such a record runs on into the tail, which is memory of its own. A reader that reads
// size + 8 bytes from `position & (max_entries - 1)` on gets the same bytes in both worlds; one that folds every single
// byte back to the start of the ring does not.
//
// All of the data block may be overwritten by whoever can write to data memory. So the positions that decide where the next
// record goes are private copies; where records begin and which are unfinished is known from private bits and never from
// record headers; and the consumer position is only ever compared: a wrong one refuses a record or gives unread ones up, as
// in Linux.

@unmanaged
export class RingbufMap extends Map {
  mapping: usize;
  starts: usize;
  /** max_entries - 1. */
  mask: u32;
  /** Records reserved and not yet submitted or discarded. */
  nr_busy: u32;
  /** Where the next record goes, and where no unfinished one lies before (if there is any): bytes since the start. */
  producer: u64;
  pending: u64;
  /** User ring only: bytes that the engine has consumed; the sample it looks at, and that record's total (0 = none). */
  consumer: u64;
  peeked_size: u32;
  peeked_total: u32;
}
if (offsetof<RingbufMap>() % 8 != 0) ERROR("RingbufMap must end 8-byte aligned");

const PRODUCER_PAGE: usize = Limit.PAGE_SIZE;
const DATA_START: usize = 2 * Limit.PAGE_SIZE;
/** Beside the producer position: the map's id, as a hint that ring_of() verifies. */
const ID_HINT: usize = PRODUCER_PAGE + 16;
/** Records count pages from a structure that lies in front of the mapping. */
const PAGES_BEFORE_MAPPING: u32 = 1;
const PAGE_SHIFT: u32 = 12;
const RECORD_SIZE_MAX: u64 = 0x3fffffff;

export function ringbuf_check(attr_ptr: usize): i32 {
  const attr = changetype<CreateAttr>(attr_ptr);
  if (attr.map_flags & ~MapFlag.NUMA_NODE) return -Errno.EINVAL;
  if (attr.key_size != 0 || attr.value_size != 0) return -Errno.EINVAL;
  const size = attr.max_entries;
  return popcnt(size) == 1 && size >= <u32>Limit.PAGE_SIZE ? 0 : -Errno.EINVAL;
}

export function ringbuf_alloc(map_ptr: usize, _attr: usize): i32 {
  const map = changetype<RingbufMap>(map_ptr);
  const size = <u64>map.max_entries;
  map.mask = map.max_entries - 1;
  map.starts = heap_alloc((size >> 5) + (ASC_FEATURE_THREADS ? size >> 3 : 0), KIND_PRIVATE);
  if (map.starts) map.mapping = heap_alloc(DATA_START + 2 * size, KIND_DATA);
  return map.mapping ? 0 : -Errno.ENOMEM;
}

export function ringbuf_free(map_ptr: usize): void {
  const map = changetype<RingbufMap>(map_ptr);
  heap_free(map.mapping);
  heap_free(map.starts);
}

/** Address of page 0 of the mapping. */
export function ringbuf_mapping(map_ptr: usize): usize {
  return changetype<RingbufMap>(map_ptr).mapping;
}

/** Consumer position as the consumer wrote it: any 64 bits. */
@inline
export function consumer_position(map: RingbufMap): u64 {
  return load<u64>(map.mapping);
}

@inline
export function set_consumer_position(map: RingbufMap, position: u64): void {
  store<u64>(map.mapping, position);
}

/** Producer position as it stands in the mapping: the producer's own in a user ring. */
@inline
export function producer_position(map: RingbufMap): u64 {
  return load<u64>(map.mapping, PRODUCER_PAGE);
}

/** Bytes that a record with a payload of `size` bytes takes in the ring. */
@inline
export function record_total(size: u64): u64 {
  return round_up_8(size + RingbufHdr.SIZE);
}

/** Address of the record at a position. */
@inline
export function record_ptr(map: RingbufMap, position: u64): usize {
  return map.mapping + DATA_START + (<usize>position & map.mask);
}

/** Number of the bit for a position. */
@inline
function bit_of(map: RingbufMap, position: u64): u32 {
  return (<u32>position & map.mask) >> 3;
}

@inline
function start_word(map: RingbufMap, bit: u32): usize {
  return map.starts + (<usize>(bit >> 6) << 3);
}

@inline
function busy_word(map: RingbufMap, bit: u32): usize {
  return start_word(map, bit) + (<usize>map.max_entries >> 6);
}

/** The byte that names the owner of the record with this bit. */
@inline
function owner_ptr(map: RingbufMap, bit: u32): usize {
  return map.starts + (<usize>map.max_entries >> 5) + bit;
}

/** Threads: all that is done to the positions is done under one lock; false when the call must be done alone. */
@inline
export function ring_lock(map: RingbufMap): bool {
  return !ASC_FEATURE_THREADS || lock_take(lock_word(changetype<usize>(map), 0), changetype<usize>(map));
}

/** Notes that one record begins at `at` and reaches to `end`: whatever began in between was a record of the last lap. */
@inline
function note_start(map: RingbufMap, at: u64, end: u64): void {
  const bit = bit_of(map, at);
  const units = <u32>(end - at) >> 3;
  const past = (bit & 63) + units;
  if (past > 63) {
    note_long_unlogged(map, bit, units);
    return;
  }
  const word = start_word(map, bit);
  const start = (<u64>1) << (bit & 63);
  store<u64>(word, (load<u64>(word) & ~(((<u64>1) << past) - start)) | start);
}

/** The same over several words. What began in between is passed: whether its bits are there makes no difference. */
function note_long_unlogged(map: RingbufMap, bit: u32, units: u32): void {
  const first = start_word(map, bit);
  const start = (<u64>1) << (bit & 63);
  store<u64>(first, (load<u64>(first) & (start - 1)) | start);
  units -= 64 - (bit & 63);
  let word = first + 8;
  const end = map.starts + (<usize>map.max_entries >> 6);
  for (; units; units -= min<u32>(units, 64), word += 8) {
    if (word == end) word = map.starts;
    store<u64>(word, units < 64 ? load<u64>(word) & (u64.MAX_VALUE << units) : 0);
  }
}

@inline
function begins_at(map: RingbufMap, position: u64): bool {
  const bit = bit_of(map, position);
  return (position & 7) == 0 && ((load<u64>(start_word(map, bit)) >> (bit & 63)) & 1) != 0;
}

function is_busy(map: RingbufMap, position: u64): bool {
  const bit = bit_of(map, position);
  return ((load<u64>(busy_word(map, bit)) >> (bit & 63)) & 1) != 0;
}

/** next_start of a record, which for short ones shows in the same word (bench row "ringbuf"). */
@inline
function next_start_inline(map: RingbufMap, position: u64, end: u64): u64 {
  const bit = bit_of(map, position);
  const bits = load<u64>(start_word(map, bit)) >> (bit & 63) >> 1;
  return bits ? min<u64>(position + ((<u64>ctz(bits) + 1) << 3), end) : next_start(map, position, end);
}

/** Where the first record after `position` begins, or `end`, which is at most a lap away. */
function next_start(map: RingbufMap, position: u64, end: u64): u64 {
  let at = (position & ~7) + 8;
  while (at < end) {
    const bit = bit_of(map, at);
    const bits = load<u64>(start_word(map, bit)) >> (bit & 63);
    if (bits) return min<u64>(at + (<u64>ctz(bits) << 3), end);
    at += <u64>(64 - (bit & 63)) << 3;
  }
  return end;
}

/** Moves `pending` on over finished records and answers it: a word of bits at a time, each only once per lap. */
function pass_finished(map: RingbufMap): u64 {
  const end = map.producer;
  let at = map.pending;
  while (at < end) {
    const bit = bit_of(map, at);
    const bits = load<u64>(busy_word(map, bit)) >> (bit & 63);
    if (bits) {
      at += <u64>ctz(bits) << 3;
      break;
    }
    at += <u64>(64 - (bit & 63)) << 3;
  }
  if (at > end) at = end;
  map.pending = at;
  return at;
}

/**
 * Room for a record of `size` bytes, below 2^32: address of its header, written by publish(); 0 when the ring refuses it,
 * as it does anything that is larger than itself.
 */
@inline
function take_room(map: RingbufMap, size: u64): usize {
  const at = map.producer;
  const end = at + record_total(size);
  const mask = <u64>map.mask;
  // One byte of the ring always stays free: full and empty must differ.
  if (end - consumer_position(map) > mask) return 0;
  if (end - (map.nr_busy ? pass_finished(map) : at) > mask) return 0;
  map.producer = end;
  note_start(map, at, end);
  return record_ptr(map, at);
}

/** Writes a record's header, and only then shows the record to readers. */
@inline
function publish(map: RingbufMap, record: usize, size: u32): void {
  const mapping = map.mapping;
  const pages = <u64>(<u32>(record - mapping) >> PAGE_SHIFT) + PAGES_BEFORE_MAPPING;
  store<u64>(record, size | (pages << 32));
  // A reader that finds nothing looks at the position before it sleeps, and wakes() at the reader's before it lets it sleep: so
  // each must have shown its own first.
  store_shown<u64>(mapping + PRODUCER_PAGE, map.producer);
}

/** Address of a new record's payload, or 0 when the ring is too full or the record too large. */
export function ring_reserve(map: RingbufMap, size: u64): usize {
  if (size > RECORD_SIZE_MAX) return 0;
  if (!ring_lock(map)) return <usize>-RESTART;
  if (!map.nr_busy) map.pending = map.producer;
  const record = take_room(map, size);
  if (!record) return 0;
  publish(map, record, <u32>size | RingbufHdr.BUSY_BIT);
  const bit = <u32>(record - map.mapping - DATA_START) >> 3;
  const word = busy_word(map, bit);
  store<u64>(word, load<u64>(word) | ((<u64>1) << (bit & 63)));
  if (ASC_FEATURE_THREADS) store<u8>(owner_ptr(map, bit), <u8>current_cpu());
  ++map.nr_busy;
  store<u32>(map.mapping, map.id, ID_HINT);
  return record + RingbufHdr.SIZE;
}

/** Whether a finished record wakes a reader that waits: 1 or 0. Without flags only if the reader has read all before it. */
@inline
function wakes(map: RingbufMap, record: usize, flags: u32): i32 {
  const caught_up = i32(record_ptr(map, consumer_position(map)) == record);
  const woken = flags ? i32((flags & RingbufFlag.FORCE_WAKEUP) != 0) | (flags & RingbufFlag.NO_WAKEUP ? 0 : caught_up) : caught_up;
  if (ASC_FEATURE_THREADS && woken) ring_wake(map.mapping);
  return woken;
}

/** A whole record from `data`: what wakes() says, or -EAGAIN when the ring is too full or the record too large. */
@inline
export function ring_output(map: RingbufMap, data: usize, size: u32, flags: u32): i32 {
  if (!ring_lock(map)) return -RESTART;
  const record = take_room(map, size);
  if (!record) return -Errno.EAGAIN;
  copy_run_unlogged(record + RingbufHdr.SIZE, data, size);
  publish(map, record, size);
  return wakes(map, record, flags);
}

/**
 * The next records for a reader, up to `count` that are finished, copied to the slots at `out` (RingSlot). How many; 0 when
 * there is none yet; -EAGAIN when one was discarded, -EINVAL when one's header was overwritten or the consumer position is
 * not where a record begins: what it was is passed then. Headers and consumer position are what a reader may have made of
 * them: a record is as long as its private bits say, and its header says the same or is refused.
 */
export function ring_peek(map: RingbufMap, out: usize, count: u32): i32 {
  if (!ring_lock(map)) return -RESTART;
  const end = map.producer;
  let at = consumer_position(map);
  if (at < end && !(end - at <= <u64>map.mask && begins_at(map, at))) {
    set_consumer_position(map, next_start(map, max<u64>(at, end - min<u64>(end, map.mask)), end));
    return -Errno.EINVAL;
  }
  let found: u32 = 0;
  while (found < count && at < end) {
    if (map.nr_busy && is_busy(map, at)) break;
    const record = record_ptr(map, at);
    const header = load<u32>(record);
    const size = header & ~RingbufHdr.DISCARD_BIT;
    const next = next_start_inline(map, at, end);
    const good = record_total(size) == next - at;
    if (!good || size != header) {
      if (found) break;
      set_consumer_position(map, next);
      return good ? -Errno.EAGAIN : -Errno.EINVAL;
    }
    // Whole steps of 16 bytes, which is what a slot has room for; behind the record is more of the ring, or of its tail.
    const end_copy = record + (size <= <u32>(RingSlot.SIZE - RingbufHdr.SIZE) ? size + RingbufHdr.SIZE : RingbufHdr.SIZE);
    let from = record;
    let to = out;
    do {
      v128.store(to, v128.load(from));
      from += 16;
      to += 16;
    } while (from < end_copy);
    at = next;
    out += RingSlot.SIZE;
    ++found;
  }
  return found;
}

/**
 * Ends a reserved record: readers see it, or skip it when discarded. What wakes() says; 0 for an address that is no
 * unfinished record, which is ignored.
 */
export function ring_commit(payload: usize, discard: bool, flags: u32): i32 {
  const map = ring_of(payload);
  if (!changetype<usize>(map)) return 0;
  if (!ring_lock(map)) return -RESTART;
  return end_record(map, payload - RingbufHdr.SIZE, discard, flags);
}

function end_record(map: RingbufMap, record: usize, discard: bool, flags: u32): i32 {
  const bit = <u32>(record - map.mapping - DATA_START) >> 3;
  const word = busy_word(map, bit);
  const flag = (<u64>1) << (bit & 63);
  const bits = load<u64>(word);
  if (!(bits & flag)) return 0;
  store<u64>(word, bits & ~flag);
  --map.nr_busy;
  const size = load<u32>(record) & ~RingbufHdr.BUSY_BIT;
  store_shown<u32>(record, discard ? size | RingbufHdr.DISCARD_BIT : size);
  return wakes(map, record, flags);
}

/** Discards the unfinished records of a CPU whose thread is dead; by one who is alone. */
export function ring_discard_of(map: RingbufMap, cpu: u32): void {
  for (let at = map.pending; map.nr_busy && at < map.producer; at += 8) {
    const bit = bit_of(map, at);
    if (!(bit & 63) && !load<u64>(busy_word(map, bit))) at += 63 << 3;
    else if (is_busy(map, at) && load<u8>(owner_ptr(map, bit)) == <u8>cpu) end_record(map, record_ptr(map, at), true, 0);
  }
}

/** Threads: where who waits for records sleeps, a u32 that changes when it is to look again; and how many sleep there. */
const WAKE_WORD: usize = PRODUCER_PAGE + 32;
const WAKE_SLEEPERS: usize = WAKE_WORD + 4;

/** Wakes who waits for a ring's records. */
function ring_wake(mapping: usize): void {
  atomic.add<u32>(mapping, 1, WAKE_WORD);
  if (atomic.load<u32>(mapping, WAKE_SLEEPERS)) atomic.notify(mapping + WAKE_WORD, -1);
}

/**
 * The ring that an untrusted payload address lies in, or null. Page offset and id come from data memory, so they are
 * hints: the id must name a live ring buffer whose mapping is where the page offset says, and which holds the record.
 */
export function ring_of(payload: usize): RingbufMap {
  const none = changetype<RingbufMap>(0);
  const record = payload - RingbufHdr.SIZE;
  if (payload & 7 || payload < DATA_START) return none;
  if (chunk_kind(chunk_of(record)) != KIND_DATA) return none;
  const pages = load<u32>(record, 4) - PAGES_BEFORE_MAPPING;
  if (pages > <u32>(record >> PAGE_SHIFT)) return none;
  const mapping = ((record >> PAGE_SHIFT) - pages) << PAGE_SHIFT;
  if (chunk_kind(chunk_of(mapping + ID_HINT)) != KIND_DATA) return none;
  const map = changetype<RingbufMap>(id_find(OBJ_MAP, load<u32>(mapping, ID_HINT)));
  if (!changetype<usize>(map) || map.type != <u32>MapType.RINGBUF || map.mapping != mapping) return none;
  const offset = record - mapping - DATA_START;
  return record >= mapping + DATA_START && offset <= map.mask ? map : none;
}
