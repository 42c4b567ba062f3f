// What of a kernel the dump needs: Kernel has it.
import type { BpfAttr } from "../abi/attr.ts";
import type { MapInfo } from "../abi/info.ts";
import type { Bpffs } from "../bpffs.ts";

export interface DumpKernel {
  readonly cpus: number;
  readonly bpffs: Bpffs;
  bpf(cmd: number, attr: BpfAttr): number;
  close(fd: number): number;
  maps(): MapInfo[];
}
