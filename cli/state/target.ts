// Where a path of the host leads: state files may be symbolic links, also to files that do not exist yet.
import { lstatSync, readlinkSync } from "node:fs";

/** As many links as Linux follows in one path. */
const LINKS_MAX = 40;

/** Folder and name of a path of the host. */
export function splitPath(path: string): { folder: string; base: string } {
  const cut = Math.max(path.lastIndexOf("/"), process.platform === "win32" ? path.lastIndexOf("\\") : -1);
  return { folder: cut < 0 ? "." : path.slice(0, cut) || "/", base: path.slice(cut + 1) };
}

/** Whether node:fs threw because there is no such file. */
export function isMissing(error: unknown): boolean {
  return (error as { code?: string }).code === "ENOENT";
}

function isLink(path: string): boolean {
  try {
    return lstatSync(path).isSymbolicLink();
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

/**
 * The file that `path` leads to through symbolic links, whether it exists or not: it is what is locked and replaced, so
 * that the links stay. Throws what node:fs throws, and ELOOP for links that lead to each other.
 */
export function targetOf(path: string): string {
  let at = path;
  for (let links = 0; isLink(at); links++) {
    if (links === LINKS_MAX) throw Object.assign(new Error(`ELOOP: too many levels of symbolic links, open '${path}'`), { code: "ELOOP" });
    const link = readlinkSync(at);
    const absolute = link.startsWith("/") || /^[A-Za-z]:/.test(link);
    // The parts are not normalized: ".." after a link to a folder means the parent of where that link leads.
    at = absolute ? link : `${splitPath(at).folder}/${link}`;
  }
  return at;
}
