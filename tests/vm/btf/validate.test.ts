// BTF_LOAD's judgement of BTF by itself: the table, random blobs, and what the types say afterwards.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { valueFields } from "../../../vm/btf/fields.ts";
import { parseBtf } from "../../../vm/btf/header.ts";
import * as kinds from "../../../vm/btf/kinds.ts";
import { validateBtf } from "../../../vm/btf/validate.ts";
import { BtfBuilder } from "./builder.ts";
import { BTF_CASES } from "./cases.ts";
import { randomBtf, seededRandom } from "./random.ts";
import { randomFieldBtf } from "./random_fields.ts";

const test = suite("vm/btf validate");

for (const { name, bytes, errno, end } of BTF_CASES) {
  test(name, () => {
    const verdict = validateBtf(bytes);
    assert.is(verdict.errno, errno, verdict.log);
    assert.ok(verdict.log.trimEnd().endsWith(end), verdict.log);
    assert.is(verdict.types !== undefined, errno === 0);
  });
}

test("the log of every kind", () => {
  const btf = new BtfBuilder();
  const int = btf.int();
  btf.int(null, 4, 3, 0, 5);
  btf.array(int, int, 7);
  btf.struct("bf", 4, [["x", int, 3 << 24], [null, int, (29 << 24) | 3]], kinds.STRUCT, 1);
  btf.enumeration("e", 4, [["A", -1]], 0);
  btf.enumeration("es", 4, [["B", -1]], 1);
  btf.add("fu", kinds.FWD, 0, 0, [], 1);
  const proto = btf.proto(int, [["a", int], [null, 0]]);
  btf.func("fn", proto);
  const variable = btf.variable("v", int, 0);
  btf.datasec(".data", 8, [[variable, 0, 4]]);
  btf.declTag("tag", proto + 1, 0);
  btf.enum64("e64", 8, [["C", 1, 2]]);
  const lines = validateBtf(btf.bytes()).log.split("\n").slice(9, -1);
  assert.equal(lines, [
    "[1] INT int size=4 bits_offset=0 nr_bits=32 encoding=SIGNED", "[2] INT (anon) size=4 bits_offset=5 nr_bits=3 encoding=(none)",
    "[3] ARRAY (anon) type_id=1 index_type_id=1 nr_elems=7", "[4] STRUCT bf size=4 vlen=2", "\tx type_id=1 bitfield_size=3 bits_offset=0",
    "\t(anon) type_id=1 bitfield_size=29 bits_offset=3", "[5] ENUM e size=4 vlen=1", "\tA val=4294967295", "[6] ENUM es size=4 vlen=1", "\tB val=-1",
    "[7] FWD fu union", "[8] FUNC_PROTO (anon) return=1 args=(1 a, vararg)", "[9] FUNC fn type_id=8", "[10] VAR v type_id=1 linkage=0",
    "[11] DATASEC .data size=8 vlen=1", "\t type_id=10 offset=0 size=4", "[12] DECL_TAG tag type=9 component_idx=0", "[13] ENUM64 e64 size=8 vlen=1",
    "\tC val=8589934593",
  ]);
});

test("sizes, modifiers, names", () => {
  const btf = new BtfBuilder();
  const int = btf.int();
  const pointer = btf.ptr(int);
  const typedef = btf.reference(kinds.TYPEDEF, btf.reference(kinds.CONST, pointer), "handle");
  const grid = btf.array(btf.array(int, int, 3), int, 2);
  const types = parseBtf(btf.bytes());
  assert.is(types?.sizeOf(typedef), 8);
  assert.is(types?.sizeOf(grid), 24);
  assert.is(types?.sizeOf(0), undefined);
  assert.is(types?.skipModifiers(typedef), pointer);
  assert.is(types?.find("handle", kinds.TYPEDEF), typedef);
  assert.is(types?.find("handle", kinds.STRUCT), undefined);
});

test("special fields of a value", () => {
  const btf = new BtfBuilder();
  const int = btf.int();
  const lock = btf.struct("bpf_spin_lock", 4, [["v", int, 0]]);
  const tagged = btf.ptr(btf.reference(kinds.TYPE_TAG, btf.struct("target", 4, [["a", int, 0]]), "kptr"));
  const inner = btf.struct(null, 16, [["lock", lock, 0], ["pointer", tagged, 64]]);
  const value = btf.reference(kinds.TYPEDEF, btf.struct("value", 24, [["n", int, 0], [null, inner, 64]]), "value_t");
  const types = parseBtf(btf.bytes());
  assert.ok(types !== undefined);
  const fields = types === undefined ? [] : valueFields(types, value);
  assert.equal(fields.map(({ kind, offset, size }) => [kind, offset, size]), [["bpf_spin_lock", 8, 4], ["kptr", 16, 8]]);
});

test("random bytes never throw", () => {
  for (let seed = 1; seed <= 3000; seed++) {
    const random = seededRandom(seed * 7919);
    const bytes = seed % 3 === 0 ? randomFieldBtf(random) : randomBtf(random, 0.2);
    const { errno, types } = validateBtf(bytes);
    assert.is(types !== undefined, errno === 0);
    parseBtf(bytes);
  }
});

test.run();
