// The live kernel as a target: bpf(2) through koffi, on memory of its own, pinned to one CPU, with a private bpffs.

import { closeSync, mkdtempSync, openSync, readFileSync, rmdirSync } from "node:fs";
import { release, tmpdir } from "node:os";
import { join } from "node:path";
import koffi from "koffi";
import { AttrBytes, At, Cmd, MapType } from "./abi.ts";
import { addressOf, kernelAddress } from "./target.ts";
import type { Address, BadPointer, Region, Target } from "./target.ts";

const SYS_BPF = 321;
const PAGE_SIZE = 4096;
const PROT_NONE = 0;
const PROT_READ_WRITE = 3;
const MAP_PRIVATE_ANONYMOUS = 0x22;
const F_DUPFD_CLOEXEC = 1030;
const CLONE_NEWNS = 0x20000;
const MS_REC_PRIVATE = 0x44000;
const ATTR_BYTES_MAX = 2 * PAGE_SIZE;
/** Longer than the background release of an outer map's inner maps takes. */
const SETTLE_MS = 250;
const REFERENCE_RELEASE = "6.18.";

function bindLibc() {
  const libc = koffi.load(null);
  return {
    syscall: libc.func("long syscall(long nr, int cmd, intptr_t attr, uint32_t size)"),
    mmap: libc.func("intptr_t mmap(intptr_t address, size_t size, int prot, int flags, int fd, int64_t offset)"),
    mprotect: libc.func("int mprotect(intptr_t address, size_t size, int prot)"),
    munmap: libc.func("int munmap(intptr_t address, size_t size)"),
    close: libc.func("int close(int fd)"),
    fcntl: libc.func("int fcntl(int fd, int cmd, int from)"),
    unlink: libc.func("int unlink(const char *path)"),
    mkdir: libc.func("int mkdir(const char *path, uint32_t mode)"),
    rmdir: libc.func("int rmdir(const char *path)"),
    unshare: libc.func("int unshare(int flags)"),
    mount: libc.func("int mount(const char *source, const char *target, const char *type, ulong flags, void *data)"),
    umount2: libc.func("int umount2(const char *target, int flags)"),
    sched_setaffinity: libc.func("int sched_setaffinity(int pid, size_t size, uint64_t *mask)"),
  };
}

type Libc = ReturnType<typeof bindLibc>;

/** Why there is no live kernel to compare with, or undefined where there is one. */
export function liveKernelRefusal(): string | undefined {
  if (process.platform !== "linux" || process.arch !== "x64") return `${process.platform}-${process.arch} is not linux-x64`;
  if (!release().startsWith(REFERENCE_RELEASE)) return `this is Linux ${release()}, the reference is 6.18`;
  try {
    const target = new LiveTarget();
    try {
      return probe(target);
    } finally {
      target.dispose();
    }
  } catch (error) {
    return (error as Error).message;
  }
}

function probe(target: LiveTarget): string | undefined {
  const attr = new AttrBytes(168).u32(At.create.map_type, MapType.HASH).u32(At.create.key_size, 4);
  attr.u32(At.create.value_size, 4).u32(At.create.max_entries, 1).u32(At.create.map_flags, 0x40);
  const fd = target.bpf(Cmd.MAP_CREATE, attr.bytes, 168);
  if (fd < 0) return `bpf(2) refuses to create a map: errno ${-fd}`;
  target.close(fd);
  return undefined;
}

export class LiveTarget implements Target {
  readonly name = "kernel";
  readonly cpus: number;
  readonly bpffs: string;
  readonly sharesIds = true;
  readonly plainFd: number;
  #libc: Libc;
  #mappings: { address: number; size: number }[] = [];
  #attr: Region;
  #unmapped: Address;

  constructor() {
    this.#libc = bindLibc();
    this.cpus = possibleCpus();
    this.plainFd = openSync("/dev/null", "r");
    // LRU lists and free lists are per CPU: their answers are only determined on one.
    this.#check(this.#libc.sched_setaffinity(0, 8, [1]), "sched_setaffinity");
    this.#attr = this.#map(ATTR_BYTES_MAX, PROT_READ_WRITE);
    this.#unmapped = addressOf(this.#map(PAGE_SIZE, PROT_NONE).address + 64);
    this.bpffs = this.#mountBpffs();
  }

