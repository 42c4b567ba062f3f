// BTF, right and wrong, with what BTF_LOAD answers: name, types or header, errno, what the log ends in. The rows run on the engine and on the live kernel.
import { Errno } from "../../../assembly/uapi/constants.ts";
import {
  ARRAY, CONST, FLOAT, FWD, INT, PTR, STRUCT, TYPE_TAG, TYPEDEF, UNION,
} from "../../../vm/btf/kinds.ts";
import { BtfBuilder } from "./builder.ts";
import type { HeaderFields } from "./builder.ts";

const { EINVAL, EEXIST, E2BIG, EFAULT, ENOENT, ENOTSUPP } = Errno;

export interface BtfCase {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly errno: number;
  /** What the log ends in; empty where it has no message. */
  readonly end: string;
}

const TYPES: readonly (readonly [name: string, build: (btf: BtfBuilder) => void, errno: number, end: string])[] = [
  ["an INT", (b) => b.int(), 0, ""],
  ["no type", () => {}, EINVAL, "No type found"],
  ["INT longer than its size", (b) => b.add("x", INT, 0, 4, [33]), EINVAL, "nr_bits exceeds type_size"],
  ["INT of more than 128 bits", (b) => b.add("x", INT, 0, 32, [129]), EINVAL, "nr_bits exceeds 128"],
  ["INT of two encodings", (b) => b.add("x", INT, 0, 4, [(3 << 24) | 32]), ENOTSUPP, "Unsupported encoding"],
  ["INT with unused bits", (b) => b.add("x", INT, 0, 4, [(1 << 28) | 32]), EINVAL, "Invalid int_data:10000020"],
  ["INT with items", (b) => b.add("x", INT, 1, 4, [32]), EINVAL, "vlen != 0"],
  ["INT with kind_flag", (b) => b.add("x", INT, 0, 4, [32], 1), EINVAL, "Invalid btf_info kind_flag"],
  ["INT cut", (b) => b.add("x", INT, 0, 4), EINVAL, "meta_left:0 meta_needed:4"],
  ["INT of no size", (b) => b.add(null, INT, 0, 0, [0]), 0, ""],
  ["kind 0", (b) => b.add("x", 0, 0, 4), EINVAL, "Invalid kind:0"],
  ["kind 20", (b) => b.add("x", 20, 0, 4), EINVAL, "Invalid kind:20"],
  ["unused bits of info", (b) => b.add("x", INT, 1 << 16, 4, [32]), EINVAL, "Invalid btf_info:1010000"],
  ["name outside of the strings", (b) => b.add(9999, INT, 0, 4, [32]), EINVAL, "Invalid name_offset:9999"],
  ["PTR with a name", (b) => b.reference(PTR, 0, "p"), EINVAL, "Invalid name"],
  ["PTR to nothing", (b) => b.ptr(77), EINVAL, "Invalid type_id"],
  ["PTR beyond the greatest id", (b) => b.ptr(0x100000), EINVAL, "Invalid type_id"],
  ["PTR to itself", (b) => b.ptr(1), EEXIST, "Loop detected"],
  ["CONST cycle", (b) => { b.reference(CONST, 2); b.reference(CONST, 1); }, EEXIST, "Loop detected"],
  ["a STRUCT in itself", (b) => b.struct("s", 4, [["x", 1, 0]]), EEXIST, "Loop detected"],
  ["a STRUCT that points to itself", (b) => { b.struct("s", 8, [["x", 2, 0]]); b.ptr(1); }, 0, ""],
  ["33 references, one behind the other", (b) => { for (let id = 1; id <= 33; id++) b.reference(CONST, id + 1); b.int(); }, E2BIG, "Exceeded max resolving depth:32"],
  ["TYPEDEF without a name", (b) => { b.int(); b.reference(TYPEDEF, 1); }, EINVAL, "Invalid name"],
  ["TYPEDEF with a dot", (b) => { b.int(); b.reference(TYPEDEF, 1, "a.b"); }, 0, ""],
  ["TYPEDEF of void", (b) => b.reference(TYPEDEF, 0, "t"), 0, ""],
  ["TYPE_TAG behind CONST", (b) => { b.int(); b.reference(TYPE_TAG, 1, "t"); b.reference(CONST, 2); b.ptr(3); }, EINVAL, "Type tags don't precede modifiers"],
  ["ARRAY with a size", (b) => { b.int(); b.add(null, ARRAY, 0, 4, [1, 1, 1]); }, EINVAL, "size != 0"],
  ["ARRAY of void", (b) => { b.int(); b.array(0, 1, 1); }, EINVAL, "Invalid elem"],
  ["ARRAY of FWD", (b) => { b.int(); b.add("f", FWD, 0, 0); b.array(2, 1, 1); }, EINVAL, "Invalid elem"],
  ["ARRAY with a struct as index", (b) => { b.int(); b.struct("s", 4, []); b.array(1, 2, 1); }, EINVAL, "Invalid index"],
  ["ARRAY of 4 GiB", (b) => { b.int(); b.array(1, 1, 0x40000000); }, EINVAL, "Array size overflows U32_MAX"],
  ["ARRAY of odd ints", (b) => { b.int(); b.int("o", 4, 31); b.array(2, 1, 1); }, EINVAL, "Invalid array of int"],
  ["ARRAY of none", (b) => { b.int(); b.array(1, 1, 0); }, 0, ""],
  ["member behind the end", (b) => { b.int(); b.struct("s", 4, [["x", 1, 0], ["y", 1, 32]]); }, EINVAL, "Member exceeds struct_size"],
  ["members that descend", (b) => { b.int(); b.struct("s", 8, [["x", 1, 32], ["y", 1, 0]]); }, EINVAL, "Invalid member bits_offset"],
  ["UNION with an offset", (b) => { b.int(); b.struct("u", 8, [["x", 1, 8]], UNION); }, EINVAL, "Invalid member bits_offset"],
  ["bitfield longer than its type", (b) => { b.int(); b.struct("s", 4, [["x", 1, 33 << 24]], STRUCT, 1); }, EINVAL, "Invalid member bitfield_size"],
  ["bitfield of a pointer", (b) => { b.int(); b.ptr(1); b.struct("s", 8, [["x", 2, 5 << 24]], STRUCT, 1); }, EINVAL, "Invalid member bitfield_size"],
  ["member of type void", (b) => b.struct("s", 8, [["x", 0, 0]]), EINVAL, "Invalid type_id"],
  ["member of type FWD", (b) => { b.add("f", FWD, 0, 0); b.struct("s", 8, [["x", 1, 0]]); }, EINVAL, "Invalid member"],
  ["pointer off the byte", (b) => { b.int(); b.ptr(1); b.struct("s", 12, [["x", 2, 3]]); }, EINVAL, "Member is not byte aligned"],
  ["double at 4", (b) => { b.add("d", FLOAT, 0, 8); b.struct("s", 12, [["x", 1, 32]]); }, EINVAL, "Member is not properly aligned"],
  ["member name outside", (b) => { b.int(); b.struct("s", 8, [[9999, 1, 0]]); }, EINVAL, "Invalid member name_offset:9999"],
  ["STRUCT cut", (b) => { b.int(); b.add("s", STRUCT, 3, 8, [0, 1, 0]); }, EINVAL, "meta_left:12 meta_needed:36"],
  ["ENUM of three bytes", (b) => b.enumeration("e", 3, []), EINVAL, "Unexpected size"],
  ["nameless enumerator", (b) => b.enumeration("e", 4, [[null, 1]]), EINVAL, "Invalid name"],
  ["enumerator's name outside", (b) => b.enumeration("e", 4, [[9999, 1]]), EINVAL, "\tInvalid name_offset:9999"],
  ["ENUM and ENUM64", (b) => { b.enumeration("e", 4, [["A", -1]], 1); b.enum64("f", 4, [["B", 1, 2]]); }, 0, ""],
  ["FWD without a name", (b) => b.add(null, FWD, 0, 0), EINVAL, "Invalid name"],
  ["FWD to something", (b) => b.add("f", FWD, 0, 1), EINVAL, "type != 0"],
  ["FUNC of an int", (b) => { b.int(); b.func("f", 1); }, EINVAL, "Invalid type_id"],
  ["FUNC that is extern", (b) => { b.proto(0, []); b.func("f", 1, 2); }, EINVAL, "Invalid func linkage"],
  ["FUNC with a nameless parameter", (b) => { b.int(); b.proto(1, [[null, 1]]); b.func("f", 2); }, EINVAL, "Invalid arg#1"],
  ["FUNC whose name starts with a digit", (b) => { b.proto(0, []); b.func("9f", 1); }, EINVAL, "Invalid name"],
  ["FUNC_PROTO that returns FWD", (b) => { b.add("f", FWD, 0, 0); b.proto(1, []); }, EINVAL, "Invalid return type"],
  ["FUNC_PROTO with void in front", (b) => { b.int(); b.proto(1, [[null, 0], ["a", 1]]); }, EINVAL, "Invalid arg#1"],
  ["FUNC_PROTO with a named vararg", (b) => { b.int(); b.proto(1, [["a", 0]]); }, EINVAL, "Invalid arg#1"],
  ["FUNC_PROTO with vararg", (b) => { b.int(); b.proto(1, [["a", 1], [null, 0]]); }, 0, ""],
  ["VAR of void", (b) => b.variable("v", 0), EINVAL, "Invalid type_id"],
  ["VAR that is extern", (b) => { b.int(); b.variable("v", 1, 2); }, EINVAL, "Linkage not supported"],
  ["DATASEC of no size", (b) => { b.int(); b.variable("v", 1); b.datasec("d", 0, [[2, 0, 4]]); }, EINVAL, "size == 0"],
  ["DATASEC of an INT", (b) => { b.int(); b.datasec("d", 4, [[1, 0, 4]]); }, EINVAL, "Not a VAR kind member"],
  ["DATASEC that overlaps", (b) => { b.int(); b.variable("v", 1); b.datasec("d", 8, [[2, 0, 4], [2, 2, 4]]); }, EINVAL, "Invalid offset"],
  ["DATASEC beyond its size", (b) => { b.int(); b.variable("v", 1); b.datasec("d", 4, [[2, 2, 4]]); }, EINVAL, "Invalid offset+size"],
  ["DATASEC with a small variable", (b) => { b.int(); b.variable("v", 1); b.datasec("d", 4, [[2, 0, 2]]); }, EINVAL, "Invalid size"],
  ["DATASEC with a control character", (b) => b.datasec("a\u0001", 4, []), EINVAL, "Invalid name"],
  ["DATASEC with blanks", (b) => b.datasec("9 d?:", 4, []), 0, ""],
  ["FLOAT of three bytes", (b) => b.add("f", FLOAT, 0, 3), EINVAL, "Invalid type_size"],
  ["DECL_TAG of an INT", (b) => { b.int(); b.declTag("t", 1); }, EINVAL, "Invalid type_id"],
  ["DECL_TAG without a text", (b) => { b.struct("s", 0, []); b.declTag(null, 1); }, EINVAL, "Invalid value"],
  ["DECL_TAG behind the members", (b) => { b.struct("s", 0, []); b.declTag("t", 1, 0); }, EINVAL, "Invalid component_idx"],
  ["lock off its place", (b) => { b.int(); b.struct("bpf_spin_lock", 4, []); b.struct("s", 8, [["l", 2, 16]]); }, EFAULT, ""],
  ["two locks", (b) => { b.struct("bpf_spin_lock", 4, []); b.struct("s", 8, [["a", 1, 0], ["b", 1, 32]]); }, E2BIG, ""],
  ["two kinds of locks", (b) => { b.struct("bpf_spin_lock", 4, []); b.struct("bpf_res_spin_lock", 4, []); b.struct("s", 8, [["a", 1, 0], ["b", 2, 32]]); }, EINVAL, ""],
  ["list without a tag", (b) => { b.struct("bpf_list_head", 16, []); b.struct("bpf_spin_lock", 4, []); b.struct("s", 24, [["h", 1, 0], ["l", 2, 128]]); }, EINVAL, ""],
  ["list of what is not there", (b) => { b.struct("bpf_list_head", 16, []); b.struct("bpf_spin_lock", 4, []); b.struct("s", 24, [["h", 1, 0], ["l", 2, 128]]); b.declTag("contains:n:x", 3, 0); }, ENOENT, ""],
  ["list and lock", (b) => { b.struct("bpf_list_head", 16, []); b.struct("bpf_spin_lock", 4, []); b.struct("bpf_list_node", 24, []); b.struct("n", 24, [["x", 3, 0]]); b.struct("s", 24, [["h", 1, 0], ["l", 2, 128]]); b.declTag("contains:n:x", 5, 0); }, 0, ""],
  ["a struct named like a method of objects", (b) => { b.struct("constructor", 4, []); b.struct("bpf_spin_lock", 4, []); b.struct("toString", 8, [["a", 1, 0], ["l", 2, 32]]); }, 0, ""],
];

