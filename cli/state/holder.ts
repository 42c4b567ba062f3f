// Who holds a lock: the name of the one file in the lock's folder says it, and nothing but its form is believed.
import { readFileSync, readlinkSync } from "node:fs";
import { hostname, uptime } from "node:os";

/** A process, by what its lock file is called. */
export interface Holder {
  /** The whole name, different for each try to lock. */
  name: string;
  pid: number;
  /** When the process began, in ticks after boot; process ids are used again, these pairs are not. Empty outside Linux. */
  start: string;
  /** Digests of the machine's name, its boot, and the process namespace in which `pid` means something. */
  host: string;
  boot: string;
  namespace: string;
}

/** pid, start, host, boot, namespace, random. */
const NAME = /^(\d{1,10})-(\d{0,20})-([0-9a-z]{1,7})-([0-9a-z]{1,7})-([0-9a-z]{1,7})-[0-9a-z]{20}$/;

/** A holder whose process cannot be looked at (another machine or container) is given this long for a command. */
export const FOREIGN_MS_MAX = 10 * 60_000;

/** 32-bit FNV-1a in base 36: equal texts have equal digests, and a digest fits into a file name. */
function digest(text: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash >>> 0).toString(36);
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

/** State and start time of a process: fields 3 and 22 of its stat, counted after the name, which may hold blanks. */
function statOf(pid: number | "self"): { state: string; start: string } | undefined {
  const stat = textOf(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return { state: fields[0], start: fields[19] };
}

function namespaceOfSelf(): string {
  try {
    return readlinkSync("/proc/self/ns/pid");
  } catch {
    // Not Linux: the process id and its liveness have to do.
    return "";
  }
}

/** Ten characters of base 36. Names have to differ, they need not be secret: files are made exclusively. */
function randomWord(): string {
  return Math.random().toString(36).slice(2, 12).padEnd(10, "0");
}

type Place = Omit<Holder, "name">;

let place: Place | undefined;

/** What is known of this process and does not change; who waits for a lock asks for it often. */
function placeOfSelf(): Place {
  return (place ??= {
    pid: process.pid,
    start: statOf("self")?.start ?? "",
    host: digest(hostname()),
    boot: digest(textOf("/proc/sys/kernel/random/boot_id") ?? ""),
    namespace: digest(namespaceOfSelf()),
  });
}

/** This process, with a new name. */
export function newHolder(): Holder {
  const self = placeOfSelf();
  const { pid, start, host, boot, namespace } = self;
  return { name: [pid, start, host, boot, namespace, randomWord() + randomWord()].join("-"), ...self };
}

/** The holder with this name; undefined for a name that no holder has. */
export function parseHolder(name: string): Holder | undefined {
  const match = NAME.exec(name);
  if (match === null) return undefined;
  const [, pid, start, host, boot, namespace] = match;
  return { name, pid: Number(pid), start, host, boot, namespace };
}

/** Whether `self` can look at the process of `holder`. */
export function isNear(holder: Holder, self: Holder): boolean {
  return holder.host === self.host && holder.boot === self.boot && holder.namespace === self.namespace;
}

/** No system has process ids above; kill(2) would take them for others. */
const PID_MAX = 2 ** 31 - 1;

function processLives(pid: number): boolean {
  if (pid <= 0 || pid > PID_MAX) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as { code?: string }).code !== "ESRCH";
  }
}

/**
 * Whether the process of a holder may still live; `signMs` is when it took the lock or last wrote, as Date.now() counts.
 * A wrong "no" costs the holder its turn and nothing else: it notices before it replaces anything.
 */
export function mayLive(holder: Holder, self: Holder, signMs: number): boolean {
  if (!isNear(holder, self)) {
    // The same machine was restarted since: nothing of the old boot lives.
    const bootMs = Date.now() - uptime() * 1000;
    if (holder.host === self.host && holder.boot !== self.boot && signMs < bootMs) return false;
    return Math.abs(Date.now() - signMs) < FOREIGN_MS_MAX;
  }
  if (!processLives(holder.pid)) return false;
  const stat = holder.start === "" ? undefined : statOf(holder.pid);
  // Without a look at /proc the process id has to do. A zombie was killed and only waits for its parent.
  return stat === undefined || (stat.start === holder.start && stat.state !== "Z" && stat.state !== "X");
}
