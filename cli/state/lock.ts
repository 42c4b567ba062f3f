// A lock file that a killed process does not leave behind: it names its holder, and who finds the holder dead takes over.
//
// The lock is the file FILE.lock. It is made by link(2) from a private file, so that it never exists without its content.
// Taking over a dead holder's lock by removing it would be a race (two finders, of which the second removes the first's
// new lock). Instead the finder makes FILE.lock.ID, where ID is the dead holder's random id: of all finders one succeeds,
// and it holds the lock if FILE.lock still leads to it. Holders that died one after another make a chain of such files.
// A release removes FILE.lock first and the chain behind it after that, so a file of an old chain leads to nobody.
import { linkSync, readdirSync, readFileSync, readlinkSync, statSync, unlinkSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { splitPath } from "./file.ts";

/** A lock that another process holds, and who that is. */
export class LockedError extends Error {
  override name = "LockedError";
  readonly pid: number;
  constructor(pid: number) {
    super(`process ${pid} holds the lock`);
    this.pid = pid;
  }
}

interface Holder {
  /** Random, different for each try to lock. */
  id: string;
  pid: number;
  /** When the process began, in ticks after boot; process ids are used again, these pairs are not. */
  start: string;
  /** Machine, boot and process namespace in which `pid` means something. */
  place: Place;
}

interface Place {
  host: string;
  /** Empty where there is no such thing. */
  boot: string;
  namespace: string;
}

/** A holder that cannot be looked at (another machine or container) is given this long, as it cannot refresh its lock. */
const FOREIGN_MS_MAX = 10 * 60_000;

function text(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

/** State and start time of a process: fields 3 and 22 of its stat, counted after the name, which may hold blanks. */
function statOf(pid: number | "self"): { state: string; start: string } | undefined {
  const stat = text(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return { state: fields[0], start: fields[19] };
}

function placeOfSelf(): Place {
  let namespace = "";
  try {
    namespace = readlinkSync("/proc/self/ns/pid");
  } catch {
    // Not Linux: the process id and its liveness have to do.
  }
  return { host: hostname(), boot: text("/proc/sys/kernel/random/boot_id")?.trim() ?? "", namespace };
}

function randomId(): string {
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), (word) => word.toString(36)).join("");
}

/** Whether the process of a lock file lives; `path` is that file. */
function isAlive(holder: Holder, place: Place, path: string): boolean {
  const sameBoot = holder.place.boot === place.boot;
  // The same machine after a restart: nothing of the old boot lives.
  if (!sameBoot && holder.place.host === place.host) return false;
  if (!sameBoot || holder.place.namespace !== place.namespace) return ageMs(path) < FOREIGN_MS_MAX;
  if (!processLives(holder.pid)) return false;
  if (holder.start === "") return true;
  const stat = statOf(holder.pid);
  // A zombie was killed and only waits for its parent.
  return stat !== undefined && stat.start === holder.start && stat.state !== "Z" && stat.state !== "X";
}

function ageMs(path: string): number {
  try {
    return Date.now() - statSync(path).mtimeMs;
  } catch {
    return 0;
  }
}

function readHolder(path: string): Holder | undefined {
  const content = text(path);
  if (content === undefined) return undefined;
  const [id = "", pid = "", start = "", host = "", boot = "", namespace = ""] = content.split("\n");
  return { id, pid: Number(pid), start, place: { host, boot, namespace } };
}

function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if ((error as { code?: string }).code !== "ENOENT") throw error;
  }
}

/** The files from FILE.lock to the last holder, with the holders; empty when the lock is free. */
function readChain(lock: string): { paths: string[]; holders: Holder[] } {
  const paths: string[] = [];
  const holders: Holder[] = [];
  for (let path = lock; ; ) {
    const holder = readHolder(path);
    if (holder === undefined) return { paths, holders };
    paths.push(path);
    holders.push(holder);
    path = `${lock}.${holder.id}`;
  }
}

/**
 * Tries to take the lock of `file` once. Returns the function that gives it back; throws LockedError while another
 * process holds it, and what node:fs throws where files cannot be made.
 */
export function tryLock(file: string): () => void {
  const lock = `${file}.lock`;
  const place = placeOfSelf();
  const self: Holder = { id: randomId(), pid: process.pid, start: statOf("self")?.start ?? "", place };
  const { paths, holders } = readChain(lock);
  const last = holders.at(-1);
  if (last && isAlive(last, place, paths.at(-1)!)) throw new LockedError(last.pid);
  const path = last ? `${lock}.${last.id}` : lock;
  const own = `${lock}-${process.pid}-${self.id}`;
  const lines = [self.id, self.pid, self.start, place.host, place.boot, place.namespace];
  writeFileSync(own, `${lines.join("\n")}\n`, { flag: "wx" });
  try {
    linkSync(own, path);
  } catch (error) {
    // ENOENT: a holder swept our private file in the instant before we could be seen.
    if (!["EEXIST", "ENOENT"].includes((error as { code?: string }).code ?? "")) throw error;
    throw new LockedError(readHolder(path)?.pid ?? 0);
  } finally {
    remove(own);
  }
  const now = readChain(lock);
  if (now.holders.at(-1)?.id !== self.id) {
    // The chain was given back between reading and linking: this file leads to nobody.
    remove(path);
    throw new LockedError(now.holders.at(-1)?.pid ?? 0);
  }
  sweep(lock, now.paths);
  return () => {
    remove(lock);
    for (const part of now.paths.slice(1)) remove(part);
  };
}

/** Removes what killed processes left beside the lock: private files of the dead, and files of chains given back. */
function sweep(lock: string, chain: readonly string[]): void {
  const { folder, base } = splitPath(lock);
  for (const name of readdirSync(folder)) {
    if (!name.startsWith(base) || name === base) continue;
    const rest = name.slice(base.length);
    const pid = /^-(\d+)-/.exec(rest)?.[1];
    if (pid !== undefined ? processLives(Number(pid)) : !rest.startsWith(".") || chain.some((part) => part.endsWith(name))) continue;
    remove(`${folder}/${name}`);
  }
}

function processLives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as { code?: string }).code !== "ESRCH";
  }
}

const PAUSE_MS_MIN = 5;
const PAUSE_MS_MAX = 100;

/**
 * Takes the lock, waiting up to `waitMs`. `onWait` is told once who holds it when it is not free at once.
 * Throws LockedError when the time is over.
 */
export function lockFile(file: string, waitMs: number, onWait: (pid: number) => void): () => void {
  const sleeper = new Int32Array(new SharedArrayBuffer(4));
  const end = performance.now() + waitMs;
  let told = false;
  for (let pause = PAUSE_MS_MIN; ; pause = Math.min(pause * 2, PAUSE_MS_MAX)) {
    try {
      return tryLock(file);
    } catch (error) {
      if (!(error instanceof LockedError) || performance.now() + pause > end) throw error;
      if (!told && pause === PAUSE_MS_MAX) {
        onWait(error.pid);
        told = true;
      }
      Atomics.wait(sleeper, 0, 0, pause);
    }
  }
}
