// Failures of the idiomatic surface, with the conventions of Node's system errors. Nothing here runs unless a command
// has failed: names and sentences are looked up on the way to `throw`.
import { Cmd, Errno } from "../assembly/uapi/constants.ts";
import { createRule, OPTION_WORDS } from "./abi/create_rules.ts";
import type { BpfAttr } from "./abi/attr.ts";
import { plural, quote } from "./abi/words.ts";
import { errorToJSON } from "./inspect.ts";

/** A failed command. `errno` is negative, as bpf(2) returned it; `code` is its name, "E2BIG". */
export class BpfError extends Error {
  /** The negative error number that the command returned. */
  readonly errno: number;
  /** The name of the error number, "ENOENT"; "ENOTSUPP" (524) and "EOPNOTSUPP" (95) are two different ones. */
  readonly code: string;
  /** The system call, "bpf" for a command, "mmap" or "dup"; empty for a helper, and if this library refused before a call. */
  readonly syscall: string;
  /** The command or helper under its kernel name, "BPF_MAP_UPDATE_ELEM" or "bpf_ringbuf_output"; else empty. */
  readonly command: string;
  /** How many elements were done before the one that failed; undefined for what is not done on many. */
  readonly done: number | undefined;
  /** What the verifier said of a program that was refused, its log; undefined for everything else. */
  readonly log: string | undefined;

  /** `call` is the name of a command, a helper or a system call; empty if none was reached. */
  constructor(errno: number, call: string, message: string, done?: number, log?: string) {
    super(done === undefined || done === 0 ? message : `${message}; ${done === 1 ? "1 element" : `${done} elements`} before it ${done === 1 ? "is" : "are"} done`);
    this.errno = errno;
    this.code = errnoName(errno);
    const isCommand = /^(BPF_|bpf command )/.test(call);
    this.command = isCommand || call.startsWith("bpf_") ? call : "";
    this.syscall = isCommand ? "bpf" : this.command === "" ? call : "";
    this.done = done;
    this.log = log;
  }

  /** The name of the class, which a minifier may have renamed. */
  override get name(): string {
    return "BpfError";
  }

  /** What `JSON.stringify` gives: the fields, the name and the message. */
  toJSON(): object {
    return errorToJSON(this);
  }
}

/** The name of a (negative or positive) error number, "EINVAL"; an unknown one reads "errno 999". */
export function errnoName(errno: number): string {
  return Errno[Math.abs(errno)] ?? `errno ${Math.abs(errno)}`;
}

/** The kernel's name of a command, "BPF_MAP_CREATE". */
export function commandName(cmd: number): string {
  return Cmd[cmd] === undefined ? `bpf command ${cmd}` : `BPF_${Cmd[cmd]}`;
}

/**
 * Why a raw command failed, in words: which rule the attributes of MAP_CREATE broke, and for the other commands what the
 * error number means there. `errno` is negative, as bpf() returned it.
 *
 * @example
 * const attr = { map_type: BPF_MAP_TYPE_ARRAY, key_size: 8, value_size: 4, max_entries: 1 };
 * explainError(kernel.bpf(BPF_MAP_CREATE, attr), BPF_MAP_CREATE, attr); // "key_size of BPF_MAP_TYPE_ARRAY must be 4: current value is 8"
 */
export function explainError(errno: number, cmd: number, attr: BpfAttr = {}): string {
  return (cmd === Cmd.MAP_CREATE ? createRule(errno, attr) : undefined) ?? sentence(cmd, errno);
}

/**
 * The error of a failed `createMap`: says which rule the options broke, in their own names. `usedBytes` tells how much of the
 * kernel's memory is in use; it is asked only when there was not enough.
 */
