// Reads and replaces a file so that, whatever happens in between, it holds either the old or the new bytes.
import {
  closeSync,
  fchmodSync,
  fsyncSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from "node:fs";

function missing(error: unknown): boolean {
  return (error as { code?: string }).code === "ENOENT";
}

/** Folder and name of a path of the host. */
export function splitPath(path: string): { folder: string; base: string } {
  const cut = Math.max(path.lastIndexOf("/"), process.platform === "win32" ? path.lastIndexOf("\\") : -1);
  return { folder: cut < 0 ? "." : path.slice(0, cut) || "/", base: path.slice(cut + 1) };
}

/** The file's bytes, or undefined when there is no such file. Throws what node:fs throws. */
export function readWhole(path: string): Uint8Array | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if (missing(error)) return undefined;
    throw error;
  }
}

/** Changes whenever the file is replaced; "" while there is none. */
export function stampOf(path: string): string {
  try {
    const { ino, mtimeMs, size } = statSync(path);
    return `${ino} ${mtimeMs} ${size}`;
  } catch {
    return "";
  }
}

/** The file itself where `path` is a link to it, so that replacing keeps the link. */
export function targetOf(path: string): string {
  try {
    return realpathSync(path);
  } catch (error) {
    if (missing(error)) return path;
    throw error;
  }
}

function modeOf(path: string): number | undefined {
  try {
    return statSync(path).mode & 0o7777;
  } catch {
    return undefined;
  }
}

function syncFolder(folder: string): void {
  let fd: number | undefined;
  try {
    fd = openSync(folder, "r");
    fsyncSync(fd);
  } catch (error) {
    // Windows cannot open folders and some file systems cannot sync them; there the rename is as durable as it gets.
    const { code } = error as { code?: string };
    if (!["EISDIR", "EPERM", "EACCES", "EINVAL", "ENOTSUP", "EBADF"].includes(code ?? "")) throw error;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/** Removes temporary files that killed writers left; only the holder of the lock may do it. */
function sweep(folder: string, prefix: string, keep: string): void {
  for (const name of readdirSync(folder)) {
    if (!name.startsWith(prefix) || name === keep) continue;
    try {
      unlinkSync(`${folder}/${name}`);
    } catch (error) {
      if (!missing(error)) throw error;
    }
  }
}

/**
 * Replaces the file: a temporary file beside it is written and synced, then renamed over it, then the folder is synced.
 * Throws what node:fs throws, with the old file as it was. The caller holds the file's lock.
 */
export function replaceFile(path: string, bytes: Uint8Array): void {
  const target = targetOf(path);
  const { folder, base } = splitPath(target);
  const prefix = `${base}.tmp-`;
  const name = `${prefix}${process.pid}`;
  const temporary = `${folder}/${name}`;
  sweep(folder, prefix, name);
  const mode = modeOf(target);
  const fd = openSync(temporary, "w");
  try {
    if (mode !== undefined) fchmodSync(fd, mode);
    for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
    fsyncSync(fd);
  } catch (error) {
    closeSync(fd);
    unlinkSync(temporary);
    throw error;
  }
  closeSync(fd);
  renameSync(temporary, target);
  syncFolder(folder);
}
