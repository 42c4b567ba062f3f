import { Errno, MapType } from "../../../assembly/uapi/constants.ts";
import { parseBtf } from "../../btf/header.ts";
import * as kinds from "../../btf/kinds.ts";
import type { BtfTypes } from "../../btf/types.ts";
import { FUNC_BASE } from "../../image.ts";
import type { LoadHost, LoadRequest, MapFacts } from "../../image.ts";
import { hex2, isLoad64, value64 } from "../../insn/disasm.ts";
import type { Insn } from "../../insn/insn.ts";
import * as op from "../../insn/opcodes.ts";
import { isOpcode } from "./opcodes.ts";
import { refuse } from "./rule.ts";
import type { Load64 } from "./structure.ts";
import type { UsedMaps } from "./used_maps.ts";

const { EINVAL, EFAULT, ENOENT, ENOTSUPP, EPROTO } = Errno;
/** Offsets into values that registers can hold. */
const OFFSET_END = 1 << 29;

/** What the loads of a program are resolved against. */
export interface LoadContext {
  readonly request: LoadRequest;
  readonly host: LoadHost;
  readonly maps: UsedMaps;
  readonly kernelTypes: BtfTypes | undefined;
  /** Slots where functions start, in order. */
  readonly starts: readonly number[];
}

/** Checks every opcode, and gives what each 64-bit immediate load loads, in program order. */
export function resolveLoads(insns: readonly Insn[], context: LoadContext): Map<number, Load64> {
  const loads = new Map<number, Load64>();
  for (let index = 0; index < insns.length; index++) {
    const insn = insns[index];
    if ((insn.code & op.CLASS_MASK) === op.LDX && (!isLoadMode(insn.code) || insn.imm !== 0)) refuse(EINVAL, "BPF_LDX uses reserved fields");
    if (isLoad64(insn)) {
      const high = insns[index + 1];
      if (high === undefined || high.code !== 0 || high.dst !== 0 || high.src !== 0 || high.off !== 0) refuse(EINVAL, "invalid bpf_ld_imm64 insn");
      loads.set(index, resolveLoad(insn, high, index, context));
      index++;
    } else if (!isOpcode(insn.code)) {
      refuse(EINVAL, `unknown opcode ${hex2(insn.code)}`);
    }
  }
  return loads;
}

const isLoadMode = (code: number): boolean => (code & op.MODE_MASK) === op.MEM || (code & op.MODE_MASK) === op.MEMSX;

function resolveLoad(low: Insn, high: Insn, index: number, context: LoadContext): Load64 {
  switch (low.src) {
    case 0:
      return { kind: "number", value: value64(low, high) };
    case op.PSEUDO_BTF_ID:
      return symbol(low, high, context);
    case op.PSEUDO_FUNC:
      return { kind: "function", index: context.starts.indexOf(index + 1 + low.imm) };
    case op.PSEUDO_MAP_FD:
    case op.PSEUDO_MAP_IDX:
      if (high.imm !== 0) refuse(EINVAL, "unrecognized bpf_ld_imm64 insn");
      return { kind: "map", map: mapOf(low, context) };
    case op.PSEUDO_MAP_VALUE:
    case op.PSEUDO_MAP_IDX_VALUE: {
      const map = mapOf(low, context);
      const offset = high.imm >>> 0;
      checkValue(map, offset);
      return { kind: "value", map, offset };
    }
    default:
      return refuse(EINVAL, "unrecognized bpf_ld_imm64 insn");
  }
}

/** The map that a load names by fd or by index into fd_array. */
function mapOf({ src, imm }: Insn, { request, host, maps }: LoadContext): MapFacts {
  let fd = imm;
  if (src === op.PSEUDO_MAP_IDX || src === op.PSEUDO_MAP_IDX_VALUE) {
    if (!request.hasFdArray) refuse(EPROTO, "fd_idx without fd_array is invalid");
    fd = host.fdAt(imm) ?? refuse(EFAULT);
  }
  const object = host.object(fd);
  if (typeof object === "number" || object.kind !== "map") {
    return refuse(typeof object === "number" ? -object : EINVAL, `fd ${fd} is not pointing to valid bpf_map`);
  }
  maps.add(object.map);
  return object.map;
}

/** Values are addressed directly in arrays of one element, and in arenas. */
function checkValue(map: MapFacts, offset: number): void {
  if (offset >= OFFSET_END) refuse(EINVAL, `direct value offset of ${offset} is not allowed`);
  if (map.type === MapType.ARENA) return;
  if (map.type !== MapType.ARRAY) refuse(EINVAL, "no direct value access support for this map type");
  const text = `invalid access to map value pointer, value_size=${map.valueSize} off=${offset}`;
  if (map.maxEntries !== 1) refuse(ENOTSUPP, text);
  if (offset >= map.valueSize) refuse(EINVAL, text);
}

/** A variable or function of the kernel. */
function symbol(low: Insn, high: Insn, { host, kernelTypes }: LoadContext): Load64 {
  const id = low.imm;
  const types = high.imm === 0 ? kernelTypes : moduleTypes(high.imm, host);
  if (types === undefined) return refuse(EINVAL, "kernel symbols need a kernel with BTF");
  if (!types.has(id) && id !== 0) refuse(ENOENT, `ldimm64 insn specifies invalid btf_id ${id}.`);
  const kind = types.kind(id);
  if (kind !== kinds.VAR && kind !== kinds.FUNC) refuse(EINVAL, `pseudo btf_id ${id} in ldimm64 isn't KIND_VAR or KIND_FUNC`);
  const name = types.name(id);
  // Variables of a kernel have no place in the engine's memory.
  if (kind === kinds.VAR || high.imm !== 0) refuse(ENOENT, `ldimm64 failed to find the address for kernel symbol '${name}'.`);
  return { kind: "symbol", typeId: id, name };
}

function moduleTypes(fd: number, host: LoadHost): BtfTypes | undefined {
  const object = host.object(fd);
  if (typeof object === "number" || object.kind !== "btf") return refuse(EINVAL, "invalid module BTF object FD specified.");
  return parseBtf(object.btf.bytes);
}

/** The number that engines load. */
export function immediateOf(load: Load64): bigint {
  switch (load.kind) {
    case "number":
      return load.value;
    case "map":
      return BigInt(load.map.address);
    case "value":
      return BigInt(load.map.values + load.offset);
    case "function":
      return FUNC_BASE + BigInt(load.index);
    default:
      return 0n;
  }
}