  bpf(cmd: number, attr: Uint8Array, size: number): number {
    const bytes = this.#attr.bytes;
    // What lies behind the caller's bytes is zero, or an earlier operation's attr would decide the tail check.
    bytes.fill(0);
    bytes.set(attr);
    const ret = this.#bpf(cmd, this.#attr.address, size);
    attr.set(bytes.subarray(0, attr.length));
    return ret;
  }

  bpfAt(cmd: number, address: Address, size: number): number {
    return this.#bpf(cmd, (BigInt.asIntN(32, BigInt(address.high)) << 32n) | BigInt(address.low), size);
  }

  close(fd: number): number {
    return this.#result(this.#libc.close(fd));
  }

  dup(fd: number): number {
    return this.#result(this.#libc.fcntl(fd, F_DUPFD_CLOEXEC, 0));
  }

  unlink(path: string): number {
    return this.#result(this.#libc.unlink(path));
  }

  mkdir(path: string): number {
    return this.#result(this.#libc.mkdir(path, 0o755));
  }

  rmdir(path: string): number {
    return this.#result(this.#libc.rmdir(path));
  }

  region(size: number): Region {
    return this.#map(size, PROT_READ_WRITE);
  }

  edgeRegion(size: number): Region {
    if (size % PAGE_SIZE !== 0) throw new Error(`an edge region of ${size} bytes is not made of whole pages`);
    const whole = this.#map(size + PAGE_SIZE, PROT_READ_WRITE);
    this.#check(this.#libc.mprotect(whole.address + size, PAGE_SIZE, PROT_NONE), "mprotect");
    return { address: whole.address, size, bytes: whole.bytes.subarray(0, size) };
  }

  badPointer(kind: BadPointer): Address {
    if (kind === "null") return { low: 0, high: 0 };
    return kind === "kernel" ? kernelAddress : this.#unmapped;
  }

  settle(): void {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, SETTLE_MS);
  }

  dispose(): void {
    for (const { address, size } of this.#mappings) this.#libc.munmap(address, size);
    this.#mappings = [];
    this.#libc.umount2(this.bpffs, 0);
    rmdirSync(this.bpffs);
    closeSync(this.plainFd);
  }

  #bpf(cmd: number, address: number | bigint, size: number): number {
    return this.#result(this.#libc.syscall(SYS_BPF, cmd, address, size));
  }

  #result(ret: number): number {
    return ret < 0 ? -koffi.errno() : ret;
  }

  #check(ret: number, what: string): void {
    if (ret < 0) throw new Error(`${what} fails with errno ${koffi.errno()}`);
  }

  #map(size: number, prot: number): Region {
    const address: number = this.#libc.mmap(0, size, prot, MAP_PRIVATE_ANONYMOUS, -1, 0);
    this.#check(address, "mmap");
    this.#mappings.push({ address, size });
    const bytes = prot === PROT_NONE ? new Uint8Array(0) : new Uint8Array(koffi.view(address, size));
    return { address, size, bytes };
  }

  #mountBpffs(): string {
    // In a mount namespace of its own the mount ends with the process, also when that crashes.
    if (this.#libc.unshare(CLONE_NEWNS) === 0) {
      this.#check(this.#libc.mount("none", "/", null, MS_REC_PRIVATE, null), "making mounts private");
    }
    const path = mkdtempSync(join(tmpdir(), "bpffs-"));
    const ret = this.#libc.mount("none", path, "bpf", 0, null);
    const errno = koffi.errno();
    if (ret < 0) {
      rmdirSync(path);
      throw new Error(`mounting a bpffs fails with errno ${errno}`);
    }
    return path;
  }
}

/** CPUs this machine may ever have, from a list like "0-1" or "0,2-3". */
function possibleCpus(): number {
  const ranges = readFileSync("/sys/devices/system/cpu/possible", "utf8").trim().split(",");
  return Number(ranges[ranges.length - 1].split("-").pop()) + 1;
}