const HEADERS: readonly (readonly [name: string, header: HeaderFields, errno: number, end: string])[] = [
  ["magic in the other order", { magic: 0x9feb }, EINVAL, "Invalid magic"],
  ["version 2", { version: 2 }, ENOTSUPP, "Unsupported version"],
  ["flags", { flags: 1 }, ENOTSUPP, "Unsupported flags"],
  ["short header", { headerLength: 23 }, EINVAL, "Unsupported section found"],
  ["long header", { headerLength: 4000 }, EINVAL, "btf_header not found"],
  ["longer header of zeros", { padding: new Uint8Array(5) }, 0, ""],
  ["longer header with a bit", { padding: new Uint8Array([0, 1]) }, E2BIG, "Unsupported btf_header"],
  ["types not at the start", { typesOffset: 4 }, EINVAL, "Unsupported section found"],
  ["bytes behind the strings", { tail: new Uint8Array(1) }, EINVAL, "Unsupported section found"],
  ["types that overlap the strings", { stringsOffset: 4 }, EINVAL, "Section overlap found"],
  ["types too long", { typesLength: 4000 }, EINVAL, "Total section length too long"],
  ["strings outside", { stringsOffset: 40000 }, EINVAL, "Invalid section offset"],
  ["strings too long", { stringsLength: 40000 }, EINVAL, "Total section length too long"],
  ["no strings", { stringsLength: 0 }, EINVAL, "Unsupported section found"],
];

function blob(build: (btf: BtfBuilder) => void, header?: HeaderFields): Uint8Array {
  const btf = new BtfBuilder();
  build(btf);
  return btf.bytes(header);
}

const int = (btf: BtfBuilder): void => void btf.int();

export const BTF_CASES: readonly BtfCase[] = [
  ...TYPES.map(([name, build, errno, end]) => ({ name, bytes: blob(build), errno, end })),
  ...HEADERS.map(([name, header, errno, end]) => ({ name, bytes: blob(int, header), errno, end })),
  { name: "seven bytes", bytes: blob(int).slice(0, 7), errno: EINVAL, end: "hdr_len not found" },
  { name: "half a header", bytes: blob(int).slice(0, 20), errno: EINVAL, end: "btf_header not found" },
  { name: "a header alone", bytes: blob(int).slice(0, 24), errno: EINVAL, end: "No data" },
];
