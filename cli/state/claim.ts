// The right to replace a file once. Nothing in Node locks a file so that the kernel gives the lock back when its holder
// dies, so this is made of three calls that every file system does atomically: mkdir(2), rename(2) and unlink(2).
//
//   FILE.lock/        the lock: a folder
//   FILE.lock/HOLDER  its holder, by name; the same file becomes the new FILE
//   FILE.lock-HOLDER/ the folder before it is the lock, for an instant
//
// take     A folder with the holder's file in it is renamed to FILE.lock. That succeeds where there is no FILE.lock or an
//          empty one, so of all who try one succeeds.
// commit   The new content is written into HOLDER, which is then renamed to FILE. This one call replaces the file and
//          gives the lock back: a folder without a holder is free.
// take over  Whoever finds that the holder is dead unlinks its file, by its unique name, and takes the lock as above. If the
//          holder was alive after all (another machine, another container, a clock that jumped), its own rename finds no
//          source: it cannot replace what others have saved since. Safety rests on this and not on how well death is judged.
//
// All of this holds between processes that see one folder: containers, users, and machines on a network file system
// whose server does renames in one step, as NFS does. What does not hold on NFS: a folder's listing may be some seconds
// old, so a free lock may look taken for that long.
import { closeSync, constants, fchmodSync, fchownSync, fstatSync, fsyncSync, lstatSync, mkdirSync } from "node:fs";
import { openSync, readdirSync, renameSync, rmdirSync, type Stats, statSync, unlinkSync, writeSync } from "node:fs";
import { type Holder, isNear, mayLive, newHolder, parseHolder } from "./holder.ts";
import { LockedError, LostError, ObstacleError } from "./lock_errors.ts";
import { isMissing, splitPath } from "./target.ts";

/** One write(2) takes less than 2 GiB. */
const WRITE_BYTES_MAX = 1 << 30;
const NO_FOLLOW = constants.O_NOFOLLOW ?? 0;

function codeOf(error: unknown): string {
  return (error as { code?: string }).code ?? "";
}

/** Runs `remove`; that there is nothing to remove, or that others are at it, is fine. */
function tidy(remove: () => void): void {
  try {
    remove();
  } catch (error) {
    if (!["ENOENT", "ENOTEMPTY", "EEXIST", "ENOTDIR", "EPERM", "EACCES", "EBUSY"].includes(codeOf(error))) throw error;
  }
}

