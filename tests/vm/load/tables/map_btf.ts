import * as assert from "uvu/assert";
import * as kinds from "../../../../vm/btf/kinds.ts";
import { Cmd, Errno, MapType } from "../../../kernel/abi.ts";
import { BtfBuilder } from "../../btf/builder.ts";
import { answers, CLOSED_FD, type Fields, type ProgMachine, type Row, story, type Table } from "../prog_machine.ts";

// BTF_LOAD's attr, and maps whose keys and values BTF describes.

const { EINVAL, EBADF, E2BIG, EFAULT, ENOSPC, ENOTSUPP, EOPNOTSUPP, EACCES, ENOENT } = Errno;

/** Types that the rows below name. */
function types(): { bytes: Uint8Array; ids: Record<string, number> } {
  const b = new BtfBuilder();
  const int = b.int();
  const long = b.int("long", 8);
  const small = b.int("u31", 4, 31, 0);
  const typedef = b.reference(kinds.TYPEDEF, int, "number_t");
  const ptr = b.ptr(0);
  const fwd = b.add("later", kinds.FWD, 0, 0);
  const lpmKey = b.struct("lpm_key", 8, [["prefixlen", int, 0], ["data", int, 32]]);
  const lock = b.struct("bpf_spin_lock", 4, [["val", int, 0]]);
  const locked = b.struct("locked", 8, [["n", int, 0], ["lock", lock, 32]]);
  const timer = b.struct("bpf_timer", 16, [["a", long, 0], ["b", long, 64]]);
  const timed = b.struct("timed", 24, [["n", long, 0], ["timer", timer, 64]]);
  const inner = b.struct(null, 8, [["n", int, 0], ["lock", lock, 32]]);
  const nested = b.struct("nested", 16, [["n", long, 0], ["in", inner, 64]]);
  const union = b.struct("either", 4, [["lock", lock, 0], ["n", int, 0]], kinds.UNION);
  const hidden = b.struct("hidden", 8, [["n", int, 0], ["u", union, 32]]);
  const variable = b.add("counter", kinds.VAR, 0, int, [1]);
  const section = b.add(".data", kinds.DATASEC, 1, 4, [variable, 0, 4]);
  const twice = b.struct("twice", 40, [["n", long, 0], ["one", timer, 64], ["two", timer, 192]]);
  const ids = { int, long, small, typedef, ptr, fwd, lpmKey, locked, timed, nested, hidden, variable, section, lock, twice, none: 999 };
  return { bytes: b.bytes(), ids };
}

const { bytes, ids } = types();

/** A map with types of that BTF; key and value are as large as the types that are named. */
const SIZES: Record<string, number> = { int: 4, long: 8, small: 4, typedef: 4, ptr: 8, fwd: 4, lpmKey: 8, locked: 8, timed: 24, nested: 16, hidden: 8, variable: 4, section: 4, lock: 4, twice: 40, none: 4 };

interface Wanted {
  type: MapType;
  key?: keyof typeof SIZES;
  value?: keyof typeof SIZES;
  fields?: Fields;
}

function create(m: ProgMachine, { type, key, value, fields = {} }: Wanted): number {
  return m.call(Cmd.MAP_CREATE, {
    map_type: type, key_size: key === undefined ? 4 : SIZES[key], value_size: value === undefined ? 4 : SIZES[value], max_entries: 1, map_flags: 0,
    btf_fd: m.btf(bytes), btf_key_type_id: key === undefined ? 0 : ids[key as keyof typeof ids], btf_value_type_id: value === undefined ? 0 : ids[value as keyof typeof ids],
    ...fields,
  });
}

const made = (name: string, wanted: Wanted, expected: number): Row => story(name, (m) => answers(create(m, wanted), expected, name));

const { HASH, ARRAY, PERCPU_ARRAY, PERCPU_HASH, LRU_HASH, LPM_TRIE, QUEUE, RINGBUF, DEVMAP, STACK_TRACE, PROG_ARRAY, SK_STORAGE, TASK_STORAGE, BLOOM_FILTER } = MapType;
const NO_PREALLOC = 1;
const storage = { map_flags: NO_PREALLOC, max_entries: 0 };

