import { MAYBE_NULL, NONE, pointer, RINGBUF, scalarReg, TRUSTED, UNKNOWN_REG } from "../reg.ts";
import type { Reg } from "../reg.ts";
import type { Walk } from "../context.ts";
import { draft, sync, UNBOUNDED } from "../scalar.ts";
import type { CallFacts } from "./call_facts.ts";
import type { Prototype } from "./prototypes.ts";
import { acquireReference } from "../references.ts";

const ERRNO_MAX = 4095;
/** Helpers that give at most the size of their buffer, or an errno. */
const GIVES_SIZE: ReadonlySet<number> = new Set([45, 67, 114, 115, 141]);
const GET_SMP_PROCESSOR_ID = 8;

/** R0 after a helper. */
export function resultOf(w: Walk, { id, returns }: Prototype, facts: CallFacts): Reg {
  switch (returns) {
    case "void": return NONE;
    case "int": return numberOf(w, id, facts);
    case "value": return pointer("map_value", { map: facts.map });
    case "value?": return valueOf(w, facts);
    case "rbmem?": {
      const refId = acquireReference(w);
      return pointer("mem", { flags: MAYBE_NULL | RINGBUF, id: refId, refId, size: facts.memorySize ?? 0 });
    }
    case "mem?":
      return pointer("mem", { flags: MAYBE_NULL, id: w.newId(), refId: facts.dynptr?.refId ?? 0, size: facts.memorySize ?? 0, number: facts.dynptr?.number ?? 0 });
    case "task":
      return pointer("ptr_", { flags: TRUSTED });
    default:
      return otherPointer(w, returns, facts);
  }
}

function valueOf(w: Walk, { map, key, mapReg }: CallFacts): Reg {
  // A known key inside an array is found.
  const isFound = key !== undefined && map !== undefined && key < map.maxEntries;
  const value = pointer("map_value", { map, mapUid: mapReg?.mapUid ?? 0 });
  if (isFound) return { ...value, id: map?.btf === undefined ? 0 : w.newId() };
  return { ...value, flags: MAYBE_NULL, id: w.newId() };
}

function otherPointer(w: Walk, returns: string, facts: CallFacts): Reg {
  const isAcquired = returns.endsWith("+");
  const word = returns.replace(/[?+]/g, "");
  const kind = word === "tcp" ? "tcp_sock" : word === "common" ? "sock_common" : word === "sock" ? "sock" : "ptr_";
  const refId = isAcquired ? acquireReference(w) : facts.refId;
  return pointer(kind, { flags: MAYBE_NULL, id: isAcquired ? refId : w.newId(), refId });
}

function numberOf(w: Walk, id: number, facts: CallFacts): Reg {
  if (id === GET_SMP_PROCESSOR_ID) {
    const d = draft(UNBOUNDED);
    const last = w.host.cpus - 1;
    [d.umin, d.umax, d.smin, d.smax] = [0n, BigInt(last), 0n, BigInt(last)];
    [d.u32min, d.u32max, d.s32min, d.s32max] = [0, last, 0, last];
    return scalarReg(sync(d));
  }
  if (GIVES_SIZE.has(id) && facts.sizeMax !== undefined) {
    const d = draft(UNBOUNDED);
    d.smax = facts.sizeMax;
    d.smin = BigInt(-ERRNO_MAX);
    d.s32max = Number(facts.sizeMax);
    d.s32min = -ERRNO_MAX;
    return scalarReg(sync(d));
  }
  return UNKNOWN_REG;
}
