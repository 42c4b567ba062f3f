// Which rule of MAP_CREATE a set of attributes breaks, in words. The core decides; this only explains its answer after
// the fact, so it walks the rules in the kernel's order and picks the first one with the errno that was returned.
import { Errno, Limit, MapFlag, MapType } from "../../assembly/uapi/constants.ts";
import type { BpfAttr } from "./attr.ts";
import { plural, quote } from "./words.ts";

/** How a rule calls the attributes: as the caller wrote them. */
export interface Words {
  readonly key_size: string;
  readonly value_size: string;
  readonly max_entries: string;
  readonly map_type: string;
  readonly map_name: string;
  readonly map_extra: string;
  /** map_extra of a bloom filter. */
  readonly hashes: string;
  readonly numa_node: string;
  /** A map type, by the name that it has behind BPF_MAP_TYPE_. */
  type(name: string): string;
}

/** The attributes' own names. */
export const ATTR_WORDS: Words = {
  key_size: "key_size",
  value_size: "value_size",
  max_entries: "max_entries",
  map_type: "map_type",
  map_name: "map_name",
  map_extra: "map_extra",
  hashes: "map_extra (hash functions)",
  numa_node: "numa_node",
  type: (name) => `BPF_MAP_TYPE_${name}`,
};

/** The names of `createMap`'s options; sizes are those of the codecs. */
export const OPTION_WORDS: Words = {
  key_size: "the size of key",
  value_size: "the size of value",
  max_entries: "maxEntries",
  map_type: "type",
  map_name: "name",
  map_extra: "mapExtra",
  hashes: "hashes",
  numa_node: "numaNode",
  type: (name) => `type "${name.toLowerCase()}"`,
};

const U32_MAX = 0xffffffff;
const { EINVAL, E2BIG, ENOTSUPP } = Errno;

/** A size or count: one of some values, or a range; beyond the range's end the errno is the type's own. */
interface Bounds {
  oneOf?: readonly number[];
  min?: number;
  max?: number;
  multipleOf?: number;
}

interface TypeRules {
  key: Bounds;
  value: Bounds;
  entries: Bounds;
  /** Accepted map_flags. */
  flags: number;
  /** Flags without which the type cannot be made. */
  required?: number;
  /** errno of a size beyond its maximum. */
  over?: number;
  /** Further rules of this type only. */
  also?: (attr: Attributes) => Broken | undefined;
}

interface Broken {
  errno: number;
  text: string;
}

/** The attributes with zero for what was left out, as the core sees them. */
type Attributes = { [N in NumberField]: number } & { map_extra: bigint; words: Words };
const NUMBER_FIELDS = [
  "map_type", "key_size", "value_size", "max_entries", "map_flags", "numa_node", "map_ifindex",
  "btf_key_type_id", "btf_value_type_id", "btf_vmlinux_value_type_id", "excl_prog_hash_size",
] as const; // prettier-ignore
type NumberField = (typeof NUMBER_FIELDS)[number];

const ACCESS = MapFlag.RDONLY | MapFlag.WRONLY;
const PROG = MapFlag.RDONLY_PROG | MapFlag.WRONLY_PROG;
const NUMA = MapFlag.NUMA_NODE;

const any: Bounds = { min: 1, max: U32_MAX };
const none: Bounds = { oneOf: [0] };
const four: Bounds = { oneOf: [4] };
const fourOrEight: Bounds = { oneOf: [4, 8] };
const hashEntries: Bounds = { min: 1, max: Limit.HASH_ENTRIES_MAX };
const percpuValue: Bounds = { min: 1, max: Limit.PERCPU_VALUE_SIZE_MAX };
const ring: Bounds = { min: Limit.PAGE_SIZE, multipleOf: Limit.PAGE_SIZE };

