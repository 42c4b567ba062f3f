import type { Code, LoadHost, LoadRequest, Verdict } from "../image.ts";
import { NO_COUNTS, VerifierLog } from "./log.ts";
import type { Counts } from "./log.ts";
import { checkStructure } from "./structure/index.ts";
import type { Structure } from "./structure/structure.ts";

/** What the walk found. It has written the rule that is broken, if one is, to the log. */
export interface WalkResult {
  /** 0, or a positive errno. */
  readonly errno: number;
  readonly counts: Counts;
  /** Bytes of stack that each function uses, in the order of functions. */
  readonly stackDepths: readonly number[];
}

/** Judges what a program does; its structure is right. */
export type WalkProgram = (structure: Structure, request: LoadRequest, host: LoadHost, log: VerifierLog) => WalkResult;

/** Judges a program as PROG_LOAD does: structure first, then the walk. `now` is a clock in microseconds, for the log's statistics. */
export function verifyWith(walk: WalkProgram, request: LoadRequest, host: LoadHost, now: () => number = () => Date.now() * 1000): Verdict {
  const log = new VerifierLog(request.logLevel);
  const started = now();
  const structure = checkStructure(request, host, log);
  const stats = (stackDepths: readonly number[]) => ({ microseconds: Math.max(0, Math.round(now() - started)), stackDepths });
  if ("errno" in structure) {
    const text = log.close(false, NO_COUNTS, stats(new Array<number>(structure.functionCount).fill(0)));
    return { errno: structure.errno, log: text, verifiedInsns: 0 };
  }
  const { errno, counts, stackDepths } = walk(structure, request, host, log);
  const verdict = { errno, log: log.close(errno === 0, counts, stats(stackDepths)), verifiedInsns: counts.insns };
  if (errno !== 0) return verdict;
  const { btf, funcInfo, lineInfo } = structure;
  return { ...verdict, code: codeOf(request, structure, stackDepths), btf: btf?.facts, funcInfo, lineInfo };
}

function codeOf(request: LoadRequest, structure: Structure, stackDepths: readonly number[]): Code {
  return {
    type: request.type,
    expectedAttachType: request.expectedAttachType,
    insns: structure.insns,
    subprograms: structure.functions.map(({ start, end }, index) => ({ start, end, stackDepth: stackDepths[index] ?? 0 })),
    immediates: structure.immediates,
    maps: structure.maps,
  };
}
