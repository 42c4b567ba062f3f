import { Errno, MapType } from "../../../assembly/uapi/constants.ts";
import { valueFields } from "../../btf/fields.ts";
import type { FieldKind } from "../../btf/fields.ts";
import { parseBtf } from "../../btf/header.ts";
import type { MapFacts } from "../../image.ts";
import { isTracing, SOCKET_FILTER } from "./program_types.ts";
import { refuse } from "./rule.ts";

const { EINVAL, EBUSY, E2BIG } = Errno;
const MAPS_MAX = 64;
const LOCKS: readonly FieldKind[] = ["bpf_spin_lock", "bpf_res_spin_lock"];
const GRAPHS: readonly FieldKind[] = ["bpf_list_head", "bpf_rb_root"];

/** Maps that a program which may sleep can use. */
const SLEEPABLE: ReadonlySet<number> = new Set([
  MapType.HASH, MapType.ARRAY, MapType.PERCPU_HASH, MapType.PERCPU_ARRAY, MapType.LRU_HASH, MapType.LRU_PERCPU_HASH,
  MapType.ARRAY_OF_MAPS, MapType.HASH_OF_MAPS, MapType.QUEUE, MapType.STACK, MapType.RINGBUF, MapType.USER_RINGBUF,
  MapType.SK_STORAGE, MapType.INODE_STORAGE, MapType.TASK_STORAGE, MapType.CGRP_STORAGE, MapType.ARENA,
]);

/** The maps of one program, in the order in which they are first named. */
export class UsedMaps {
  readonly list: MapFacts[] = [];
  readonly #programType: number;
  readonly #sleepable: boolean;

  constructor(programType: number, sleepable: boolean) {
    this.#programType = programType;
    this.#sleepable = sleepable;
  }

  /** Adds a map once; ends the load where this program must not use it. */
  add(map: MapFacts): void {
    if (this.list.some(({ address }) => address === map.address)) return;
    if (this.list.length === MAPS_MAX) refuse(E2BIG, `The total number of maps per program has reached the limit of ${MAPS_MAX}`);
    this.#checkFields(map);
    if (map.type === MapType.STRUCT_OPS) refuse(EINVAL, "bpf_struct_ops map cannot be used in prog");
    if (this.#sleepable && !SLEEPABLE.has(map.type)) {
      refuse(EINVAL, "Sleepable programs can only use array, hash, ringbuf and local storage maps");
    }
    this.#checkAlone(map);
    this.list.push(map);
  }

  /** Special fields that some programs cannot handle. */
  #checkFields(map: MapFacts): void {
    const fields = specialKinds(map);
    const has = (...wanted: FieldKind[]): boolean => fields.some((kind) => wanted.includes(kind));
    const tracing = isTracing(this.#programType);
    if (tracing && has(...GRAPHS)) refuse(EINVAL, "tracing progs cannot use bpf_{list_head,rb_root} yet");
    if (has(...LOCKS)) {
      if (this.#programType === SOCKET_FILTER) refuse(EINVAL, "socket filter progs cannot use bpf_spin_lock yet");
      if (tracing) refuse(EINVAL, "tracing progs cannot use bpf_spin_lock yet");
    }
    if (tracing && has("bpf_timer")) refuse(EINVAL, "tracing progs cannot use bpf_timer yet");
    if (tracing && has("bpf_wq")) refuse(EINVAL, "tracing progs cannot use bpf_wq yet");
  }

  /** Maps of which a program has one at most. */
  #checkAlone(map: MapFacts): void {
    const hasOther = this.list.some(({ type }) => type === map.type);
    if ((map.type === MapType.CGROUP_STORAGE || map.type === MapType.PERCPU_CGROUP_STORAGE) && hasOther) {
      refuse(EBUSY, "only one cgroup storage of each type is allowed");
    }
    if (map.type !== MapType.ARENA) return;
    if (hasOther) refuse(EBUSY, "Only one arena per program");
    if (map.values === 0) refuse(EINVAL, "arena's user address must be set via map_extra or mmap()");
  }
}

function specialKinds(map: MapFacts): FieldKind[] {
  const types = map.btf === undefined || map.valueTypeId === 0 ? undefined : parseBtf(map.btf.bytes);
  return types === undefined ? [] : valueFields(types, map.valueTypeId).map(({ kind }) => kind);
}
