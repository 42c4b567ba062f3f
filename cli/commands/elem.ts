// The commands for one element: update, push, lookup, peek, getnext, delete, pop.
import { Errno } from "../../assembly/uapi/constants.ts";
import {
  BPF_ANY,
  BPF_EXIST,
  BPF_MAP_DELETE_ELEM,
  BPF_MAP_GET_NEXT_KEY,
  BPF_MAP_LOOKUP_AND_DELETE_ELEM,
  BPF_MAP_LOOKUP_ELEM,
  BPF_MAP_TYPE_PROG_ARRAY,
  BPF_MAP_UPDATE_ELEM,
  BPF_NOEXIST,
  explainError,
  type Kernel,
} from "../../bindings/index.ts";
import { cidrKey } from "../cidr.ts";
import type { Column } from "../column.ts";
import { errorText, Fail, Silent } from "../fail.ts";
import { elementJson, elementText, hex, isPerCpu, printElementText, valueStride } from "../format.ts";
import { type MapInfo, mapInfo, takeMap } from "../map.ts";
import { takeProgram } from "../program.ts";
import type { Command, Session } from "../session.ts";
import { columnJson } from "../struct_column.ts";
import { unknownWord } from "../suggest.ts";
import { isTyped, printTyped, takeTyped, typedColumns } from "../typed.ts";
import { isMapOfMaps } from "../types.ts";
import { isPrefix, type Words } from "../words.ts";

/** Bytes of a value as bpf(2) reads and writes it. */
export function userValueBytes(kernel: Kernel, info: MapInfo): number {
  return isPerCpu(info.type) ? valueStride(info) * kernel.cpus : info.valueSize;
}

/** What a command takes after its map. */
interface Wanted {
  key: boolean;
  value: boolean;
  flags: boolean;
}

interface Given {
  key: Uint8Array | undefined;
  value: Uint8Array | undefined;
  flags: number;
  /** fds of maps given as values; they are closed after the command. */
  fds: number[];
}

const FLAG_WORDS: readonly (readonly [string, number])[] = [
  ["any", BPF_ANY],
  ["noexist", BPF_NOEXIST],
  ["exist", BPF_EXIST],
];

function fdValue(fd: number): Uint8Array {
  return new Uint8Array(new Uint32Array([fd]).buffer);
}

function takeValue(session: Session, words: Words, info: MapInfo, given: Given, column: Column | undefined): Uint8Array {
  const { kernel } = session;
  if (isMapOfMaps(info.type)) {
    if (words.left < 2) throw new Fail("not enough value arguments for map in map");
    const fd = takeMap(kernel, words);
    given.fds.push(fd);
    return fdValue(fd);
  }
  if (info.type === BPF_MAP_TYPE_PROG_ARRAY) {
    if (words.left < 2) throw new Fail("not enough value arguments for map of progs");
    const fd = takeProgram(session, words);
    given.fds.push(fd);
    return fdValue(fd);
  }
  const one = takeTyped(words, column, info.valueSize, "value");
  if (!isPerCpu(info.type)) return one;
  const stride = valueStride(info);
  const all = new Uint8Array(userValueBytes(kernel, info));
  for (let cpu = 0; cpu < kernel.cpus; cpu++) all.set(one, cpu * stride);
  return all;
}

/** Reads key DATA, value VALUE and update flags in any order. */
function takeElement(session: Session, words: Words, info: MapInfo, wanted: Wanted): Given {
  const cidr = session.options.values.get("cidr");
  const key = cidr === undefined || !wanted.key ? undefined : cidrKey(cidr, info.keySize);
  const given: Given = { key, value: undefined, flags: BPF_ANY, fds: [] };
  const typed = typedColumns(session, info);
  let flagsFree = wanted.flags;
  while (words.left > 0) {
    const word = words.next();
    const flag = FLAG_WORDS.find(([name]) => isPrefix(word, name));
    if (isPrefix(word, "key")) {
      if (!wanted.key) throw new Fail("unnecessary key");
      if (given.key) throw new Fail("duplicate key");
      given.key = takeTyped(words, typed.key, info.keySize, "key");
    } else if (isPrefix(word, "value")) {
      if (!wanted.value) throw new Fail("unnecessary value");
      if (given.value) throw new Fail("duplicate value");
      given.value = takeValue(session, words, info, given, typed.value);
    } else if (flag) {
      if (!flagsFree) throw new Fail(`flags specified multiple times: ${word}`);
      given.flags = flag[1];
      flagsFree = false;
    } else {
      throw new Fail(`expected key or value, got: ${word}`).because(unknownWord(word, ["key", "value", ...FLAG_WORDS.map(([name]) => name)]));
    }
  }
  if (wanted.key && !given.key) throw new Fail("did not find key");
  if (wanted.value && !given.value) throw new Fail("did not find value");
  return given;
}