/** Names in the folder of the lock; undefined where there is none. */
function namesIn(lock: string): string[] | undefined {
  try {
    if (!lstatSync(lock).isDirectory()) throw new ObstacleError(`${lock} is not the lock of this program; remove it`);
    return readdirSync(lock);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** When the holder took the lock or last wrote to its file; undefined when it has gone. */
function signOf(path: string): number | undefined {
  try {
    return lstatSync(path).mtimeMs;
  } catch (error) {
    if (isMissing(error) || codeOf(error) === "ENOTDIR") return undefined;
    throw error;
  }
}

/** Unlinks dead holders. Returns how many there were; throws LockedError for one that may live. */
function clearDead(lock: string, self: Holder): number {
  let dead = 0;
  for (const name of namesIn(lock) ?? []) {
    const holder = parseHolder(name);
    if (holder === undefined) throw new ObstacleError(`${lock} holds ${name}, which this program did not make; remove it`);
    const sign = signOf(`${lock}/${name}`);
    if (sign === undefined) continue;
    if (mayLive(holder, self, sign)) throw new LockedError(holder);
    const path = `${lock}/${name}`;
    try {
      if (lstatSync(path).isDirectory()) throw new ObstacleError(`${path} is a folder, which this program did not make; remove it`);
      unlinkSync(path);
      dead++;
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }
  return dead;
}

/** Removes the folders that processes left which were killed in the instant of trying to lock. */
function sweep(target: string, self: Holder): void {
  const { folder, base } = splitPath(target);
  const prefix = `${base}.lock-`;
  for (const name of readdirSync(folder)) {
    const holder = name.startsWith(prefix) ? parseHolder(name.slice(prefix.length)) : undefined;
    const path = `${folder}/${name}`;
    if (holder === undefined || mayLive(holder, self, signOf(path) ?? 0)) continue;
    tidy(() => unlinkSync(`${path}/${holder.name}`));
    tidy(() => rmdirSync(path));
  }
}

/** Gives back what this process holds of the lock of `target`, in whichever thread: it can save nothing any more. */
export function releaseOwn(target: string): void {
  const lock = `${target}.lock`;
  const self = newHolder();
  for (const name of namesIn(lock) ?? []) {
    const holder = parseHolder(name);
    if (holder?.pid === self.pid && isNear(holder, self)) tidy(() => unlinkSync(`${lock}/${name}`));
  }
  tidy(() => rmdirSync(lock));
}

/** The holder that was faster. */
function fasterHolder(lock: string): Holder | undefined {
  return (namesIn(lock) ?? []).map(parseHolder).find((holder) => holder !== undefined);
}

function statsOf(target: string): Stats | undefined {
  try {
    return statSync(target);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Gives the file behind `fd` the owner and the mode of the file that it replaces; never more rights than that. */
function copyRights(fd: number, from: Stats): void {
  let own = fstatSync(fd);
  for (const uid of [from.uid, own.uid]) {
    if (own.uid === from.uid && own.gid === from.gid) break;
    try {
      fchownSync(fd, uid, from.gid);
    } catch (error) {
      // Only root may give a file away, and anybody else only to a group of its own.
      if (codeOf(error) !== "EPERM" && codeOf(error) !== "EINVAL") throw error;
    }
    own = fstatSync(fd);
  }
  fchmodSync(fd, from.mode & (own.gid === from.gid ? 0o777 : 0o707));
}

function writeAll(fd: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at, Math.min(bytes.length - at, WRITE_BYTES_MAX));
}

function syncFolder(folder: string): void {
  let fd: number | undefined;
  try {
    fd = openSync(folder, "r");
    fsyncSync(fd);
  } catch (error) {
    // Windows cannot open folders and some file systems cannot sync them; there the rename is as durable as it gets.
    if (!["EISDIR", "EPERM", "EACCES", "EINVAL", "ENOTSUP", "EBADF"].includes(codeOf(error))) throw error;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

export class Claim {
  readonly #target: string;
  readonly #lock: string;
  /** The file that becomes the target. */
  readonly #path: string;
  readonly #inode: bigint;
  /** Open from write() on: as long as it is, no other file can have the same inode. */
  #fd: number | undefined;
  #ended = false;

  private constructor(target: string, path: string, inode: bigint) {
    this.#target = target;
    this.#lock = `${target}.lock`;
    this.#path = path;
    this.#inode = inode;
  }

  /**
   * Tries once to get the right to replace `target`, which is no symbolic link. Throws LockedError while another process
   * has it, ObstacleError when something foreign is in the way, and what node:fs throws where files cannot be made.
   */
  static take(target: string): Claim {
    const lock = `${target}.lock`;
    const self = newHolder();
    if (clearDead(lock, self) > 0) sweep(target, self);
    const own = `${lock}-${self.name}`;
    const file = `${own}/${self.name}`;
    mkdirSync(own);
    try {
      // The file is private until the mode of the one that it replaces is copied.
      const fd = openSync(file, "wx", statsOf(target) === undefined ? 0o666 : 0o600);
      const { ino } = fstatSync(fd, { bigint: true });
      closeSync(fd);
      // Windows renames onto nothing only.
      if (process.platform === "win32") tidy(() => rmdirSync(lock));
      renameSync(own, lock);
      return new Claim(target, `${lock}/${self.name}`, ino);
    } catch (error) {
      tidy(() => unlinkSync(file));
      tidy(() => rmdirSync(own));
      const busy = ["EEXIST", "ENOTEMPTY"].includes(codeOf(error)) || (process.platform === "win32" && codeOf(error) === "EPERM");
      if (busy) throw new LockedError(fasterHolder(lock));
      if (codeOf(error) === "ENOTDIR") namesIn(lock);
      throw error;
    }
  }

  #open(): number {
    let fd: number;
    try {
      fd = openSync(this.#path, constants.O_WRONLY | NO_FOLLOW);
    } catch (error) {
      if (isMissing(error)) throw new LostError();
      throw error;
    }
    if (fstatSync(fd, { bigint: true }).ino === this.#inode) return fd;
    closeSync(fd);
    throw new LostError();
  }

  /** Throws LostError when somebody has taken over. */
  check(): void {
    closeSync(this.#open());
  }

  /** Writes the new content and syncs it; the target stays as it is. Throws LostError, and what node:fs throws. */
  write(...parts: readonly Uint8Array[]): void {
    const fd = (this.#fd = this.#open());
    const old = statsOf(this.#target);
    if (old !== undefined) copyRights(fd, old);
    for (const part of parts) writeAll(fd, part);
    fsyncSync(fd);
  }

  /** Replaces the target by what was written, and ends the claim. Throws LostError, with the target as others left it. */
  commit(): void {
    try {
      renameSync(this.#path, this.#target);
    } catch (error) {
      if (!isMissing(error)) throw error;
      // On a network a rename may be done and its answer be lost: then the target is our file.
      const inode = statSync(this.#target, { bigint: true, throwIfNoEntry: false })?.ino;
      if (this.#fd === undefined || inode !== this.#inode) throw new LostError();
    }
    this.#end();
    syncFolder(splitPath(this.#target).folder);
  }

  /** Ends the claim without replacing anything; does nothing after commit(). */
  release(): void {
    if (this.#ended) return;
    tidy(() => unlinkSync(this.#path));
    this.#end();
  }

  #end(): void {
    this.#ended = true;
    if (this.#fd !== undefined) closeSync(this.#fd);
    tidy(() => rmdirSync(this.#lock));
  }
}
