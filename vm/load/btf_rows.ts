import { BtfField, BtfRow, BtfRowFlag } from "../../assembly/uapi/prog_constants.ts";
import { type Field, type FieldKind, findFields, VALUE_FIELDS } from "../btf/fields.ts";
import { FUNC, INT, STRUCT } from "../btf/kinds.ts";
import type { BtfTypes } from "../btf/types.ts";
import type { CoreMemory } from "./core_memory.ts";

/** The core's numbers for special fields. */
const FIELD_NUMBERS: { readonly [kind in FieldKind]: BtfField } = {
  bpf_spin_lock: BtfField.SPIN_LOCK,
  bpf_res_spin_lock: BtfField.RES_SPIN_LOCK,
  bpf_timer: BtfField.TIMER,
  bpf_wq: BtfField.WORKQUEUE,
  bpf_task_work: BtfField.TASK_WORK,
  bpf_list_head: BtfField.LIST_HEAD,
  bpf_list_node: BtfField.LIST_NODE,
  bpf_rb_root: BtfField.RB_ROOT,
  bpf_rb_node: BtfField.RB_NODE,
  bpf_refcount: BtfField.REFCOUNT,
  kptr_untrusted: BtfField.KPTR_UNREF,
  kptr: BtfField.KPTR_REF,
  percpu_kptr: BtfField.KPTR_PERCPU,
  uptr: BtfField.UPTR,
};

const INT_BITS = 32;

/** What MAP_CREATE must know of each type, as the core keeps it (BtfRow). */
export function btfRows(types: BtfTypes): Uint8Array {
  const fields: Field[] = [];
  const rows = new Uint8Array(types.end * BtfRow.SIZE);
  const view = new DataView(rows.buffer);
  for (let id = 1; id < types.end; id++) {
    const at = id * BtfRow.SIZE;
    const size = types.kind(id) === FUNC ? undefined : types.sizeOf(id);
    const own = fieldsOf(types, id);
    view.setUint32(at + BtfRow.BYTES, size ?? 0, true);
    view.setUint8(at + BtfRow.KIND, types.kind(id));
    view.setUint8(at + BtfRow.FLAGS, (size === undefined ? 0 : BtfRowFlag.SIZED) | keyFlags(types, id));
    view.setUint16(at + BtfRow.FIELD_COUNT, own.length, true);
    view.setUint32(at + BtfRow.FIELDS, fields.length, true);
    fields.push(...own);
  }
  const table = new Uint8Array(rows.length + fields.length * BtfRow.FIELD_SIZE);
  table.set(rows);
  const words = new DataView(table.buffer, rows.length);
  fields.forEach(({ kind, offset, size }, index) => {
    [FIELD_NUMBERS[kind], offset, size].forEach((value, word) => words.setUint32(index * BtfRow.FIELD_SIZE + word * 4, value, true));
  });
  return table;
}

/** Special fields of a value of the type. Of fields that break a rule there are none: MAP_CREATE takes the map as if they were bytes. */
function fieldsOf(types: BtfTypes, id: number): readonly Field[] {
  const struct = types.skipModifiers(id);
  const found = types.kind(struct) === STRUCT ? findFields(types, struct, VALUE_FIELDS) : [];
  return typeof found === "number" ? [] : found;
}

function keyFlags(types: BtfTypes, id: number): number {
  const at = types.skipModifiers(id);
  if (types.kind(at) === STRUCT) return BtfRowFlag.STRUCT;
  if (types.kind(at) !== INT) return 0;
  const { bits, offset } = types.int(at);
  return types.sizeOrType(at) === 4 && bits === INT_BITS && offset === 0 ? BtfRowFlag.INT32 : 0;
}

/** The rows in a block of private memory; 0 when memory is at its limit. */
export function writeRows(memory: CoreMemory, types: BtfTypes): number {
  const rows = btfRows(types);
  const table = memory.core.private_alloc(rows.length) >>> 0;
  if (table !== 0) memory.bytes().set(rows, table);
  return table;
}
