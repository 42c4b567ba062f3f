// Maps as the commands see them: selecting them, and what info tells.
import { Errno } from "../assembly/uapi/constants.ts";
import {
  BPF_MAP_GET_FD_BY_ID,
  BPF_MAP_GET_NEXT_ID,
  BPF_MAP_UPDATE_BATCH,
  BPF_OBJ_GET,
  BPF_OBJ_GET_INFO_BY_FD,
  type Kernel,
} from "../bindings/index.ts";
import { errorText, Fail, Silent } from "./fail.ts";
import { inBpffs, parentOf, plainPath } from "./paths.ts";
import { didYouMean, unknownWord } from "./suggest.ts";
import { isPrefix, parseUnsigned, type Words } from "./words.ts";

/** What `show` tells about a map. Sizes in bytes. */
export interface MapInfo {
  type: number;
  id: number;
  keySize: number;
  valueSize: number;
  maxEntries: number;
  flags: number;
  name: string;
  mapExtra: number;
}

/** Longest name that fits the kernel's field, in bytes. */
export const NAME_BYTES_MAX = 15;

// struct bpf_map_info: 104 bytes; these words and the name are what the commands need.
const INFO_SIZE = 104;
const INFO_NAME = { start: 24, end: 40 };
const INFO_EXTRA_WORD = 20;

/** The map behind an fd. */
export function mapInfo(kernel: Kernel, fd: number): MapInfo {
  const info = new Uint8Array(INFO_SIZE);
  const ret = kernel.bpf(BPF_OBJ_GET_INFO_BY_FD, { bpf_fd: fd, info_len: INFO_SIZE, info });
  if (ret < 0) throw new Fail(`can't get map info: ${errorText(ret)}`);
  const words = new Uint32Array(info.buffer);
  const name = info.subarray(INFO_NAME.start, INFO_NAME.end);
  const [type, id, keySize, valueSize, maxEntries, flags] = words;
  let text = "";
  for (const byte of name.subarray(0, name.indexOf(0))) text += String.fromCharCode(byte);
  return { type, id, keySize, valueSize, maxEntries, flags, name: text, mapExtra: words[INFO_EXTRA_WORD] };
}

/**
 * Whether the map behind a read-write fd is frozen. Info does not tell; an update batch of no elements does: it changes
 * nothing, and EPERM is answered before anything else is looked at.
 */
export function isFrozen(kernel: Kernel, fd: number): boolean {
  return kernel.bpf(BPF_MAP_UPDATE_BATCH, { map_fd: fd, count: 0 }) === -Errno.EPERM;
}

/** The ids of all maps, upward. */
export function* mapIds(kernel: Kernel): Generator<number> {
  const attr = { start_id: 0, next_id: 0 };
  while (kernel.bpf(BPF_MAP_GET_NEXT_ID, attr) === 0) {
    yield attr.next_id;
    attr.start_id = attr.next_id;
  }
}

/** An fd of the map with this id, or the negative errno. */
export function fdById(kernel: Kernel, id: number): number {
  return kernel.bpf(BPF_MAP_GET_FD_BY_ID, { map_id: id });
}

/** The maps there are, upward by id. */
export function mapsOf(kernel: Kernel): MapInfo[] {
  const maps: MapInfo[] = [];
  for (const id of mapIds(kernel)) {
    const fd = fdById(kernel, id);
    if (fd < 0) continue;
    maps.push(mapInfo(kernel, fd));
    kernel.close(fd);
  }
  return maps;
}

function byId(kernel: Kernel, word: string): number[] {
  const id = parseUnsigned(word, 0, 32);
  if (id === undefined) throw new Fail(`can't parse ${word} as ID`);
  const fd = fdById(kernel, id);
  if (fd < 0) throw new Fail(`get map by id (${id}): ${errorText(fd)}`);
  return [fd];
}

function byName(kernel: Kernel, name: string): number[] {
  if (new TextEncoder().encode(name).length > NAME_BYTES_MAX) throw new Fail("can't parse name");
  const fds: number[] = [];
  const others: string[] = [];
  for (const id of mapIds(kernel)) {
    const fd = fdById(kernel, id);
    if (fd < 0) continue;
    const found = mapInfo(kernel, fd).name;
    if (found === name) {
      fds.push(fd);
    } else {
      kernel.close(fd);
      others.push(found);
    }
  }
  if (fds.length === 0) throw new Silent().because(`no map has the name '${name}'${didYouMean(name, others)}`);
  return fds;
}

function byPath(kernel: Kernel, path: string): number[] {
  const fd = kernel.bpf(BPF_OBJ_GET, { pathname: plainPath(path) });
  if (fd >= 0) return [fd];
  if (fd !== -Errno.EACCES) throw new Fail(`bpf obj get (${path}): ${errorText(fd)}`);
  const folder = parentOf(path);
  const problem = inBpffs(kernel, folder) ? errorText(fd) : "directory not in bpf file system (bpffs)";
  throw new Fail(`bpf obj get (${folder}): ${problem}`);
}

/** What may have been meant by a word in place of a selector's first. */
function selectorHint(word: string | undefined): string {
  if (word === undefined) return "a map is named by id N, name NAME or pinned PATH";
  if (/^[0-9]+$/.test(word)) return `did you mean 'id ${word}'?`;
  if (word.startsWith("/")) return `did you mean 'pinned ${word}'?`;
  return unknownWord(word, ["id", "name", "pinned"], `name ${word}`);
}

/**
 * Takes a selector (id N, name NAME or pinned PATH) and opens what it matches: one fd, or several for a name that
 * several maps have. The caller closes them.
 */
export function takeMaps(kernel: Kernel, words: Words): number[] {
  const word = words.peek();
  const kind = word === undefined ? undefined : ["id", "name", "pinned"].find((keyword) => isPrefix(word, keyword));
  // "tag" selects programs only; for maps it is an unknown word.
  if (kind === undefined) throw new Fail(`expected 'id', 'name' or 'pinned', got: '${word ?? "(null)"}'?`).because(selectorHint(word));
  words.next();
  if (words.left === 0) throw new Fail(`'${kind}' needs a value`);
  const value = words.next();
  return kind === "id" ? byId(kernel, value) : kind === "name" ? byName(kernel, value) : byPath(kernel, value);
}

/** The same for commands that work on exactly one map. */
export function takeMap(kernel: Kernel, words: Words): number {
  const fds = takeMaps(kernel, words);
  if (fds.length === 1) return fds[0];
  for (const fd of fds) kernel.close(fd);
  throw new Fail("several maps match this handle");
}
