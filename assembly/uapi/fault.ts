// Why a run was ended: the rule that the program broke. Read by the core and by vm/, as constants.ts is.

export enum Fault {
  NONE = 0,
  /** A helper's argument is not the address of a live map. */
  NO_MAP = 1,
  /** The helper does not work on maps of this type. */
  MAP_TYPE = 2,
  /** A helper's argument reaches outside data memory. */
  ARGUMENT = 3,
  /** An update or a removal in a map with BPF_F_RDONLY_PROG. */
  READ_ONLY = 4,
  /** bpf_spin_lock of a lock that the run holds, or that another one keeps. */
  LOCK_HELD = 5,
  /** bpf_spin_unlock of a lock that the run does not hold. */
  LOCK_FREE = 6,
  /** A load, a store or an atomic operation outside data memory. */
  ACCESS = 7,
  /** An instruction that the instruction set does not have, or that writes R10. */
  INSN = 8,
  /** A jump out of the program, or the end of the program without exit. */
  JUMP = 9,
  /** Calls nested deeper than there is stack. */
  STACK = 10,
  /** More back edges and calls than a run may make. */
  FUEL = 11,
  /** A call of a helper that does not exist. */
  HELPER = 12,
  /** A callback that is no function of the program. */
  CALLBACK = 13,
}
