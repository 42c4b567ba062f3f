// Writes prefixes in the MaxMind DB file format 2.0 (an open specification), so that its reader can be compared on the
// same prefixes: a binary tree of 28-bit records, then the data, then the metadata.
import type { Prefixes } from "../sides/prefixes.ts";

const SEPARATOR_SIZE = 16;
const MARKER = [0xab, 0xcd, 0xef, ...new TextEncoder().encode("MaxMind.com")];

// Types of the data section; those above 7 are written as an extended type.
const [STRING, UINT16, UINT32, MAP] = [2, 5, 6, 7];
const [UINT64, ARRAY] = [9, 11];

const control = (type: number, size: number): number[] => (type <= 7 ? [(type << 5) | size] : [size, type - 7]);

function string(text: string): number[] {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length > 28) throw new RangeError(`"${text}" is too long for this writer`);
  return [...control(STRING, bytes.length), ...bytes];
}

function integer(type: number, value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return [...control(type, bytes.length), ...bytes];
}

function map(fields: Record<string, number[]>): number[] {
  const entries = Object.entries(fields);
  return [...control(MAP, entries.length), ...entries.flatMap(([name, value]) => [...string(name), ...value])];
}

/** The file's bytes: for each address its country, as `{ country_code }`. */
export function writeMmdb(prefixes: Prefixes): Uint8Array<ArrayBuffer> {
  const tree = buildTree(prefixes);
  const data = prefixes.codes.map((code) => map({ country_code: string(code) }));
  const offsets: number[] = [];
  let size = 0;
  for (const one of data) {
    offsets.push(size);
    size += one.length;
  }
  const metadata = map({
    binary_format_major_version: integer(UINT16, 2),
    binary_format_minor_version: integer(UINT16, 0),
    build_epoch: integer(UINT64, 1),
    database_type: string("Country"),
    description: map({ en: string("prefixes of a benchmark") }),
    ip_version: integer(UINT16, 4),
    languages: [...control(ARRAY, 1), ...string("en")],
    node_count: integer(UINT32, tree.count),
    record_size: integer(UINT16, 28),
  });
  // A record is a node's number, or the number of nodes for "nothing", or a place in the data section above both.
  const record = (entry: number): number => {
    if (entry > 0) return entry;
    return entry === 0 ? tree.count : tree.count + SEPARATOR_SIZE + offsets[-entry - 1];
  };
  const nodes = new Uint8Array(tree.count * 7);
  for (let node = 0; node < tree.count; node++) {
    const [left, right] = [record(tree.children[2 * node]), record(tree.children[2 * node + 1])];
    const middle = ((left >>> 24) << 4) | (right >>> 24);
    nodes.set([left >>> 16, left >>> 8, left, middle, right >>> 16, right >>> 8, right], node * 7);
  }
  return Uint8Array.from([...nodes, ...new Array(SEPARATOR_SIZE).fill(0), ...data.flat(), ...MARKER, ...metadata]);
}

/** Children by twice the node's number: a node above 0, minus (a country's number + 1) below, 0 for nothing. */
function buildTree({ count: prefixCount, addresses, bits, countries }: Prefixes): { children: Int32Array; count: number } {
  let children = new Int32Array(1 << 16);
  let count = 1;
  for (let i = 0; i < prefixCount; i++) {
    let node = 0;
    for (let depth = 0; ; depth++) {
      const at = 2 * node + ((addresses[i] >>> (31 - depth)) & 1);
      if (depth === bits[i] - 1) {
        children[at] = -countries[i] - 1;
        break;
      }
      if (children[at] <= 0) {
        if (2 * count + 2 > children.length) {
          const larger = new Int32Array(children.length * 2);
          larger.set(children);
          children = larger;
        }
        children[at] = count++;
      }
      node = children[at];
    }
  }
  return { children, count };
}
