import { ImageAt, ProgLimit } from "../../assembly/uapi/prog_constants.ts";
import type { Code, Verdict } from "../image.ts";
import { encodeInsns } from "../insn/insn.ts";
import type { CoreMemory } from "./core_memory.ts";
import { taggedBytes, xlatedInsns } from "./xlated.ts";

const EMPTY = new Uint8Array(0);
/** Bytes of a map's address and id. */
const MAP_SIZE = 8;

/** What of a program the verdict does not say. */
export interface ProgramFacts {
  readonly gpl: boolean;
  readonly attachBtfId: number;
  /** CLOCK_BOOTTIME in nanoseconds. */
  readonly loadTime: bigint;
}

/**
 * Writes what the core keeps of a verified program into a block of private memory (ImageAt) and answers its address; 0 when
 * memory is at its limit.
 */
export function writeImage(memory: CoreMemory, verdict: Verdict, code: Code, facts: ProgramFacts): number {
  const { core } = memory;
  const shown = xlatedInsns(code);
  const xlated = encodeInsns(shown);
  const { funcInfo = EMPTY, lineInfo = EMPTY } = verdict;
  const functions = code.subprograms.length;
  const lists = [
    new Uint8Array(functions * ProgLimit.TAG_SIZE), funcInfo, lineInfo, new Uint8Array(code.maps.length * MAP_SIZE), xlated,
  ];
  const size = lists.reduce((sum, { length }) => sum + length, ImageAt.ARRAYS);
  const image = core.private_alloc(size) >>> 0;
  if (image === 0) return 0;
  const tag = tagOf(memory, taggedBytes(code.insns));
  const tags = code.subprograms.map(({ start, end }) => (functions === 1 ? tag : tagOf(memory, taggedBytes(shown.slice(start, end)))));
  if (tag === undefined || tags.includes(undefined)) {
    core.private_free(image);
    return 0;
  }
  const bytes = memory.bytes();
  let at = image + ImageAt.ARRAYS;
  for (const list of lists) {
    bytes.set(list, at);
    at += list.length;
  }
  const view = memory.view();
  tags.forEach((each, index) => view.setBigUint64(image + ImageAt.ARRAYS + index * ProgLimit.TAG_SIZE, each as bigint, true));
  const mapsAt = image + size - xlated.length - code.maps.length * MAP_SIZE;
  code.maps.forEach(({ address, id }, index) => {
    view.setUint32(mapsAt + index * MAP_SIZE, address, true);
    view.setUint32(mapsAt + index * MAP_SIZE + 4, id, true);
  });
  const word = (offset: number, value: number): void => view.setUint32(image + offset, value, true);
  word(ImageAt.FUNCS, functions);
  word(ImageAt.FUNC_INFO, funcInfo.length / ProgLimit.FUNC_INFO_SIZE);
  word(ImageAt.LINE_INFO, lineInfo.length / ProgLimit.LINE_INFO_SIZE);
  word(ImageAt.MAPS, code.maps.length);
  word(ImageAt.XLATED_SIZE, xlated.length);
  word(ImageAt.VERIFIED_INSNS, verdict.verifiedInsns);
  word(ImageAt.BTF_ID, verdict.btf?.id ?? 0);
  word(ImageAt.GPL, facts.gpl ? 1 : 0);
  word(ImageAt.ATTACH_BTF_ID, facts.attachBtfId);
  word(ImageAt.CTX_NEEDED, verdict.ctxNeeded ?? 0);
  view.setBigUint64(image + ImageAt.TAG, tag, true);
  view.setBigUint64(image + ImageAt.LOAD_TIME, facts.loadTime, true);
  return image;
}

/** The tag of instructions, or undefined when the core has no memory to hash them in. */
function tagOf(memory: CoreMemory, bytes: Uint8Array): bigint | undefined {
  const { core } = memory;
  const block = core.private_alloc(bytes.length) >>> 0;
  if (block === 0) return undefined;
  memory.bytes().set(bytes, block);
  const tag = BigInt.asUintN(64, core.tag_of(block, bytes.length));
  core.private_free(block);
  return tag;
}
