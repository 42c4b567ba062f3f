import { Fault } from "../../assembly/uapi/fault.ts";

export { Fault };

/** What each code says of the rule that was broken. */
const REASONS: Readonly<Record<Fault, string>> = {
  [Fault.NONE]: "no rule was broken",
  [Fault.NO_MAP]: "the argument is not a map",
  [Fault.MAP_TYPE]: "the helper does not work on maps of this type",
  [Fault.ARGUMENT]: "the argument reaches outside data memory",
  [Fault.READ_ONLY]: "the map is read-only for programs",
  [Fault.LOCK_HELD]: "the lock is already held",
  [Fault.LOCK_FREE]: "the lock is not held",
  [Fault.ACCESS]: "access outside data memory",
  [Fault.INSN]: "invalid instruction",
  [Fault.JUMP]: "jump outside the program",
  [Fault.STACK]: "call stack too deep",
  [Fault.FUEL]: "too many loop iterations",
  [Fault.HELPER]: "unknown helper",
  [Fault.CALLBACK]: "the callback is not a function of the program",
};

/** The reason in words, for a code that the core's `fault_reason` answered. */
export function faultReason(code: number): string {
  return REASONS[code as Fault] ?? `fault ${code}`;
}