const hash = (value: Bounds, flags: number, also = hashSizes): TypeRules => ({
  key: any,
  value,
  entries: hashEntries,
  flags: flags | ACCESS | MapFlag.ZERO_SEED,
  also,
});
const fdArray = (value: Bounds, flags: number): TypeRules => ({ key: four, value, entries: any, flags });
const queue: TypeRules = {
  key: none,
  value: { min: 1, max: Limit.QUEUE_VALUE_SIZE_MAX },
  entries: any,
  flags: NUMA | ACCESS | PROG,
};
const ringbuf: TypeRules = { key: none, value: none, entries: ring, flags: NUMA, over: EINVAL, also: powerOfTwo };
const storage: TypeRules = {
  key: four,
  value: any,
  entries: none,
  flags: MapFlag.NO_PREALLOC | MapFlag.CLONE,
  required: MapFlag.NO_PREALLOC,
  also: needsBtf,
};
const cgroupStorage = (valueMax: number): TypeRules => ({
  key: { oneOf: [8, 16] },
  value: { min: 1, max: valueMax },
  entries: none,
  flags: NUMA | ACCESS | PROG,
});

const RULES: { readonly [type: number]: TypeRules | undefined } = {
  [MapType.HASH]: hash(any, MapFlag.NO_PREALLOC | NUMA | PROG),
  [MapType.PERCPU_HASH]: hash(percpuValue, MapFlag.NO_PREALLOC | NUMA | PROG, percpuNode),
  [MapType.LRU_HASH]: hash(any, MapFlag.NO_COMMON_LRU | NUMA | PROG, lruFlags),
  [MapType.LRU_PERCPU_HASH]: hash(percpuValue, MapFlag.NO_COMMON_LRU | NUMA | PROG, lruFlags),
  [MapType.HASH_OF_MAPS]: hash(four, MapFlag.NO_PREALLOC | NUMA),
  [MapType.ARRAY]: {
    key: four,
    value: { min: 1, max: 2 ** 31 - 1 },
    entries: any,
    flags: NUMA | ACCESS | PROG | MapFlag.MMAPABLE | MapFlag.INNER_MAP,
  },
  [MapType.PERCPU_ARRAY]: { key: four, value: percpuValue, entries: any, flags: NUMA | ACCESS | PROG, also: percpuNode },
  [MapType.LPM_TRIE]: {
    key: { min: 4 + Limit.LPM_DATA_SIZE_MIN, max: 4 + Limit.LPM_DATA_SIZE_MAX },
    value: { min: 1, max: Limit.LPM_VALUE_SIZE_MAX },
    entries: any,
    flags: MapFlag.NO_PREALLOC | NUMA | ACCESS | PROG,
    required: MapFlag.NO_PREALLOC,
    over: EINVAL,
  },
  [MapType.ARRAY_OF_MAPS]: fdArray(four, NUMA | ACCESS),
  [MapType.QUEUE]: queue,
  [MapType.STACK]: queue,
  [MapType.BLOOM_FILTER]: { ...queue, flags: queue.flags | MapFlag.ZERO_SEED, also: bloomHashes },
  [MapType.RINGBUF]: ringbuf,
  [MapType.USER_RINGBUF]: ringbuf,
  [MapType.ARENA]: {
    key: none,
    value: none,
    entries: { min: 1, max: Limit.ARENA_ENTRIES_MAX },
    flags: MapFlag.MMAPABLE | MapFlag.SEGV_ON_FAULT | MapFlag.NO_USER_CONV,
    required: MapFlag.MMAPABLE,
    also: arenaAddress,
  },
  [MapType.PROG_ARRAY]: fdArray(four, NUMA | ACCESS),
  [MapType.CGROUP_ARRAY]: fdArray(four, NUMA | ACCESS),
  [MapType.PERF_EVENT_ARRAY]: fdArray(four, NUMA | ACCESS | MapFlag.PRESERVE_ELEMS),
  [MapType.STACK_TRACE]: {
    key: four,
    value: { min: 8, max: Limit.STACK_BUILD_ID_VALUE_SIZE_MAX, multipleOf: 8 },
    entries: any,
    flags: NUMA | ACCESS | MapFlag.STACK_BUILD_ID,
    over: EINVAL,
    also: stackDepth,
  },
  [MapType.DEVMAP]: fdArray(fourOrEight, NUMA | ACCESS),
  [MapType.DEVMAP_HASH]: fdArray(fourOrEight, NUMA | ACCESS),
  [MapType.CPUMAP]: { ...fdArray(fourOrEight, NUMA), entries: { min: 1, max: Limit.NR_CPUS } },
  [MapType.SOCKMAP]: fdArray(fourOrEight, NUMA | ACCESS),
  [MapType.SOCKHASH]: { ...fdArray(fourOrEight, NUMA | ACCESS), key: { min: 1, max: Limit.SOCKHASH_KEY_SIZE_MAX } },
  [MapType.XSKMAP]: fdArray(four, NUMA | ACCESS),
  [MapType.REUSEPORT_SOCKARRAY]: fdArray(fourOrEight, NUMA | ACCESS | PROG),
  [MapType.CGROUP_STORAGE]: cgroupStorage(Limit.CGROUP_STORAGE_VALUE_SIZE_MAX),
  [MapType.PERCPU_CGROUP_STORAGE]: cgroupStorage(Limit.PERCPU_VALUE_SIZE_MAX),
  [MapType.SK_STORAGE]: storage,
  [MapType.INODE_STORAGE]: storage,
  [MapType.TASK_STORAGE]: storage,
  [MapType.CGRP_STORAGE]: storage,
};

