// create, pin, freeze, event_pipe.
import { Errno } from "../../assembly/uapi/constants.ts";
import { BPF_MAP_CREATE, BPF_MAP_FREEZE, BPF_MAP_TYPE_PERF_EVENT_ARRAY, BPF_MAP_TYPE_UNSPEC, explainError } from "../../bindings/index.ts";
import { errorText, Fail } from "../fail.ts";
import { NAME_BYTES_MAX, takeMap } from "../map.ts";
import { pinMap } from "../paths.ts";
import type { Command, Session } from "../session.ts";
import { CREATE_KEYWORDS, type KeywordRow } from "../table.ts";
import { unknownWord } from "../suggest.ts";
import { TYPE_WORDS, typeNumber } from "../types.ts";
import { isPrefix, parseUnsigned, type Words } from "../words.ts";
import { withMap } from "./elem.ts";

/** The kernel's field of each number that `create` takes. */
const FIELDS: { readonly [word: string]: "key_size" | "value_size" | "max_entries" | "map_flags" } = {
  key: "key_size",
  value: "value_size",
  entries: "max_entries",
  flags: "map_flags",
};

interface Attributes {
  map_type: number;
  key_size: number;
  value_size: number;
  max_entries: number;
  map_flags: number;
  inner_map_fd: number;
  name: string | undefined;
}

function takeKeyword(session: Session, words: Words, row: KeywordRow, attr: Attributes): void {
  if (row.kind === "map") {
    // The word itself is taken; its selector is two words more.
    if (words.left < 2) throw new Fail(`'${words.last}' needs at least 2 arguments, ${words.left} found`, -1, true);
    if (attr.inner_map_fd >= 0) session.kernel.close(attr.inner_map_fd);
    attr.inner_map_fd = takeMap(session.kernel, words);
    return;
  }
  const operand = words.next();
  if (row.kind === "number") {
    const field = FIELDS[row.word];
    // Zero counts as not given yet: that is all bpftool can see.
    if (attr[field] !== 0) throw new Fail(`${row.label} already specified`);
    const number = parseUnsigned(operand, 0, 32);
    if (number === undefined) throw new Fail(`can't parse ${operand} as ${row.label}`);
    attr[field] = number;
  } else if (row.kind === "type") {
    if (attr.map_type !== BPF_MAP_TYPE_UNSPEC) throw new Fail(`${row.label} already specified`);
    const type = typeNumber(operand);
    if (type === undefined) throw new Fail(`unrecognized map type: ${operand}`).because(unknownWord(operand, TYPE_WORDS));
    attr.map_type = type;
  } else if (row.word === "name") {
    attr.name = operand;
  } else {
    throw new Fail(`unrecognized netdevice '${operand}': ${errorText(-Errno.ENODEV)}`);
  }
}

function takeAttributes(session: Session, words: Words, attr: Attributes): void {
  while (words.left > 0) {
    if (words.left < 2) throw new Fail(`'${words.last}' needs at least 2 arguments, ${words.left} found`);
    const word = words.next();
    const row = CREATE_KEYWORDS.find((keyword) => isPrefix(word, keyword.word));
    if (row === undefined) {
      throw new Fail(`unknown arg ${word}`).because(unknownWord(word, CREATE_KEYWORDS.map((keyword) => keyword.word)));
    }
    takeKeyword(session, words, row, attr);
  }
  if (attr.name === undefined) throw new Fail("map name not specified");
}

export const create: Command = (session, words) => {
  const { kernel, json } = session;
  const path = words.next();
  const attr: Attributes = {
    map_type: BPF_MAP_TYPE_UNSPEC,
    key_size: 0,
    value_size: 0,
    max_entries: 0,
    map_flags: 0,
    inner_map_fd: -1,
    name: undefined,
  };
  try {
    takeAttributes(session, words, attr);
    const { name, inner_map_fd, ...fields } = attr;
    const created = {
      ...fields,
      // Longer names are cut, as bpftool does; the kernel wants the NUL behind them.
      map_name: new TextEncoder().encode(name).subarray(0, NAME_BYTES_MAX),
      ...(inner_map_fd >= 0 ? { inner_map_fd } : {}),
    };
    const fd = kernel.bpf(BPF_MAP_CREATE, created);
    if (fd < 0) throw new Fail(`map create failed: ${errorText(fd)}`).because(explainError(fd, BPF_MAP_CREATE, created));
    try {
      pinMap(kernel, fd, path, session.options.nomount);
    } finally {
      kernel.close(fd);
    }
    json?.null();
  } finally {
    if (attr.inner_map_fd >= 0) kernel.close(attr.inner_map_fd);
  }
};

export const pin: Command = (session, words) => {
  withMap(session, words, (fd) => {
    pinMap(session.kernel, fd, words.next(), session.options.nomount);
    session.json?.null();
  });
};

export const freeze: Command = (session, words) => {
  withMap(session, words, (fd) => {
    if (words.left > 0) throw new Fail(`what is '${words.peek()}'?`);
    const ret = session.kernel.bpf(BPF_MAP_FREEZE, { map_fd: fd });
    if (ret < 0) throw new Fail(`failed to freeze map: ${errorText(ret)}`, ret).because(explainError(ret, BPF_MAP_FREEZE));
    session.json?.null();
  });
};

export const eventPipe: Command = (session, words) => {
  withMap(session, words, (_, info) => {
    if (info.type !== BPF_MAP_TYPE_PERF_EVENT_ARRAY) throw new Fail("map is not a perf event array");
    throw new Fail("there are no perf events in this kernel");
  });
};