export function createError(errno: number, attr: BpfAttr, usedBytes: () => number): BpfError {
  const name = typeof attr.map_name === "string" && attr.map_name !== "" ? ` ${quote(attr.map_name)}` : "";
  const rule = createRule(errno, attr, OPTION_WORDS) ?? (errno === -Errno.ENOMEM ? shortage(attr, usedBytes()) : sentence(Cmd.MAP_CREATE, errno));
  return new BpfError(errno, commandName(Cmd.MAP_CREATE), `Cannot create map${name}: ${rule}`);
}

/** What was wanted, keys and values only, and what was there. */
function shortage(attr: BpfAttr, usedBytes: number): string {
  const { key_size = 0, value_size = 0, max_entries = 0 } = attr;
  const entry = key_size + value_size;
  const wanted = entry === 0 ? plural(max_entries, "byte") : `${max_entries} elements of ${plural(entry, "byte")}`;
  return `${wanted} are more than ${MEMORY_LIMIT} leaves: ${plural(usedBytes, "byte")} are in use`;
}

/**
 * The error of any other failed command on the map (or object) that `subject` names; `why` if the caller knows better, `done` if
 * it is one on many elements, `log` the verifier's.
 */
export function commandError(errno: number, cmd: number, subject: string, why?: string, done?: number, log?: string): BpfError {
  const message = `Cannot ${VERBS[cmd] ?? "use"} ${subject}: ${why ?? sentence(cmd, errno)}`;
  return new BpfError(errno, commandName(cmd), message, done, log);
}

/** The error of an `open…` that found another map than the caller described: `map "flows"`, "its type is array, not hash". */
export function mismatchError(subject: string, why: string): BpfError {
  return new BpfError(-Errno.EINVAL, "", `Cannot open ${subject}: ${why}`);
}

/** The error of every method of a map that was closed. No command was reached, so it names none. */
export function closedError(subject: string, why = "it is closed"): BpfError {
  return new BpfError(-Errno.EBADF, "", `Cannot use ${subject}: ${why}`);
}

const VERBS: { readonly [cmd: number]: string | undefined } = {
  [Cmd.MAP_CREATE]: "create",
  [Cmd.PROG_LOAD]: "load",
  [Cmd.MAP_LOOKUP_ELEM]: "look up in",
  [Cmd.MAP_UPDATE_ELEM]: "update",
  [Cmd.MAP_DELETE_ELEM]: "delete from",
  [Cmd.MAP_GET_NEXT_KEY]: "iterate",
  [Cmd.MAP_LOOKUP_AND_DELETE_ELEM]: "look up and delete in",
  [Cmd.MAP_FREEZE]: "freeze",
  [Cmd.MAP_LOOKUP_BATCH]: "iterate",
  [Cmd.MAP_LOOKUP_AND_DELETE_BATCH]: "drain",
  [Cmd.MAP_UPDATE_BATCH]: "update",
  [Cmd.MAP_DELETE_BATCH]: "delete from",
  [Cmd.OBJ_PIN]: "pin",
  [Cmd.OBJ_GET]: "open",
  [Cmd.MAP_GET_FD_BY_ID]: "open",
  [Cmd.OBJ_GET_INFO_BY_FD]: "describe",
};

/** What the error number means for this command; what it means anywhere if the command gives it no meaning of its own. */
function sentence(cmd: number, errno: number): string {
  const code = errnoName(errno);
  return SPECIFIC[`${cmd}:${code}`] ?? GENERAL[code] ?? `the command failed with ${code}`;
}

