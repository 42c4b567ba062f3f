import { Errno } from "../../../assembly/uapi/constants.ts";
import type { LoadHost } from "../../image.ts";
import { refuse } from "./rule.ts";
import type { UsedMaps } from "./used_maps.ts";

const COUNT_END = 0x3fffffff;
const BTFS_MAX = 64;

/** Binds all that fd_array holds when its count is given: maps, and BTF. */
export function bindFdArray(count: number, host: LoadHost, maps: UsedMaps): void {
  if (count >= COUNT_END) refuse(Errno.EINVAL, `fd_array_cnt is too big (${count})`);
  const btfs = new Set<number>();
  for (let index = 0; index < count; index++) {
    const fd = host.fdAt(index);
    if (fd === undefined) refuse(Errno.EFAULT);
    const object = host.object(fd);
    if (typeof object !== "number" && object.kind === "map") {
      maps.add(object.map);
    } else if (typeof object !== "number" && object.kind === "btf") {
      if (!btfs.has(object.btf.id) && btfs.size === BTFS_MAX) {
        refuse(Errno.E2BIG, `The total number of btfs per program has reached the limit of ${BTFS_MAX}`);
      }
      btfs.add(object.btf.id);
    } else {
      refuse(typeof object === "number" ? -object : Errno.EINVAL, `fd ${fd} is not pointing to valid bpf_map or btf`);
    }
  }
}
