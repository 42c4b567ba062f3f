// A world to load programs into: maps, BTF and other descriptors by number, as the verifier sees them, and the caller's memory.
import { validateBtf } from "../../../vm/btf/validate.ts";
import type { InfoRecords, LoadHost, LoadRequest, MapFacts, ObjectFacts } from "../../../vm/image.ts";
import { decodeInsns } from "../../../vm/insn/insn.ts";
import type { BtfFacts } from "../../../vm/image.ts";

const EBADF = 9;

/** A program to load, in the words of the attr. */
export interface Load {
  readonly type: number;
  readonly insns: Uint8Array;
  readonly license?: string;
  readonly flags?: number;
  readonly expectedAttachType?: number;
  readonly attachBtfId?: number;
  readonly btfFd?: number;
  readonly funcInfo?: Uint8Array;
  readonly funcInfoRecordSize?: number;
  readonly lineInfo?: Uint8Array;
  readonly lineInfoRecordSize?: number;
  readonly coreRelos?: Uint8Array;
  readonly fdArray?: Uint8Array;
  readonly fdArrayCount?: number;
  readonly logLevel?: number;
}

/** What the kernel sees of descriptors. */
export type Descriptors = ReadonlyMap<number, ObjectFacts>;

let nextAddress = 0x10000;

/** A map as the verifier sees it. */
export function mapFacts(fields: Partial<MapFacts> & { readonly type: number }): MapFacts {
  nextAddress += 0x1000;
  return {
    address: nextAddress, id: nextAddress >> 12, name: "", keySize: 4, valueSize: 16, maxEntries: 1, flags: 0, frozen: false,
    values: nextAddress + 0x100, valueStride: 16, keyTypeId: 0, valueTypeId: 0, ...fields,
  };
}

/** BTF as an object that the verifier sees. Throws where BTF_LOAD would refuse the bytes. */
export function btfFacts(id: number, bytes: Uint8Array): BtfFacts {
  const { errno, log } = validateBtf(bytes);
  if (errno !== 0) throw new Error(`BTF is wrong: errno ${errno}, ${log}`);
  return { id, bytes };
}

const FUNC_INFO_AT = 0x1_0000_0000n;
const LINE_INFO_AT = 0x2_0000_0000n;
const CORE_RELOS_AT = 0x3_0000_0000n;

const records = (bytes: Uint8Array | undefined, address: bigint, recordSize: number): InfoRecords =>
  bytes === undefined ? { count: 0, recordSize: 0, address: 0n } : { count: Math.floor(bytes.length / recordSize), recordSize, address };

/** The request that PROG_LOAD makes of a program. */
export function requestOf(load: Load): LoadRequest {
  return {
    type: load.type,
    expectedAttachType: load.expectedAttachType ?? 0,
    flags: load.flags ?? 0,
    name: "",
    gpl: (load.license ?? "GPL") === "GPL",
    insns: decodeInsns(load.insns),
    btfFd: load.btfFd ?? 0,
    attachBtfId: load.attachBtfId ?? 0,
    attachFd: 0,
    funcInfo: records(load.funcInfo, FUNC_INFO_AT, load.funcInfoRecordSize ?? 8),
    lineInfo: records(load.lineInfo, LINE_INFO_AT, load.lineInfoRecordSize ?? 16),
    coreRelos: records(load.coreRelos, CORE_RELOS_AT, 16),
    hasFdArray: load.fdArray !== undefined,
    fdArrayCount: load.fdArrayCount ?? 0,
    logLevel: load.logLevel ?? 1,
  };
}

/** The kernel that a program is loaded into. */
export function hostOf(load: Load, descriptors: Descriptors, kernelBtf?: BtfFacts): LoadHost {
  const memory: readonly (readonly [bigint, Uint8Array | undefined])[] = [
    [FUNC_INFO_AT, load.funcInfo], [LINE_INFO_AT, load.lineInfo], [CORE_RELOS_AT, load.coreRelos],
  ];
  return {
    object: (fd) => descriptors.get(fd) ?? -EBADF,
    fdAt(index) {
      const bytes = load.fdArray;
      if (bytes === undefined || index < 0 || index * 4 + 4 > bytes.length) return undefined;
      return new DataView(bytes.buffer, bytes.byteOffset).getInt32(index * 4, true);
    },
    read(address, size) {
      for (const [base, bytes] of memory) {
        const at = Number(address - base);
        if (bytes !== undefined && at >= 0 && at + size <= bytes.length) return bytes.slice(at, at + size);
      }
      return undefined;
    },
    cpus: 2,
    kernelBtf,
  };
}
