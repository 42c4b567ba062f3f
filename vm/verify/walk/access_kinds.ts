import type { Walk } from "./context.ts";
import { typeName } from "./reg.ts";
import type { Reg } from "./reg.ts";
import { invalid } from "./reject.ts";

/** Pointers whose accesses the kernel rewrites by kind: one instruction may see one kind of them only. */
const REWRITTEN: ReadonlySet<string> = new Set(["ctx", "sock", "sock_common", "tcp_sock", "xdp_sock", "ptr_"]);

/** Refuses an instruction that is reached with pointers of kinds that are accessed in different ways. */
export function sameKind(w: Walk, reg: Reg): void {
  const kind = typeName(reg);
  const before = w.accessKinds[w.at];
  if (before === undefined) {
    w.accessKinds[w.at] = kind;
  } else if (before !== kind && (REWRITTEN.has(before) || REWRITTEN.has(kind))) {
    invalid("same insn cannot be used with different pointers");
  }
}
