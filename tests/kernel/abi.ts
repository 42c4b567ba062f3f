// What the oracle needs of the ABI: the numbers come from the core's own file, the field offsets from the facts.

export { Cmd, ElemFlag, Errno, Limit, MapFlag, MapType } from "../../assembly/uapi/constants.ts";
import type { Address } from "./target.ts";

/** Offsets of union bpf_attr's fields, by command group. */
export const At = {
  create: {
    map_type: 0, key_size: 4, value_size: 8, max_entries: 12, map_flags: 16, inner_map_fd: 20, numa_node: 24,
    map_name: 28, map_ifindex: 44, btf_fd: 48, btf_key_type_id: 52, btf_value_type_id: 56,
    btf_vmlinux_value_type_id: 60, map_extra: 64, value_type_btf_obj_fd: 72, map_token_fd: 76, excl_prog_hash: 80,
    excl_prog_hash_size: 88,
  },
  elem: { map_fd: 0, key: 8, value: 16, next_key: 16, flags: 24 },
  batch: { in_batch: 0, out_batch: 8, keys: 16, values: 24, count: 32, map_fd: 36, elem_flags: 40, flags: 48 },
  object: { pathname: 0, bpf_fd: 8, file_flags: 12, path_fd: 16 },
  id: { start_id: 0, next_id: 4, map_id: 0, open_flags: 8 },
  info: { bpf_fd: 0, info_len: 4, info: 8 },
} as const;

/** Offsets in struct bpf_map_info. */
export const InfoAt = { id: 4, hash: 88, hash_size: 96, padding: 100 } as const;

/** Bytes of union bpf_attr with fields set by offset. */
export class AttrBytes {
  readonly bytes: Uint8Array;
  #view: DataView;

  constructor(size: number) {
    this.bytes = new Uint8Array(size);
    this.#view = new DataView(this.bytes.buffer);
  }

  u32(at: number, value: number): this {
    this.#view.setUint32(at, value, true);
    return this;
  }

  u64(at: number, value: number): this {
    return this.u32(at, value % 0x100000000).u32(at + 4, Math.floor(value / 0x100000000));
  }

  address(at: number, address: Address): this {
    return this.u32(at, address.low).u32(at + 4, address.high);
  }
}
