// The pins of one map: Linux tells a map nothing of them, so the tree is searched.
import { type Bpffs, BpffsError } from "../bpffs.ts";

const ROOT = "/sys/fs/bpf";

/** The paths at which the map with this id is pinned. */
export function pinsOf(bpffs: Bpffs, id: number): string[] {
  const found: string[] = [];
  const folders = [ROOT];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const name of bpffs.readdir(folder)) {
      const path = `${folder}/${name}`;
      const stats = bpffs.stat(path);
      if (stats.isDirectory()) folders.push(path);
      else if (stats.mapId === id) found.push(path);
    }
  }
  return found.sort();
}

/** Whether there is a pin of the map with this id at `path`. */
export function isPinAt(bpffs: Bpffs, id: number, path: string): boolean {
  try {
    return bpffs.stat(path).mapId === id;
  } catch (error) {
    if (error instanceof BpffsError && error.code === "ENOENT") return false;
    throw error;
  }
}