/** The first rule with this errno that the attributes break, or undefined when none explains it. */
export function createRule(errno: number, attr: BpfAttr, words: Words = ATTR_WORDS): string | undefined {
  const a = { map_extra: BigInt(attr.map_extra ?? 0), words } as Attributes;
  for (const name of NUMBER_FIELDS) a[name] = (attr[name] ?? 0) >>> 0;
  const code = Math.abs(errno);
  for (const broken of brokenRules(a, attr)) if (broken.errno === code) return broken.text;
  return undefined;
}

function* brokenRules(a: Attributes, attr: BpfAttr): Generator<Broken> {
  yield* genericRules(a);
  const rules = RULES[a.map_type];
  if (rules !== undefined) yield* typeRules(a, rules);
  if (a.map_ifindex !== 0) yield invalid(`map_ifindex ${a.map_ifindex} is no device that maps can be offloaded to`);
  yield* lastRules(a, attr);
}

function* genericRules(a: Attributes): Generator<Broken> {
  const { map_type: type, map_flags: flags, words: w } = a;
  if (a.btf_vmlinux_value_type_id !== 0 && type !== MapType.STRUCT_OPS) {
    yield invalid(`btf_vmlinux_value_type_id is for ${w.type("STRUCT_OPS")} only`);
  }
  if (a.btf_key_type_id !== 0 && a.btf_value_type_id === 0) yield invalid("btf_key_type_id needs btf_value_type_id");
  if (a.map_extra !== 0n && type !== MapType.BLOOM_FILTER && type !== MapType.ARENA) {
    yield invalid(`${w.map_extra} is for ${w.type("BLOOM_FILTER")} and ${w.type("ARENA")} only: current value is ${a.map_extra}`);
  }
  if ((flags & ACCESS) === ACCESS) yield invalid("BPF_F_RDONLY and BPF_F_WRONLY exclude each other");
  if ((flags & NUMA) !== 0 && a.numa_node !== 0 && a.numa_node !== U32_MAX) {
    yield invalid(`${w.numa_node} ${a.numa_node} is not online: there is node 0 only`);
  }
  if (type === 0 || type >= MapType.MAX) yield invalid(`${w.map_type} ${type} does not exist`);
  if (type === MapType.STRUCT_OPS) yield invalid(`${w.type("STRUCT_OPS")} needs btf_vmlinux_value_type_id`);
}

