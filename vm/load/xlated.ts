import { type Code, FUNC_BASE, type Immediates, type MapFacts } from "../image.ts";
import { encodeInsns, type Insn } from "../insn/insn.ts";
import * as op from "../insn/opcodes.ts";
import { STACK_SIZE } from "../insn/opcodes.ts";

// A program's instructions as others see them: info shows ids in place of fds and addresses, and a tag is computed without both.

const isLoad64 = ({ code }: Insn): boolean => code === (op.LD | op.IMM | op.DW);
const isCall = ({ code, src }: Insn): boolean => code === (op.JMP | op.CALL) && src === op.PSEUDO_CALL;

/** The value's source in the instruction that a load of a map's or a value's address by index stands for. */
function sourceOf(src: number): number {
  if (src === op.PSEUDO_MAP_IDX) return op.PSEUDO_MAP_FD;
  return src === op.PSEUDO_MAP_IDX_VALUE ? op.PSEUDO_MAP_VALUE : src;
}

/** The map that an immediate is the address of, or of a value of which it is the address. */
function mapOf(maps: readonly MapFacts[], source: number, address: number): MapFacts | undefined {
  if (source === op.PSEUDO_MAP_FD) return maps.find((map) => map.address === address);
  return maps.find(({ values, valueSize }) => values !== 0 && address >= values && address < values + valueSize);
}

/** The instructions as info shows them: map ids for maps, and for calls the function's number beside the distance. */
export function xlatedInsns({ insns, immediates, maps, subprograms }: Code): Insn[] {
  const shown = insns.map((insn) => ({ ...insn }));
  const numbers = new Map(subprograms.map(({ start }, number) => [start, number]));
  shown.forEach((insn, at) => {
    if (isLoad64(insn)) showMap(shown, at, immediates, maps);
    else if (isCall(insn)) {
      const number = numbers.get(at + 1 + insn.imm);
      if (number === undefined) return;
      insn.off = insn.imm;
      insn.imm = number;
    }
  });
  return shown;
}

function showMap(insns: Insn[], at: number, immediates: Immediates, maps: readonly MapFacts[]): void {
  const low = insns[at];
  const source = sourceOf(low.src);
  const immediate = immediates.get(at);
  if (immediate === undefined || (source !== op.PSEUDO_MAP_FD && source !== op.PSEUDO_MAP_VALUE)) return;
  const map = mapOf(maps, source, Number(immediate));
  if (map === undefined) return;
  low.src = source;
  low.imm = map.id;
}

/** What an engine runs, from the instructions as info shows them. `mapOfId` answers the map with an id, or undefined. */
export function codeOfXlated(
  { type, expectedAttachType }: Pick<Code, "type" | "expectedAttachType">,
  xlated: readonly Insn[],
  mapOfId: (id: number) => MapFacts | undefined,
): Code {
  const insns = xlated.map((insn) => ({ ...insn }));
  const starts = new Set([0]);
  const immediates = new Map<number, bigint>();
  const maps = new Map<number, MapFacts>();
  const functions: [at: number, start: number][] = [];
  insns.forEach((insn, at) => {
    if (isCall(insn)) {
      insn.imm = insn.off;
      insn.off = 0;
      starts.add(at + 1 + insn.imm);
    } else if (isLoad64(insn) && insn.src === op.PSEUDO_FUNC) {
      starts.add(at + 1 + insn.imm);
      functions.push([at, at + 1 + insn.imm]);
    } else if (isLoad64(insn) && (insn.src === op.PSEUDO_MAP_FD || insn.src === op.PSEUDO_MAP_VALUE)) {
      const map = mapOfId(insn.imm);
      if (map === undefined) return;
      maps.set(map.id, map);
      const isValue = insn.src === op.PSEUDO_MAP_VALUE;
      immediates.set(at, BigInt(isValue ? map.values + (insns[at + 1]?.imm ?? 0) : map.address));
    }
  });
  const sorted = [...starts].sort((a, b) => a - b);
  for (const [at, start] of functions) immediates.set(at, FUNC_BASE + BigInt(sorted.indexOf(start)));
  const subprograms = sorted.map((start, number) => ({ start, end: sorted[number + 1] ?? insns.length, stackDepth: STACK_SIZE }));
  return { type, expectedAttachType, insns, subprograms, immediates, maps: [...maps.values()] };
}

/** The bytes that a tag is the hash of: without the map's fd or id, and the offset of a value. */
export function taggedBytes(insns: readonly Insn[]): Uint8Array {
  const tagged = insns.map((insn) => ({ ...insn }));
  tagged.forEach((low, at) => {
    if (!isLoad64(low) || (low.src !== op.PSEUDO_MAP_FD && low.src !== op.PSEUDO_MAP_VALUE)) return;
    low.imm = 0;
    if (at + 1 < tagged.length) tagged[at + 1].imm = 0;
  });
  return encodeInsns(tagged);
}
