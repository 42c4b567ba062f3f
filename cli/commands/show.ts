// show and dump.
import { Errno } from "../../assembly/uapi/constants.ts";
import { BPF_MAP_GET_NEXT_KEY, BPF_MAP_LOOKUP_ELEM, BPF_MAP_TYPE_PROG_ARRAY } from "../../bindings/index.ts";
import { errorText, Fail, Silent, Usage } from "../fail.ts";
import { elementErrorJson, elementErrorText, elementJson, elementText, printElementText } from "../format.ts";
import { fdById, isFrozen, type MapInfo, mapIds, mapInfo, takeMaps } from "../map.ts";
import { countElements, memlock } from "../memlock.ts";
import { pinsById } from "../paths.ts";
import type { Command, Session } from "../session.ts";
import { type Element, isTyped, printTyped, typedColumns } from "../typed.ts";
import { isMapOfMaps, typeWord } from "../types.ts";
import { userValueBytes } from "./elem.ts";

type Pins = Map<number, string[]>;

/** "ID: TYPE  name NAME  flags 0x0" with its newline. */
function headText(info: MapInfo): string {
  const name = info.name === "" ? "" : `name ${info.name}  `;
  return `${info.id}: ${typeWord(info.type)}  ${name}flags 0x${info.flags.toString(16)}\n`;
}

function headJson(session: Session, info: MapInfo): void {
  const json = session.json!;
  json.name("id");
  json.number(info.id);
  json.name("type");
  json.string(typeWord(info.type));
  if (info.name !== "") {
    json.name("name");
    json.text(info.name);
  }
  json.name("flags");
  json.number(info.flags);
}

function showOne(session: Session, fd: number, pins: Pins | undefined): void {
  const { kernel, json, host } = session;
  const info = mapInfo(kernel, fd);
  const memory = memlock(info, kernel.cpus, () => countElements(kernel, fd, info, userValueBytes(kernel, info)));
  const frozen = isFrozen(kernel, fd);
  const paths = pins?.get(info.id) ?? [];
  if (!json) {
    host.out(headText(info), "head");
    let text = `\tkey ${info.keySize}B  value ${info.valueSize}B  max_entries ${info.maxEntries}  memlock ${memory}B\n`;
    for (const path of paths) text += `\tpinned ${path}\n`;
    host.out(frozen ? `${text}\tfrozen\n` : text);
    return;
  }
  json.beginObject();
  headJson(session, info);
  for (const [name, value] of [
    ["bytes_key", info.keySize],
    ["bytes_value", info.valueSize],
    ["max_entries", info.maxEntries],
    ["bytes_memlock", memory],
    ["frozen", frozen ? 1 : 0],
  ] as const) {
    json.name(name);
    json.number(value);
  }
  if (pins) {
    json.name("pinned");
    json.beginArray();
    for (const path of paths) json.text(path);
    json.endArray();
  }
  json.endObject();
}

/** Runs `work` on each fd and closes it; with -j several results are an array. */
function forEachMap(session: Session, fds: number[], list: boolean, work: (fd: number) => void): void {
  if (list) session.json?.beginArray();
  try {
    for (const fd of fds) work(fd);
  } finally {
    for (const fd of fds) session.kernel.close(fd);
  }
  if (list) session.json?.endArray();
}

export const show: Command = (session, words) => {
  const { kernel } = session;
  const first = words.peek();
  if (words.left !== 0 && words.left !== 2) throw new Fail(`what is '${first}'?`);
  const pins = session.options.bpffs ? pinsById(kernel) : undefined;
  if (words.left === 2) {
    const fds = takeMaps(kernel, words);
    forEachMap(session, fds, fds.length > 1, (fd) => showOne(session, fd, pins));
    return;
  }
  session.json?.beginArray();
  for (const id of mapIds(kernel)) {
    const fd = fdById(kernel, id);
    if (fd < 0) continue;
    showOne(session, fd, pins);
    kernel.close(fd);
  }
  session.json?.endArray();
};

