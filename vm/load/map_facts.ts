import { BtfAt, MapFactsAt as At } from "../../assembly/uapi/prog_constants.ts";
import { Limit } from "../../assembly/uapi/constants.ts";
import type { BtfFacts, MapFacts } from "../image.ts";
import type { CoreMemory } from "./core_memory.ts";

/** The id and a copy of the bytes of a BTF object. */
export function btfFacts(memory: CoreMemory, btf: number): BtfFacts {
  return { id: memory.word(btf + BtfAt.ID), bytes: memory.copy(memory.word(btf + BtfAt.DATA), memory.word(btf + BtfAt.SIZE)) };
}

/** What the verifier and the engines are told of the map whose header is at `address`. */
export function mapFacts(memory: CoreMemory, address: number, btfOf: (btf: number) => BtfFacts): MapFacts {
  const at = memory.core.map_facts(address) >>> 0;
  const words = new DataView(memory.copy(at, At.SIZE).buffer);
  const word = (offset: number): number => words.getUint32(offset, true);
  const btf = word(At.BTF);
  return {
    address,
    id: word(At.ID),
    type: word(At.TYPE),
    name: nameOf(new Uint8Array(words.buffer, At.NAME, Limit.OBJ_NAME_LEN)),
    keySize: word(At.KEY_SIZE),
    valueSize: word(At.VALUE_SIZE),
    maxEntries: word(At.MAX_ENTRIES),
    flags: word(At.FLAGS),
    frozen: word(At.FROZEN) !== 0,
    values: word(At.VALUES),
    valueStride: word(At.STRIDE),
    inner: word(At.INNER_TYPE) === 0 ? undefined : innerFacts(word),
    btf: btf === 0 ? undefined : btfOf(btf),
    keyTypeId: word(At.KEY_TYPE_ID),
    valueTypeId: word(At.VALUE_TYPE_ID),
    exclusiveHash: word(At.EXCLUSIVE) === 0 ? undefined : new Uint8Array(words.buffer, At.EXCL_PROG_HASH, Limit.EXCL_PROG_HASH_SIZE),
  };
}

/** What inner maps are like: no map, so without an address and an id. */
function innerFacts(word: (offset: number) => number): MapFacts {
  return {
    address: 0,
    id: 0,
    type: word(At.INNER_TYPE),
    name: "",
    keySize: word(At.INNER_KEY_SIZE),
    valueSize: word(At.INNER_VALUE_SIZE),
    maxEntries: word(At.INNER_MAX_ENTRIES),
    flags: word(At.INNER_FLAGS),
    frozen: false,
    values: 0,
    valueStride: 0,
    keyTypeId: 0,
    valueTypeId: 0,
  };
}

/** An object's name: bytes up to the NUL, which Linux takes for Latin-1. */
export function nameOf(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return String.fromCharCode(...bytes.subarray(0, end === -1 ? bytes.length : end));
}