function* typeRules(a: Attributes, rules: TypeRules): Generator<Broken> {
  const { words: w } = a;
  const type = w.type(MapType[a.map_type]);
  const unknown = a.map_flags & ~(rules.flags | MapFlag.TOKEN_FD);
  const required = rules.required ?? 0;
  const extra = rules.also?.(a);
  // A type's own rule names the cause more exactly than the flag mask does (BPF_F_NO_PREALLOC on an LRU type).
  if (extra !== undefined) yield extra;
  if (unknown !== 0) yield invalid(`${type} does not take ${flagNames(unknown)}`);
  if ((a.map_flags & PROG) === PROG) yield invalid("BPF_F_RDONLY_PROG and BPF_F_WRONLY_PROG exclude each other");
  if ((a.map_flags & required) !== required) yield invalid(`${type} needs ${flagNames(required)}`);
  const over = rules.over ?? E2BIG;
  yield* within(type, w.key_size, a.key_size, rules.key, over);
  yield* within(type, w.value_size, a.value_size, rules.value, over);
  yield* within(type, w.max_entries, a.max_entries, rules.entries, over);
}

/** The rules that Linux checks after it has made the map. */
function* lastRules(a: Attributes, attr: BpfAttr): Generator<Broken> {
  const { words: w } = a;
  const wrong = attr.map_name === undefined ? undefined : nameRule(attr.map_name);
  if (wrong !== undefined) yield invalid(`${w.map_name} ${wrong}`);
  if (a.btf_value_type_id !== 0) yield invalid("the BTF types do not fit key_size and value_size, or btf_fd is no BTF object");
  const hasHash = attr.excl_prog_hash !== undefined && attr.excl_prog_hash !== null && attr.excl_prog_hash !== 0;
  if (hasHash !== (a.excl_prog_hash_size !== 0) || (hasHash && a.excl_prog_hash_size !== Limit.EXCL_PROG_HASH_SIZE)) {
    yield invalid(`excl_prog_hash and excl_prog_hash_size go together, and the size is ${Limit.EXCL_PROG_HASH_SIZE}`);
  }
  if ((a.map_flags & MapFlag.TOKEN_FD) !== 0) yield invalid("map_token_fd is no BPF token");
  if (a.map_type === MapType.ARRAY_OF_MAPS || a.map_type === MapType.HASH_OF_MAPS) {
    yield invalid("inner_map_fd must be a map that is not itself a map of maps");
  }
}

function* within(type: string, field: string, value: number, bounds: Bounds, over: number): Generator<Broken> {
  const { oneOf, min = 0, max = U32_MAX, multipleOf } = bounds;
  const now = `current value is ${value}`;
  if (oneOf !== undefined) {
    if (!oneOf.includes(value)) yield invalid(`${field} of ${type} must be ${oneOf.join(" or ")}: ${now}`);
    return;
  }
  if (value < min && multipleOf === undefined) yield invalid(`${field} of ${type} must be at least ${min}: ${now}`);
  if (multipleOf !== undefined && (value < min || value % multipleOf !== 0)) {
    yield invalid(`${field} of ${type} must be a multiple of ${multipleOf}, at least ${min}: ${now}`);
  }
  if (value > max) yield { errno: over, text: `${field} of ${type} must be at most ${max}: ${now}` };
}

function hashSizes(a: Attributes): Broken | undefined {
  if (a.key_size + a.value_size <= Limit.HASH_ELEM_SIZE_MAX || a.key_size === 0 || a.value_size === 0) return undefined;
  const now = `current values are ${a.key_size} and ${a.value_size}`;
  return { errno: E2BIG, text: `${a.words.key_size} and ${a.words.value_size} must be at most ${Limit.HASH_ELEM_SIZE_MAX} together: ${now}` };
}

function percpuNode(a: Attributes): Broken | undefined {
  if ((a.map_flags & NUMA) !== 0 && a.numa_node !== U32_MAX) {
    return invalid(`a per-CPU map lives on every node: BPF_F_NUMA_NODE takes ${a.words.numa_node} -1 only`);
  }
  return a.map_type === MapType.PERCPU_ARRAY ? undefined : hashSizes(a);
}

