/**
 * What the programs core exports beside `helper_NAME`, for the engines and for those who run programs. Pointers and 64-bit
 * values are i64 in Wasm, so bigint here; a compiled module imports the same functions directly.
 *
 * A helper or one of these that is given something which breaks a rule notes the reason and traps (`unreachable`): the
 * caller catches the RuntimeError and asks `fault_reason`.
 */
export interface HelperExports {
  /** Begins a run, of the program with this id: until run_end freed memory keeps its kind. Runs may nest. */
  run_begin(program: number): void;
  /** Ends the run that was begun last, also when it trapped. Frees what fell free during it. */
  run_end(): void;
  /** A tail call: the run goes on in the program with this id, to which function numbers belong from now on. */
  run_program(program: number): void;
  /** Why the last trap happened, one of Fault, and forgets it; 0 when no rule was broken. */
  fault_reason(): number;

  /**
   * bpf_for_each_map_elem, from the engine's side:
   *
   *     const error = for_each_begin(map, flags);          // R0 when it is not 0
   *     for (let at = for_each_next(map, 0); at != 0; at = next) {
   *       next = for_each_next(map, at);                    // before the callback, which may delete the element
   *       ++visited;
   *       if (callback(map, for_each_key(map, at, cell), for_each_value(map, at), ctx) != 0) break;
   *     }
   *     R0 = visited
   *
   * `cell` is 16 bytes of the run's own data memory that no frame of the program covers (the engine leaves them between
   * the caller's frame and the callback's: the callback's R10 is the caller's R10 - 512 - 16, and the cell lies between).
   */
  for_each_begin(map: bigint, flags: bigint): bigint;
  for_each_next(map: bigint, at: bigint): bigint;
  for_each_key(map: bigint, at: bigint, cell: bigint): bigint;
  for_each_value(map: bigint, at: bigint): bigint;

  /** bpf_loop's checks: 0 when the callback (index, ctx) is to be called `count` times, or R0 at once. */
  loop_begin(count: bigint, flags: bigint): bigint;

  /**
   * bpf_user_ringbuf_drain: `drain_begin` 0 or a negated errno; then `drain_next` as long as it answers 1, which leaves a
   * dynptr of the sample in the cell for the callback (cell, ctx), and `drain_release` after each callback. It answers 0
   * at the end and a negated errno for a bad producer; then, or when a callback returned 1, `drain_end`. R0 is the number
   * of callbacks, or the errno.
   */
  drain_begin(map: bigint, flags: bigint): bigint;
  drain_next(map: bigint, cell: bigint): bigint;
  drain_release(map: bigint): void;
  drain_end(map: bigint): void;

  /**
   * The text of bpf_trace_printk and bpf_trace_vprintk: bytes at `trace_text()`, their number is the answer; or a negated
   * errno, which is the helper's.
   */
  trace_format(fmt: bigint, fmt_size: bigint, arg1: bigint, arg2: bigint, arg3: bigint): bigint;
  trace_vformat(fmt: bigint, fmt_size: bigint, args: bigint, args_size: bigint): bigint;
  trace_text(): number;

  /** When the next armed timer is due, in nanoseconds of the timer's clock; 0 when none is armed. */
  timer_next(): bigint;
  /**
   * Takes the timer that was due first, if one was at `now`, and writes what is to be called to `out`, five u64 of a block of
   * alloc(): program id, function number (FUNC_BASE + subprogram), and the callback's R1 to R3: map, key, value. 1 or 0.
   */
  timer_expire(now: bigint, out: number): number;

  /** Entries of the map with this address, unsigned; a fault when there is no such map. */
  map_max_entries(map: bigint): number;
}
