// Each command has its own fields; the address and the bytes of a union go with every command.
import { BPF_MAP_CREATE, BPF_MAP_LOOKUP_BATCH, BPF_MAP_LOOKUP_ELEM, BPF_MAP_UPDATE_ELEM, BPF_OBJ_GET_INFO_BY_FD, Kernel } from "bpf-maps";
import type { AttrOf, AttrPointer, BpfAttr, MapCreateAttr } from "bpf-maps";
import { type Equal, expect } from "./equal.ts";

const kernel = Kernel.loadSync();
const bytes = new Uint8Array(8);

const fd: number = kernel.bpf(BPF_MAP_CREATE, { map_type: 1, key_size: 4, value_size: 8, max_entries: 1, map_name: "flows", map_extra: 1n });
kernel.bpf(BPF_MAP_UPDATE_ELEM, { map_fd: fd, key: bytes, value: 4096, flags: 1n });
kernel.bpf(BPF_MAP_LOOKUP_BATCH, { map_fd: fd, in_batch: null, out_batch: bytes, keys: bytes, values: bytes, count: 2, elem_flags: 0, flags: 0 });
kernel.bpf(BPF_OBJ_GET_INFO_BY_FD, { bpf_fd: fd, info: bytes, info_len: 8 });
kernel.bpf(BPF_MAP_CREATE, bytes, 8);
kernel.bpf(BPF_MAP_CREATE, 4096, 92);

// A number that is a command, and one that is not known before the program runs.
kernel.bpf(0, { map_type: 1 });
kernel.bpf(fd, { map_type: 1, count: 1 });
const any: BpfAttr = { map_fd: fd, key: null };
kernel.bpf(BPF_MAP_LOOKUP_ELEM, any);

expect<Equal<AttrOf<typeof BPF_MAP_CREATE>, MapCreateAttr>>();
expect<Equal<MapCreateAttr["map_name"], string | Uint8Array | undefined>>();
expect<Equal<keyof AttrOf<typeof BPF_MAP_LOOKUP_ELEM>, "map_fd" | "key" | "value" | "flags">>();
expect<Equal<AttrOf<typeof BPF_MAP_LOOKUP_ELEM>["key"], AttrPointer | undefined>>();
expect<Equal<AttrOf<number>, BpfAttr>>();

// @ts-expect-error: misspelt
kernel.bpf(BPF_MAP_CREATE, { map_typ: 1 });
// @ts-expect-error: a field of another command
kernel.bpf(BPF_MAP_CREATE, { map_type: 1, map_fd: 3 });
// @ts-expect-error: a field of another command
kernel.bpf(BPF_MAP_LOOKUP_ELEM, { map_fd: fd, keys: bytes });
// @ts-expect-error: fds are numbers
kernel.bpf(BPF_MAP_LOOKUP_ELEM, { map_fd: "3" });
// @ts-expect-error: there is nothing to be had from text
kernel.bpf(BPF_MAP_LOOKUP_ELEM, "attr");

// The member of the union in place of its fields.
kernel.bpf(BPF_MAP_LOOKUP_BATCH, { batch: { map_fd: 3, in_batch: null, count: 1 } });
// @ts-expect-error: no field of a batch
kernel.bpf(BPF_MAP_LOOKUP_BATCH, { batch: { map_fd: 3, value: null } });