function lruFlags(a: Attributes): Broken | undefined {
  if ((a.map_flags & MapFlag.NO_PREALLOC) !== 0) {
    return { errno: ENOTSUPP, text: "an LRU map is always preallocated: it does not take BPF_F_NO_PREALLOC" };
  }
  if ((a.map_flags & MapFlag.NO_COMMON_LRU) !== 0 && (a.map_flags & NUMA) !== 0 && a.numa_node !== U32_MAX) {
    return invalid("BPF_F_NO_COMMON_LRU and BPF_F_NUMA_NODE exclude each other");
  }
  return a.map_type === MapType.LRU_PERCPU_HASH ? percpuNode(a) : hashSizes(a);
}

function powerOfTwo(a: Attributes): Broken | undefined {
  const size = a.max_entries;
  if (size >= Limit.PAGE_SIZE && (size & (size - 1)) === 0) return undefined;
  return invalid(`${a.words.max_entries} must be a power of two and a multiple of ${Limit.PAGE_SIZE}: current value is ${size}`);
}

function bloomHashes(a: Attributes): Broken | undefined {
  return a.map_extra > 15n ? invalid(`${a.words.hashes} must be at most 15: current value is ${a.map_extra}`) : undefined;
}

function stackDepth(a: Attributes): Broken | undefined {
  const buildId = (a.map_flags & MapFlag.STACK_BUILD_ID) !== 0;
  const unit = buildId ? 32 : 8;
  const max = buildId ? Limit.STACK_BUILD_ID_VALUE_SIZE_MAX : Limit.STACK_TRACE_VALUE_SIZE_MAX;
  if (a.value_size >= unit && a.value_size % unit === 0 && a.value_size <= max) return undefined;
  return invalid(`${a.words.value_size} must be a multiple of ${unit} from ${unit} to ${max}: current value is ${a.value_size}`);
}

function arenaAddress(a: Attributes): Broken | undefined {
  return a.map_extra % BigInt(Limit.PAGE_SIZE) === 0n ? undefined : invalid(`${a.words.map_extra} (the arena's address) must be page aligned`);
}

function needsBtf(a: Attributes): Broken | undefined {
  if (a.btf_key_type_id !== 0 && a.btf_value_type_id !== 0) return undefined;
  return invalid("a storage map needs btf_fd, btf_key_type_id and btf_value_type_id");
}

function invalid(text: string): Broken {
  return { errno: EINVAL, text };
}

/** The names of the bits in `flags`, as the kernel spells them. */
function flagNames(flags: number): string {
  const names: string[] = [];
  for (let bit = 1, rest = flags >>> 0; rest !== 0; bit *= 2) {
    if ((rest & bit) === 0) continue;
    rest = (rest & ~bit) >>> 0;
    names.push(MapFlag[bit] === undefined ? `map_flags bit 0x${bit.toString(16)}` : `BPF_F_${MapFlag[bit]}`);
  }
  return names.join(", ");
}

/**
 * What is wrong with a map's name, or undefined. Linux takes what its Latin-1 character table calls a letter, so bytes from
 * 0xC0 on too, but for the two signs there.
 */
export function nameRule(name: string | Uint8Array): string | undefined {
  const bytes = typeof name === "string" ? new TextEncoder().encode(name) : name;
  const shown = quote(typeof name === "string" ? name : new TextDecoder().decode(name));
  const nul = bytes.indexOf(0);
  const length = nul === -1 ? bytes.length : nul;
  const most = Limit.OBJ_NAME_LEN - 1;
  if (length > most) return `has at most ${plural(most, "byte")}, this has ${length}: ${shown}`;
  const fits = bytes.subarray(0, length).every((byte) => {
    if (byte >= 0xc0) return byte !== 0xd7 && byte !== 0xf7;
    return /[0-9A-Za-z_.]/.test(String.fromCharCode(byte));
  });
  return fits ? undefined : `takes letters, digits, "_" and ".": current value is ${shown}`;
}
