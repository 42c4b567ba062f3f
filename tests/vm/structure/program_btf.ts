// The BTF of programs in these tests: functions, the strings of a line, and structs for map values.
import * as kinds from "../../../vm/btf/kinds.ts";
import { BtfBuilder } from "../btf/builder.ts";
import type { World } from "./random.ts";

export interface ProgramBlob {
  readonly bytes: Uint8Array;
  readonly typeIds: World["typeIds"];
  readonly strings: readonly number[];
  /** Structs of 16 bytes with a special field each. */
  readonly values: readonly number[];
}

export function programBtf(): ProgramBlob {
  const btf = new BtfBuilder();
  const int = btf.int();
  const u64 = btf.int("u64", 8, 64, 0);
  const proto = btf.proto(int, []);
  const empty = btf.proto(0, []);
  const typeIds = {
    main: btf.func("main", proto, kinds.LINKAGE_GLOBAL), sub: btf.func("sub", proto), other: btf.func("other", proto),
    nothing: btf.func("nothing", empty), int,
  };
  const lock = btf.struct("bpf_spin_lock", 4, [["val", int, 0]]);
  const timer = btf.struct("bpf_timer", 16, [["a", u64, 0], ["b", u64, 64]]);
  const wq = btf.struct("bpf_wq", 16, [["a", u64, 0], ["b", u64, 64]]);
  const values = [
    btf.struct("v_lock", 16, [["lock", lock, 0]]), btf.struct("v_timer", 16, [["timer", timer, 0]]), btf.struct("v_wq", 16, [["wq", wq, 0]]),
  ];
  const strings = [btf.name("int main() {"), btf.name("file.c")];
  return { bytes: btf.bytes(), typeIds, strings, values };
}
