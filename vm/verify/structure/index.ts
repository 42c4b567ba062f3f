import { parseBtf } from "../../btf/header.ts";
import type { BtfTypes } from "../../btf/types.ts";
import type { LoadHost, LoadRequest } from "../../image.ts";
import type { Insn } from "../../insn/insn.ts";
import type { VerifierLog } from "../log.ts";
import { checkAttach } from "./attach.ts";
import { applyCoreRelos } from "./core_relos.ts";
import { bindFdArray } from "./fd_array.ts";
import { checkFlow } from "./flow.ts";
import { funcInfoBytes, functionsWithInfo, functionsWithoutInfo, programBtf, readFuncInfo } from "./func_info.ts";
import type { FunctionRecord } from "./func_info.ts";
import { functionExtents, functionStarts } from "./functions.ts";
import { KernelFunctions } from "./kernel_functions.ts";
import { readLineInfo } from "./line_info.ts";
import { immediateOf, resolveLoads } from "./loads.ts";
import { SLEEPABLE } from "./program_types.ts";
import { BrokenRule } from "./rule.ts";
import type { FunctionShape, ProgramBtf, Structure } from "./structure.ts";
import { UsedMaps } from "./used_maps.ts";

/** What is known of a program whose structure is wrong. */
export interface WrongStructure {
  /** Positive. */
  readonly errno: number;
  /** Functions that had been found. */
  readonly functionCount: number;
}

/** Everything about a program that is judged without running it, in the kernel's order. The log gets the rule that is broken. */
export function checkStructure(request: LoadRequest, host: LoadHost, log: VerifierLog): Structure | WrongStructure {
  const found = new Set<number>();
  try {
    return check(request, host, log, found);
  } catch (error) {
    if (!(error instanceof BrokenRule)) throw error;
    log.write(error.message);
    return { errno: error.errno, functionCount: found.size };
  }
}

function check(request: LoadRequest, host: LoadHost, log: VerifierLog, found: Set<number>): Structure {
  const maps = new UsedMaps(request.type, (request.flags & SLEEPABLE) !== 0);
  bindFdArray(request.fdArrayCount, host, maps);
  const hasInfo = request.funcInfo.count > 0 || request.lineInfo.count > 0;
  const btf = hasInfo ? programBtf(request, host) : undefined;
  const records = btf !== undefined && request.funcInfo.count > 0 ? readFuncInfo(request, host, btf.types) : undefined;
  const kernelTypes = kernelBtf(host);
  const kernelFunctions = new KernelFunctions(request, host, kernelTypes);
  const starts = functionStarts(request.insns, found, (insn, index) => kernelFunctions.add(insn, index));
  if (log.all) log.write(starts.map((start, index) => `func#${index} @${start}\n`).join(""));
  const { functions, insns, lineInfo } = checkInfo(request, host, starts, btf, records, kernelTypes);
  const loads = resolveLoads(insns, { request, host, maps, kernelTypes, starts });
  checkFlow(insns);
  checkAttach(request, kernelTypes);
  return {
    insns,
    functions,
    loads,
    immediates: new Map([...loads].map(([index, load]) => [index, immediateOf(load)])),
    maps: maps.list,
    kernelFunctions: kernelFunctions.byCall,
    kernelBtf: kernelTypes,
    btf,
    funcInfo: records && funcInfoBytes(records),
    lineInfo,
  };
}

/** The functions with what BTF says of them, the lines, and the instructions after CO-RE. */
function checkInfo(
  request: LoadRequest, host: LoadHost, starts: readonly number[], btf: ProgramBtf | undefined, records: readonly FunctionRecord[] | undefined,
  kernelTypes: BtfTypes | undefined,
): { functions: FunctionShape[]; insns: readonly Insn[]; lineInfo?: Uint8Array } {
  const extents = functionExtents(request.insns, starts);
  if (btf === undefined) return { functions: functionsWithoutInfo(extents), insns: request.insns };
  const functions = records === undefined ? functionsWithoutInfo(extents) : functionsWithInfo(extents, records, btf.types);
  const lineInfo = request.lineInfo.count > 0 ? readLineInfo(request, host, btf.types, request.insns, functions) : undefined;
  return { functions, insns: applyCoreRelos(request, host, btf.types, kernelTypes), lineInfo };
}

/** Kernel BTF is large and the same for every program: its types are found once for each blob. */
const parsed = new WeakMap<Uint8Array, BtfTypes>();

function kernelBtf({ kernelBtf: facts }: LoadHost): BtfTypes | undefined {
  if (facts === undefined) return undefined;
  const known = parsed.get(facts.bytes) ?? parseBtf(facts.bytes);
  if (known !== undefined) parsed.set(facts.bytes, known);
  return known;
}
