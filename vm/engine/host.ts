import type { HelperSource } from "../compile/imports.ts";

/** What the engine needs of the kernel that its programs run in. */
export interface EngineHost {
  readonly memory: WebAssembly.Memory;
  /**
   * Exports of the programs core: `helper_NAME`, what HelperExports lists, `data_alloc`, `chunk_kinds`, and
   * `prog_array_target(map, index)`, which gives the id of the program in a slot of a PROG_ARRAY, or 0.
   */
  readonly core: Readonly<Record<string, unknown>>;
  /** Helpers that are JavaScript, by name; and `ld_abs(skb, offset, size)`: the bytes as a big-endian number, negative outside the packet. */
  readonly functions: Readonly<Record<string, (...args: bigint[]) => bigint>>;
  readonly helpers: HelperSource;
  /** Milliseconds of a clock that only goes forward, for may_goto; by default the host's date. */
  readonly clock?: () => bigint;
  /** Back edges and calls that one run may make: 2^31 by default. */
  readonly fuel?: number;
  /** Whether faults come with the registers, which makes programs slower. */
  readonly registers?: boolean;
  /** Prepares the program with this id when a tail call meets it before `bind` was called for it. */
  readonly resolve?: (id: number) => void;
}
