// Paths of pins. The kernel's only file system is its bpffs; a path of the host means nothing to it.
import { Errno } from "../assembly/uapi/constants.ts";
import { BPF_OBJ_PIN, type Kernel } from "../bindings/index.ts";
import { errorText, Fail } from "./fail.ts";

/** Where the virtual bpffs is, as on Linux. */
export const BPFFS = "/sys/fs/bpf";

/** The folder of a path, as dirname(3): "." for a bare name, no trailing slashes. */
export function parentOf(path: string): string {
  const bare = path.replace(/\/+$/, "");
  if (bare === "") return path === "" ? "." : "/";
  const slash = bare.lastIndexOf("/");
  if (slash < 0) return ".";
  return bare.slice(0, slash).replace(/\/+$/, "") || "/";
}

/** The path without "." and ".." parts; there are no links in a bpffs of maps, so text is enough. */
export function plainPath(path: string): string {
  if (!/(^|\/)\.{1,2}(\/|$)|\/\//.test(path) || !path.startsWith("/")) return path;
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return `/${parts.join("/")}${path.endsWith("/") ? "/" : ""}`;
}

/** Whether `folder` is a folder of the bpffs. */
export function inBpffs(kernel: Kernel, folder: string): boolean {
  const path = plainPath(folder);
  if (path !== BPFFS && !path.startsWith(`${BPFFS}/`)) return false;
  try {
    return kernel.bpffs.stat(path).isDirectory();
  } catch {
    return false;
  }
}

/**
 * Pins the map behind `fd` at `path`. Where bpftool would mount a bpffs over a folder of the host, there is nothing to
 * mount over: the answer is the one bpftool gives for a folder that does not exist.
 */
export function pinMap(kernel: Kernel, fd: number, path: string, nomount: boolean): void {
  const folder = parentOf(path);
  if (!inBpffs(kernel, folder)) {
    if (nomount) throw new Fail("no BPF file system found, not mounting it due to --nomount option");
    const problem = errorText(folder === "." ? -Errno.EINVAL : -Errno.ENOENT);
    const said = `mount --make-private ${folder} failed: ${problem}`;
    throw new Fail(`can't mount BPF file system to pin the object (${path}): ${said}`);
  }
  const ret = kernel.bpf(BPF_OBJ_PIN, { pathname: plainPath(path), bpf_fd: fd });
  if (ret < 0) throw new Fail(`can't pin the object (${path}): ${errorText(ret)}`, ret);
}

/** The pins of every map, by map id. Folders are walked in the order the bpffs lists them. */
export function pinsById(kernel: Kernel): Map<number, string[]> {
  const pins = new Map<number, string[]>();
  const walk = (folder: string): void => {
    for (const name of kernel.bpffs.readdir(folder)) {
      const path = `${folder}/${name}`;
      const stats = kernel.bpffs.stat(path);
      if (stats.isDirectory()) walk(path);
      else if (pins.has(stats.mapId)) pins.get(stats.mapId)!.push(path);
      else pins.set(stats.mapId, [path]);
    }
  };
  walk(BPFFS);
  return pins;
}