const maps: Row[] = [
  made("hash of int and long", { type: HASH, key: "int", value: "long" }, 0),
  made("a closed BTF", { type: HASH, key: "int", value: "long", fields: { btf_fd: CLOSED_FD } }, -EBADF),
  made("BTF that is none", { type: HASH, key: "int", value: "long", fields: { btf_fd: 0 } }, -EINVAL),
  made("a key without a value", { type: HASH, key: "int" }, -EINVAL),
  made("a value without a key", { type: HASH, value: "int" }, -EINVAL),
  made("a key of another size", { type: HASH, key: "int", value: "int", fields: { key_size: 8 } }, -EINVAL),
  made("a value of another size", { type: HASH, key: "int", value: "int", fields: { value_size: 8 } }, -EINVAL),
  made("a type that is not there", { type: HASH, key: "int", value: "none" }, -EINVAL),
  made("a forward declaration", { type: HASH, key: "int", value: "fwd" }, -EINVAL),
  made("a pointer", { type: HASH, key: "int", value: "ptr" }, 0),
  made("a variable", { type: HASH, key: "int", value: "variable" }, 0),
  made("a struct as key", { type: HASH, key: "lpmKey", value: "int" }, 0),
  made("a section in a hash", { type: HASH, value: "section" }, -EINVAL),
  made("a section in an array of one", { type: ARRAY, value: "section" }, 0),
  made("a section in an array of two", { type: ARRAY, value: "section", fields: { max_entries: 2 } }, -EINVAL),
  made("an array by int", { type: ARRAY, key: "int", value: "int" }, 0),
  made("an array by a typedef", { type: ARRAY, key: "typedef", value: "int" }, 0),
  made("an array by 31 bits", { type: ARRAY, key: "small", value: "int" }, -EINVAL),
  made("a per-CPU array by 31 bits", { type: PERCPU_ARRAY, key: "small", value: "int" }, -EINVAL),
  made("a trie by a struct", { type: LPM_TRIE, key: "lpmKey", value: "int", fields: { map_flags: NO_PREALLOC } }, 0),
  made("a trie by a long", { type: LPM_TRIE, key: "long", value: "int", fields: { map_flags: NO_PREALLOC } }, -EINVAL),
  made("an array of programs", { type: PROG_ARRAY, key: "int", value: "int" }, 0),
  made("a queue", { type: QUEUE, value: "int", fields: { key_size: 0 } }, -EINVAL),
  made("a map of devices", { type: DEVMAP, key: "int", value: "int" }, -ENOTSUPP),
  made("stack traces", { type: STACK_TRACE, key: "int", value: "long" }, -ENOTSUPP),
  made("a bloom filter", { type: BLOOM_FILTER, value: "int", fields: { key_size: 0 } }, 0),
  made("socket storage", { type: SK_STORAGE, key: "int", value: "int", fields: storage }, 0),
  made("task storage", { type: TASK_STORAGE, key: "int", value: "int", fields: storage }, 0),
];

