// The virtual tree that pins live in, with the names and errors of node:fs. It exists in the core's memory only.
import { Core, type Ptr } from "./abi/core.ts";
import { checkOptionNames } from "./abi/names.ts";
import { errnoName } from "./errors.ts";
import { errorToJSON, type Facts, Shown } from "./inspect.ts";
import { Errno, Limit } from "../assembly/uapi/constants.ts";

/** A failed call on the virtual bpffs, with the properties of Node's system errors. */
export class BpffsError extends Error {
  /** The negative error number. */
  readonly errno: number;
  /** Its name, "ENOENT". */
  readonly code: string;
  /** The call, "mkdir". */
  readonly syscall: string;
  readonly path: string;
  /** The second path of `rename`. */
  readonly dest: string | undefined;

  constructor(errno: number, syscall: string, path: string, dest?: string) {
    const code = errnoName(errno);
    const paths = dest === undefined ? `'${path}'` : `'${path}' -> '${dest}'`;
    super(`${code}: ${TEXTS[code] ?? "the call failed"}, ${syscall} ${paths}`);
    this.errno = errno;
    this.code = code;
    this.syscall = syscall;
    this.path = path;
    this.dest = dest;
  }

  /** The name of the class, which a minifier may have renamed. */
  override get name(): string {
    return "BpffsError";
  }

  /** What `JSON.stringify` gives: the fields, the name and the message. */
  toJSON(): object {
    return errorToJSON(this);
  }
}

const TEXTS: { readonly [code: string]: string | undefined } = {
  EPERM: "operation not permitted",
  ENOENT: "no such file or directory",
  EEXIST: "file already exists",
  ENOTDIR: "not a directory",
  EISDIR: "illegal operation on a directory",
  ENOTEMPTY: "directory not empty",
  ENAMETOOLONG: "name too long",
  EXDEV: "cross-device link not permitted",
  EBUSY: "resource busy or locked",
  EINVAL: "invalid argument",
  ENOMEM: "not enough memory",
  EACCES: "permission denied",
};

/** What `stat` tells of a directory or a pin. */
export interface BpffsStats {
  /** File type and permission bits, as st_mode. */
  readonly mode: number;
  readonly ino: number;
  readonly nlink: number;
  /** Id of the pinned map; 0 for a directory. */
  readonly mapId: number;
  /** Whether it is a directory, and no pin. */
  isDirectory(): boolean;
  /** True for a pin. */
  isFile(): boolean;
}

const DIRECTORY_MODE = 0o777;
const FILE_TYPE_MASK = 0o170000;
const DIRECTORY_TYPE = 0o040000;
const ROOT = "/sys/fs/bpf";

/** Directories and pins under `/sys/fs/bpf`. Every method throws BpffsError with the code that node:fs has on a bpffs. */
export class Bpffs extends Shown {
  readonly #core: Core;

  constructor(core: Core) {
    super();
    if (!(core instanceof Core)) throw new TypeError("Cannot make a bpffs with new: each kernel has one, kernel.bpffs");
    this.#core = core;
  }

  /**
   * Makes a directory. With `recursive`, its missing parents too, and an existing one is no error; returns the first
   * directory that was made, or undefined.
   */
  mkdir(path: string, options: { recursive?: boolean; mode?: number } = {}): string | undefined {
    checkOptionNames("Cannot mkdir", options, ["recursive", "mode"]);
    const { recursive = false, mode = DIRECTORY_MODE } = options;
    const ret = this.#call(path, (ptr) => this.#core.pins.mkdir(ptr, mode));
    if (ret === 0) return recursive ? path : undefined;
    if (recursive && ret === -Errno.EEXIST && this.stat(path).isDirectory()) return undefined;
    const parent = path.replace(/\/+[^/]*\/*$/, "");
    if (!recursive || ret !== -Errno.ENOENT || parent === "" || parent === path) throw new BpffsError(ret, "mkdir", path);
    const first = this.mkdir(parent, options);
    return this.mkdir(path, options) === undefined ? first : (first ?? path);
  }

  /** The names in a directory. */
  readdir(path: string): string[] {
    const core = this.#core;
    const { scratchPtr, scratchSize } = core;
    const names: string[] = [];
    for (;;) {
      core.fresh().u8.fill(0, scratchPtr, scratchPtr + scratchSize);
      const ret = this.#call(path, (ptr) => core.pins.readdir(ptr, scratchPtr, scratchSize, names.length));
      if (ret < 0) throw new BpffsError(ret, "scandir", path);
      // As many whole names as fit, each ended by NUL; zeros are left behind them.
      const text = new TextDecoder().decode(core.fresh().u8.slice(scratchPtr, scratchPtr + scratchSize));
      for (const name of text.split("\0")) if (name !== "") names.push(name);
      if (ret <= scratchSize) return names;
    }
  }

  /** Removes a pin. The map is freed if nothing else refers to it. */
  unlink(path: string): void {
    const ret = this.#call(path, (ptr) => this.#core.pins.unlink(ptr));
    this.#core.door.touch();
    if (ret < 0) throw new BpffsError(ret, "unlink", path);
  }

  /** Removes an empty directory. */
  rmdir(path: string): void {
    const ret = this.#call(path, (ptr) => this.#core.pins.rmdir(ptr));
    if (ret < 0) throw new BpffsError(ret, "rmdir", path);
  }

  /** Moves a pin or a directory. A pin in the way is replaced. */
  rename(from: string, to: string): void {
    const toPtr = this.#put(to, (this.#core.pathPtr + Limit.PATH_MAX) as Ptr);
    const ret = this.#call(from, (ptr) => this.#core.pins.rename(ptr, toPtr));
    this.#core.door.touch();
    if (ret < 0) throw new BpffsError(ret, "rename", from, to);
  }

  /** What is at a path. */
  stat(path: string): BpffsStats {
    const { pins, scratchPtr } = this.#core;
    const ret = this.#call(path, (ptr) => pins.stat(ptr, scratchPtr));
    if (ret < 0) throw new BpffsError(ret, "stat", path);
    const [mode, ino, nlink, mapId] = this.#core.fresh().u32.subarray(scratchPtr >>> 2);
    const isDirectory = (mode & FILE_TYPE_MASK) === DIRECTORY_TYPE;
    return { mode, ino, nlink, mapId, isDirectory: () => isDirectory, isFile: () => !isDirectory };
  }

  /** Calls with the address of the path's bytes. It needs no memory: where that is full, pins can still be removed. */
  #call(path: string, call: (ptr: Ptr) => number): number {
    return call(this.#put(path, this.#core.pathPtr));
  }

  /** Writes a path to a block of PATH_MAX bytes, ended by NUL if it is short enough: one that is not is ENAMETOOLONG. */
  #put(path: string, ptr: Ptr): Ptr {
    if (typeof path !== "string") throw new TypeError(`Cannot use path: expected a string, got ${typeof path}`);
    if (path.includes("\0")) throw new TypeError("Cannot use path: it holds a NUL");
    const bytes = new TextEncoder().encode(path);
    const { u8 } = this.#core.fresh();
    u8.set(bytes.subarray(0, Limit.PATH_MAX), ptr);
    if (bytes.length < Limit.PATH_MAX) u8[ptr + bytes.length] = 0;
    return ptr;
  }

  /** What `JSON.stringify` gives. */
  toJSON(): Facts {
    return { root: ROOT };
  }

  /** The name of the class, for `Object.prototype.toString`. */
  get [Symbol.toStringTag](): string {
    return "Bpffs";
  }
}
