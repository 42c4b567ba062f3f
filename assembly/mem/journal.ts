import { CHUNK_KIND_TABLE, CHUNK_SIZE } from "./root";
import { KIND_FREE, KIND_USER, chunk_kind, chunk_of } from "./chunk";
import { CpuSlot, check_generation, current_frame, dies_now, get_journal_next, own_slot, set_journal_next } from "./cpu";
import { FRAME_SIZE } from "./frame";

// The undo journal of a CPU. A thread may be terminated between any two stores of an operation. So, where threads share the
// memory, the build puts a call of one of the log_ functions in front of every plain store of the core
// (scripts/build/journal.mjs): while the CPU holds a lock it notes what the store will overwrite. The end of the operation
// empties the journal, and then gives the lock back. Whoever finds a lock whose owner is dead puts the noted words back,
// latest first, and frees the lock: the operation was done, or it never happened. No map type knows of it.
//
//   entry   address u32 │ what u32 │ 8 bytes               and in front of it, for a RUN, the bytes that stood there
//
//   what    a number of bytes        put the 8 bytes, or so many of them, back
//           RUN  | number of bytes   put those in front of the entry back
//           FILL | number of bytes   fill with the byte
//           REDO                     copy again: size u32 │ from u32. The copy is the last thing that its operation does
//
// Not noted: frames and user memory; what functions do whose names end in _unlogged, which write to memory that nobody else
// can reach yet; and atomic stores, which have reasons of their own.

const ENTRY_SIZE: usize = 16;
const RUN: u32 = 1 << 28;
const FILL: u32 = 2 << 28;
const REDO: u32 = 3 << 28;
const KIND_MASK: u32 = 15 << 28;
const SIZE_MASK: u32 = ~KIND_MASK;
/** Longer copies are noted as what is to be copied, not as what it overwrites. */
const UNDO_MAX: u32 = 512;

/** Begins to note; the journal is empty. */
@inline
export function journal_begin(): void {
  set_journal_next(own_slot().journal_start);
}

/** What was done so far is done: it will not be undone. */
@inline
export function journal_commit(): void {
  const slot = own_slot();
  slot.journal_top = slot.journal_start;
  set_journal_next(slot.journal_start);
}

/** The same, and nothing is noted any more. */
@inline
export function journal_end(): void {
  const slot = own_slot();
  slot.journal_top = slot.journal_start;
  set_journal_next(0);
}

/**
 * In the middle of a long operation, where what it has done is whole: the rest would be done by whoever comes next, or
 * need not be done.
 */
@inline
export function checkpoint(): void {
  if (ASC_FEATURE_THREADS && get_journal_next()) journal_commit();
}

/** Bytes that can still be noted. */
export function journal_room(): usize {
  return own_slot().journal_end - get_journal_next();
}

function append(ptr: usize, what: u32, word: u64): void {
  check_generation();
  // Debug builds can die at any store.
  if (!ASC_NO_ASSERT && dies_now()) unreachable();
  const at = get_journal_next();
  const slot = own_slot();
  if (at + ENTRY_SIZE > slot.journal_end) unreachable();
  store<u32>(at, <u32>ptr);
  store<u32>(at, what, 4);
  store<u64>(at, word, 8);
  set_journal_next(at + ENTRY_SIZE);
  slot.journal_top = at + ENTRY_SIZE;
}

function append_run(ptr: usize, size: u32): void {
  const at = get_journal_next();
  const padded = (<usize>size + 15) & ~15;
  if (at + padded + ENTRY_SIZE > own_slot().journal_end) unreachable();
  memory.copy(at, ptr, size);
  set_journal_next(at + padded);
  append(ptr, RUN | size, 0);
}

/** Whether a store there is to be noted. */
@inline
function is_noted(ptr: usize): bool {
  return get_journal_next() != 0 && ptr - current_frame() >= FRAME_SIZE && chunk_kind(chunk_of(ptr)) != KIND_USER;
}

// One for each width of a store: `ptr` and `offset` are the store's own, and `ptr` is the answer.

export function log_1(ptr: usize, offset: usize): usize {
  if (is_noted(ptr + offset)) append(ptr + offset, 1, load<u8>(ptr + offset));
  return ptr;
}

export function log_2(ptr: usize, offset: usize): usize {
  if (is_noted(ptr + offset)) append(ptr + offset, 2, load<u16>(ptr + offset));
  return ptr;
}

export function log_4(ptr: usize, offset: usize): usize {
  if (is_noted(ptr + offset)) append(ptr + offset, 4, load<u32>(ptr + offset));
  return ptr;
}

export function log_8(ptr: usize, offset: usize): usize {
  if (is_noted(ptr + offset)) append(ptr + offset, 8, load<u64>(ptr + offset));
  return ptr;
}

export function log_16(ptr: usize, offset: usize): usize {
  if (is_noted(ptr + offset)) append_run(ptr + offset, 16);
  return ptr;
}

/** In the place of memory.copy. */
export function log_copy(to: usize, from: usize, size: u32): void {
  if (size && is_noted(to)) {
    if (size <= UNDO_MAX) append_run(to, size);
    else append(to, REDO, (<u64>from << 32) | size);
  }
  memory.copy(to, from, size);
}

/** In the place of memory.fill. */
export function log_fill(to: usize, byte: u8, size: u32): void {
  if (size && is_noted(to)) {
    // Chunks in use become free, or free ones, cleared or not, come into use.
    if (to - CHUNK_KIND_TABLE < CHUNK_SIZE) append(to, FILL | size, <u32>byte == KIND_FREE ? load<u8>(to) : KIND_FREE);
    else append_run(to, size);
  }
  memory.fill(to, byte, size);
}

/** Notes a run of bytes that is about to be moved: false when the journal has no room for so many. */
export function log_run(ptr: usize, size: u32): bool {
  if (!get_journal_next()) return true;
  if (<usize>size + 4 * ENTRY_SIZE > journal_room()) return false;
  append_run(ptr, size);
  return true;
}

/** Undoes what a dead CPU has begun; or finishes it. May be begun again, when it was not ended. */
export function roll_back(slot: CpuSlot): void {
  let at = slot.journal_top;
  while (at > slot.journal_start) {
    at -= ENTRY_SIZE;
    const ptr = <usize>load<u32>(at);
    const what = load<u32>(at, 4);
    const size = what & SIZE_MASK;
    switch (what & KIND_MASK) {
      case RUN: {
        at -= (<usize>size + 15) & ~15;
        memory.copy(ptr, at, size);
        break;
      }
      case FILL: {
        memory.fill(ptr, <u8>load<u64>(at, 8), size);
        break;
      }
      case REDO: {
        memory.copy(ptr, load<u32>(at, 12), load<u32>(at, 8));
        slot.journal_top = slot.journal_start;
        return;
      }
      default: put_back(ptr, size, load<u64>(at, 8));
    }
  }
  slot.journal_top = slot.journal_start;
}

function put_back(ptr: usize, size: u32, word: u64): void {
  switch (size) {
    case 1: store<u8>(ptr, <u8>word); break;
    case 2: store<u16>(ptr, <u16>word); break;
    case 4: store<u32>(ptr, <u32>word); break;
    default: store<u64>(ptr, word);
  }
}