const special: Row[] = [
  made("a lock in a hash", { type: HASH, key: "int", value: "locked" }, 0),
  made("a lock in an array", { type: ARRAY, key: "int", value: "locked" }, 0),
  made("a lock in an LRU", { type: LRU_HASH, key: "int", value: "locked" }, -EOPNOTSUPP),
  made("a lock per CPU", { type: PERCPU_HASH, key: "int", value: "locked" }, -EOPNOTSUPP),
  made("a lock in socket storage", { type: SK_STORAGE, key: "int", value: "locked", fields: storage }, 0),
  made("a lock in a nested struct", { type: LRU_HASH, key: "int", value: "nested" }, -EOPNOTSUPP),
  made("a lock in a union is bytes", { type: LRU_HASH, key: "int", value: "hidden" }, 0),
  made("a timer in an LRU", { type: LRU_HASH, key: "int", value: "timed" }, 0),
  made("a timer in socket storage", { type: SK_STORAGE, key: "int", value: "timed", fields: storage }, -EOPNOTSUPP),
  made("a timer per CPU", { type: PERCPU_ARRAY, key: "int", value: "timed" }, -EOPNOTSUPP),
  made("two timers are bytes", { type: PERCPU_ARRAY, key: "int", value: "twice" }, 0),
  made("a lock that programs may not write", { type: HASH, key: "int", value: "locked", fields: { map_flags: 0x80 } }, -EACCES),
  story("user space sees zeros for a lock, and an update leaves it", (m) => {
    for (const type of [HASH, ARRAY]) {
      const fd = m.opened(create(m, { type, key: "int", value: "locked" }), "MAP_CREATE");
      const key = new Uint8Array(4);
      const value = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);
      for (const flags of [0, 4]) {
        assert.is(m.call(Cmd.MAP_UPDATE_ELEM, { map_fd: fd, key, value: value.slice(), flags }), 0, `flags ${flags}`);
        const found = new Uint8Array(8).fill(0xee);
        assert.is(m.call(Cmd.MAP_LOOKUP_ELEM, { map_fd: fd, key, value: found, flags }), 0);
        assert.equal([...found], [1, 2, 3, 4, 0, 0, 0, 0]);
      }
    }
  }),
  story("BPF_F_LOCK is for values with a lock", (m) => {
    const fd = m.opened(create(m, { type: HASH, key: "int", value: "long" }), "MAP_CREATE");
    assert.is(m.call(Cmd.MAP_UPDATE_ELEM, { map_fd: fd, key: new Uint8Array(4), value: new Uint8Array(8), flags: 4 }), -EINVAL);
  }),
  story("info tells the types, and the map keeps the BTF", (m) => {
    const btf = m.btf(bytes);
    const id = m.id(btf, 12);
    const fd = m.opened(create(m, { type: HASH, key: "int", value: "long", fields: { btf_fd: btf } }), "MAP_CREATE");
    m.close(btf);
    const info = m.info(fd, 104) as DataView;
    assert.equal([64, 68, 72].map((at) => info.getUint32(at, true)), [id, ids.int, ids.long]);
    m.close(m.opened(m.call(Cmd.BTF_GET_FD_BY_ID, { btf_id: id }), "BTF_GET_FD_BY_ID"));
    m.close(fd);
    m.target.settle();
    assert.is(m.call(Cmd.BTF_GET_FD_BY_ID, { btf_id: id }), -ENOENT);
  }),
];

const load = (name: string, fields: Fields, expected: number, options?: Parameters<ProgMachine["call"]>[2]): Row =>
  story(name, (m) => answers(m.call(Cmd.BTF_LOAD, { btf: bytes, btf_size: bytes.length, ...fields }, options), expected, name));

const loads: Row[] = [
  load("BTF", {}, 0),
  load("an unused byte", {}, -EINVAL, { pokes: [[40, 1]] }),
  load("an unknown flag", { btf_flags: 1 }, -EINVAL),
  load("a closed token", { btf_flags: 0x10000, btf_token_fd: CLOSED_FD }, -EBADF),
  load("too many bytes", { btf_size: 0x1000001 }, -E2BIG),
  load("too many bytes before a bad log", { btf_size: 0x1000001, btf_log_level: 99 }, -E2BIG),
  load("a level that does not exist", { btf_log_level: 16 }, -EINVAL),
  load("a bad log before bytes that cannot be read", { btf: null, btf_log_level: 16 }, -EINVAL),
  load("bytes at NULL", { btf: null }, -EFAULT),
  load("no bytes", { btf_size: 0 }, -EINVAL),
  load("a cut end", { btf_size: bytes.length - 1 }, -EINVAL),
  load("a short log", { btf_log_level: 1, btf_log_buf: new Uint8Array(8), btf_log_size: 8 }, -ENOSPC),
  load("a level alone", { btf_log_level: 1 }, 0),
];

export const mapsWithBtf: Table = { name: "BTF, and maps with it", rows: [...loads, ...maps, ...special] };