const SPECIFIC: { readonly [cmdAndCode: string]: string | undefined } = {
  [`${Cmd.MAP_UPDATE_ELEM}:E2BIG`]: "the map is full, or the index is not below maxEntries",
  [`${Cmd.MAP_UPDATE_ELEM}:EEXIST`]: "the key is present and BPF_NOEXIST was given",
  [`${Cmd.MAP_UPDATE_ELEM}:ENOENT`]: "the key is absent and BPF_EXIST was given",
  [`${Cmd.MAP_UPDATE_ELEM}:ENOSPC`]: "the LPM trie holds maxEntries prefixes",
  [`${Cmd.MAP_UPDATE_ELEM}:EINVAL`]: "the map type does not take these flags or this value",
  [`${Cmd.MAP_UPDATE_ELEM}:EPERM`]: "the map is frozen, or its fd was opened with BPF_F_RDONLY",
  [`${Cmd.MAP_DELETE_ELEM}:EPERM`]: "the map is frozen, or its fd was opened with BPF_F_RDONLY",
  [`${Cmd.MAP_DELETE_ELEM}:EINVAL`]: "elements of this map type cannot be deleted",
  [`${Cmd.MAP_LOOKUP_ELEM}:EPERM`]: "its fd was opened with BPF_F_WRONLY",
  [`${Cmd.MAP_GET_NEXT_KEY}:EPERM`]: "its fd was opened with BPF_F_WRONLY",
  [`${Cmd.MAP_LOOKUP_BATCH}:EPERM`]: "its fd was opened with BPF_F_WRONLY",
  [`${Cmd.MAP_LOOKUP_AND_DELETE_ELEM}:EPERM`]: "the map is frozen, or its fd lacks read or write access",
  [`${Cmd.MAP_LOOKUP_AND_DELETE_BATCH}:EPERM`]: "the map is frozen, or its fd lacks read or write access",
  [`${Cmd.MAP_UPDATE_BATCH}:E2BIG`]: "the map is full, or an index is not below maxEntries",
  [`${Cmd.MAP_UPDATE_BATCH}:EPERM`]: "the map is frozen, or its fd was opened with BPF_F_RDONLY",
  [`${Cmd.MAP_DELETE_BATCH}:EPERM`]: "the map is frozen, or its fd was opened with BPF_F_RDONLY",
  [`${Cmd.MAP_DELETE_BATCH}:ENOENT`]: "a key is absent",
  [`${Cmd.MAP_FREEZE}:EPERM`]: "it is frozen already, or its fd was opened with BPF_F_RDONLY",
  [`${Cmd.MAP_FREEZE}:EBUSY`]: "a writable mapping of it exists",
  [`${Cmd.OBJ_PIN}:EPERM`]: "the path is outside bpffs, or its last component holds a dot",
  [`${Cmd.OBJ_PIN}:EEXIST`]: "the path exists",
  [`${Cmd.OBJ_PIN}:ENOENT`]: "the directory does not exist",
  [`${Cmd.OBJ_PIN}:EINVAL`]: "the fd is no BPF object, or the flags are not known",
  [`${Cmd.OBJ_GET}:ENOENT`]: "nothing is pinned there",
  [`${Cmd.OBJ_GET}:EACCES`]: "the path is no pinned object, or its mode refuses the access asked for",
  [`${Cmd.MAP_GET_FD_BY_ID}:ENOENT`]: "no map has this id",
  [`${Cmd.MAP_GET_FD_BY_ID}:EINVAL`]: "open_flags may be 0, BPF_F_RDONLY or BPF_F_WRONLY",
  [`${Cmd.OBJ_GET_INFO_BY_FD}:EPERM`]: "only a frozen map has a hash",
};

const MEMORY_LIMIT = "the kernel's memory limit (maxMemoryBytes)";

const GENERAL: { readonly [code: string]: string | undefined } = {
  EPERM: "the operation is not permitted on this fd",
  ENOENT: "there is no such element",
  E2BIG: "a size is beyond its limit",
  EBADF: "the fd is closed or was never open",
  EBADFD: "the fd is closed or was never open",
  ENOMEM: `${MEMORY_LIMIT} is reached`,
  EACCES: "access is denied",
  EFAULT: "an address lies outside the memory that the caller owns",
  EBUSY: "it is in use",
  EEXIST: "it exists",
  EINVAL: "an argument is not valid",
  EMFILE: "all file descriptors (maxFds) are in use",
  ENOSPC: "there is no room",
  ENAMETOOLONG: "a path component is longer than 255 bytes",
  EOPNOTSUPP: "the map type does not support it",
  ENOTSUPP: "the map type does not support it",
};
