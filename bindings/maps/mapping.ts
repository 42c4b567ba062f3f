// The memory of a map, mapped: mmap(2), and what its errors mean.
import { BpfError, errnoName } from "../errors.ts";
import type { MapHost } from "./host.ts";

const RULES: { readonly [code: string]: string | undefined } = {
  EINVAL: "it was made without BPF_F_MMAPABLE",
  EPERM: "it is frozen, and the mapping would be writable",
  EACCES: "its fd was opened with BPF_F_RDONLY or BPF_F_WRONLY, or it was made with BPF_F_RDONLY_PROG",
};

/** Maps the map behind `fd` for reading and writing, and returns its address. Throws BpfError; `subject` names the map. */
export function mapMemory(host: MapHost, fd: number, subject: string): number {
  const ret = host.raw.mmap(fd, true, true);
  if (ret >= 0) return ret;
  const code = errnoName(ret);
  throw new BpfError(ret, "mmap", `Cannot mmap ${subject}: ${RULES[code] ?? code}`);
}