/** Prints one element, or the reason why its value cannot be read; returns whether it counts as found. */
function dumpElement(session: Session, info: MapInfo, key: Uint8Array, value: Uint8Array, ret: number): boolean {
  const { json, host } = session;
  if (ret === 0) {
    if (json) elementJson(json, info, key, value);
    else printElementText(host, elementText(info, key, value));
    return true;
  }
  // Empty slots of maps of maps and of programs are no elements.
  if (ret === -Errno.ENOENT && (isMapOfMaps(info.type) || info.type === BPF_MAP_TYPE_PROG_ARRAY)) return false;
  if (json) elementErrorJson(json, key, errorText(ret));
  else host.out(elementErrorText(info, key, ret === -Errno.ENOENT ? "<no entry>" : errorText(ret)));
  return false;
}

/** The elements of a map that can be read, as copies; returns the errno that ended the walk, 0 for its end. */
function readElements(session: Session, fd: number, info: MapInfo, into: Element[]): number {
  const { kernel } = session;
  const next = new Uint8Array(info.keySize);
  const value = new Uint8Array(userValueBytes(kernel, info));
  let ret = kernel.bpf(BPF_MAP_GET_NEXT_KEY, { map_fd: fd, key: null, next_key: next });
  for (; ret === 0; ret = kernel.bpf(BPF_MAP_GET_NEXT_KEY, { map_fd: fd, key: next, next_key: next })) {
    if (kernel.bpf(BPF_MAP_LOOKUP_ELEM, { map_fd: fd, key: next, value }) === 0) into.push({ key: next.slice(), value: value.slice() });
  }
  return ret === -Errno.ENOENT ? 0 : ret;
}

/** Dumps one map; returns the errno that ended the walk, 0 for its end. */
function dumpOne(session: Session, fd: number, several: boolean): number {
  const { kernel, json, host } = session;
  const info = mapInfo(kernel, fd);
  if (several) {
    if (json) {
      json.beginObject();
      headJson(session, info);
      json.name("elements");
    } else {
      host.out(headText(info), "head");
    }
  }
  const typed = typedColumns(session, info);
  if (isTyped(typed)) {
    const elements: Element[] = [];
    const ended = readElements(session, fd, info, elements);
    json?.beginArray();
    printTyped(session, info, typed, elements);
    json?.endArray();
    if (several) json?.endObject();
    return ended;
  }
  json?.beginArray();
  const value = new Uint8Array(userValueBytes(kernel, info));
  const next = new Uint8Array(info.keySize);
  const key = new Uint8Array(info.keySize);
  let found = 0;
  let ret = kernel.bpf(BPF_MAP_GET_NEXT_KEY, { map_fd: fd, key: null, next_key: next });
  while (ret === 0) {
    key.set(next);
    if (dumpElement(session, info, key, value, kernel.bpf(BPF_MAP_LOOKUP_ELEM, { map_fd: fd, key, value }))) found++;
    ret = kernel.bpf(BPF_MAP_GET_NEXT_KEY, { map_fd: fd, key, next_key: next });
  }
  if (json) json.endArray();
  else host.out(`Found ${found} element${found === 1 ? "" : "s"}\n`);
  if (several) json?.endObject();
  return ret === -Errno.ENOENT ? 0 : ret;
}

export const dump: Command = (session, words) => {
  if (words.left !== 2) throw new Usage();
  const fds = takeMaps(session.kernel, words);
  const several = fds.length > 1;
  let code = 0;
  let first = true;
  forEachMap(session, fds, several, (fd) => {
    if (!first && !session.json) session.host.out("\n");
    first = false;
    code = dumpOne(session, fd, several) || code;
  });
  // A map that cannot be walked was printed as far as it goes; only the exit code tells.
  if (code < 0) throw new Silent(code);
};