/** Opens the map that the words select, runs `work`, and closes it. */
export function withMap(session: Session, words: Words, work: (fd: number, info: MapInfo) => void): void {
  const { kernel } = session;
  const fd = takeMap(kernel, words);
  try {
    work(fd, mapInfo(kernel, fd));
  } finally {
    kernel.close(fd);
  }
}

export const update: Command = (session, words) => {
  const { kernel, json } = session;
  withMap(session, words, (fd, info) => {
    const wanted = { key: info.keySize > 0, value: info.valueSize > 0, flags: true };
    const given = takeElement(session, words, info, wanted);
    const ret = kernel.bpf(BPF_MAP_UPDATE_ELEM, {
      map_fd: fd,
      key: given.key ?? null,
      value: given.value ?? null,
      flags: given.flags,
    });
    for (const valueFd of given.fds) kernel.close(valueFd);
    if (ret < 0) throw new Fail(`update failed: ${errorText(ret)}`, ret).because(explainError(ret, BPF_MAP_UPDATE_ELEM));
    json?.null();
  });
};

function printElement(session: Session, info: MapInfo, key: Uint8Array, value: Uint8Array): void {
  const typed = typedColumns(session, info);
  if (isTyped(typed)) printTyped(session, info, typed, [{ key, value }]);
  else if (session.json) elementJson(session.json, info, key, value);
  else printElementText(session.host, elementText(info, key, value));
}

export const lookup: Command = (session, words) => {
  const { kernel, json, host } = session;
  withMap(session, words, (fd, info) => {
    const given = takeElement(session, words, info, { key: info.keySize > 0, value: false, flags: false });
    const key = given.key ?? new Uint8Array(0);
    const value = new Uint8Array(userValueBytes(kernel, info));
    const ret = kernel.bpf(BPF_MAP_LOOKUP_ELEM, { map_fd: fd, key: info.keySize > 0 ? key : null, value });
    if (ret === 0) {
      printElement(session, info, key, value);
    } else if (ret === -Errno.ENOENT) {
      if (json) json.null();
      else host.out(`key:\n${hex(key)}\n\nNot found\n`);
      throw new Silent(ret);
    } else {
      throw new Fail(`lookup failed: ${errorText(ret)}`, ret).because(explainError(ret, BPF_MAP_LOOKUP_ELEM));
    }
  });
};

export const getnext: Command = (session, words) => {
  const { kernel, json, host } = session;
  withMap(session, words, (fd, info) => {
    const asked = words.left > 0 || session.options.values.has("cidr");
    const key = asked ? takeElement(session, words, info, { key: true, value: false, flags: false }).key : undefined;
    const next = new Uint8Array(info.keySize);
    const ret = kernel.bpf(BPF_MAP_GET_NEXT_KEY, { map_fd: fd, key: key ?? null, next_key: next });
    if (ret < 0) throw new Fail(`can't get next key: ${errorText(ret)}`, ret).because(explainError(ret, BPF_MAP_GET_NEXT_KEY));
    const { key: column } = typedColumns(session, info);
    if (column !== undefined && !json) {
      host.out(`${column.print(next, 0)}\n`);
    } else if (json) {
      json.beginObject();
      const print = (bytes: Uint8Array): void => {
        if (column === undefined) json.bytes(bytes);
        else json.raw(columnJson(column, column.print(bytes, 0)));
      };
      json.name("key");
      if (key) print(key);
      else json.null();
      json.name("next_key");
      print(next);
      json.endObject();
    } else {
      printElementText(host, `${key ? `key:\n${hex(key)}` : "key: None"}\nnext key:\n${hex(next)}\n`);
    }
  });
};

export const del: Command = (session, words) => {
  const { kernel, json } = session;
  withMap(session, words, (fd, info) => {
    const { key } = takeElement(session, words, info, { key: true, value: false, flags: false });
    const ret = kernel.bpf(BPF_MAP_DELETE_ELEM, { map_fd: fd, key });
    if (ret < 0) throw new Fail(`delete failed: ${errorText(ret)}`, ret).because(explainError(ret, BPF_MAP_DELETE_ELEM));
    json?.null();
  });
};

export const pop: Command = (session, words) => {
  const { kernel, json, host } = session;
  withMap(session, words, (fd, info) => {
    // A map with keys is popped at the key of zeros; what that does is the kernel's to say.
    const key = new Uint8Array(info.keySize);
    const value = new Uint8Array(userValueBytes(kernel, info));
    const ret = kernel.bpf(BPF_MAP_LOOKUP_AND_DELETE_ELEM, { map_fd: fd, key: info.keySize > 0 ? key : null, value });
    if (ret === 0) {
      printElement(session, info, key, value);
    } else if (ret === -Errno.ENOENT) {
      if (json) json.null();
      else host.out("Error: empty map\n");
      throw new Silent(ret);
    } else {
      throw new Fail(`pop failed: ${errorText(ret)}`, ret).because(explainError(ret, BPF_MAP_LOOKUP_AND_DELETE_ELEM));
    }
  });
};
