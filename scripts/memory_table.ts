// Writes the table of measured memory into docs/choosing.md: what an element costs in a full map of each type.
//   npx tsx scripts/memory_table.ts
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { BPF_F_NO_PREALLOC, bytes, ipv4Prefix, Kernel, u32, u64 } from "../bindings/index.ts";

const PAGE = fileURLToPath(new URL("../docs/choosing.md", import.meta.url));
const [BEGIN, END] = ["<!-- memory: written by scripts/memory_table.ts -->", "<!-- end of memory -->"];
const COUNT = 1_000_000;

interface Row {
  type: string;
  shape: string;
  /** Fills a map of COUNT elements. */
  fill(kernel: Kernel): void;
}

const WIDE = bytes(16);

/** The number as the first bytes of a 16-byte key. */
function wide(number: number): Uint8Array {
  const key = new Uint8Array(16);
  new DataView(key.buffer).setUint32(0, number, true);
  return key;
}

function fillHash(kernel: Kernel, type: "hash" | "lru_hash", flags = 0): void {
  const map = kernel.createMap({ type, key: u32, value: u64, maxEntries: COUNT, flags });
  for (let i = 0; i < COUNT; i++) map.set(i, 1n);
}

const ROWS: Row[] = [
  { type: "hash", shape: "u32 → u64", fill: (kernel) => fillHash(kernel, "hash") },
  { type: "hash, BPF_F_NO_PREALLOC", shape: "u32 → u64", fill: (kernel) => fillHash(kernel, "hash", BPF_F_NO_PREALLOC) },
  {
    type: "hash",
    shape: "16 bytes → 16 bytes",
    fill(kernel) {
      const map = kernel.createMap({ type: "hash", key: WIDE, value: WIDE, maxEntries: COUNT });
      for (let i = 0; i < COUNT; i++) map.set(wide(i), wide(i));
    },
  },
  { type: "lru_hash", shape: "u32 → u64", fill: (kernel) => fillHash(kernel, "lru_hash") },
  {
    type: "percpu_hash, 4 CPUs",
    shape: "u32 → u64",
    fill(kernel) {
      const map = kernel.createMap({ type: "percpu_hash", key: u32, value: u64, maxEntries: COUNT });
      for (let i = 0; i < COUNT; i++) map.set(i, 1n);
    },
  },
  { type: "array", shape: "u64", fill: (kernel) => void kernel.createMap({ type: "array", value: u64, maxEntries: COUNT }) },
  {
    type: "lpm_trie",
    shape: "IPv4 prefix → u32",
    fill(kernel) {
      const map = kernel.createMap({ type: "lpm_trie", key: ipv4Prefix, value: u32, maxEntries: COUNT, flags: BPF_F_NO_PREALLOC });
      for (let i = 0; i < COUNT; i++) map.set(`${10 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}.0/24`, i);
    },
  },
  { type: "queue, stack", shape: "u64", fill: (kernel) => void kernel.createMap({ type: "queue", value: u64, maxEntries: COUNT }) },
  { type: "bloom_filter", shape: "5 hashes", fill: (kernel) => void kernel.createMap({ type: "bloom_filter", value: u64, maxEntries: COUNT }) },
];

function bytesPerElement({ fill }: Row): number {
  const kernel = Kernel.loadSync({ cpus: 4, seed: 1 });
  const before = kernel.stats().usedBytes;
  fill(kernel);
  return (kernel.stats().usedBytes - before) / COUNT;
}

/** The table of now. */
export function memoryTable(): string {
  const rows = ROWS.map((row) => `| ${row.type} | ${row.shape} | ${bytesPerElement(row).toFixed(1)} |`);
  return ["| type | shape | bytes an element |", "|---|---|---:|", ...rows].join("\n");
}

/** docs/choosing.md with the table of now in the place of the one that it has. */
export function choosingPage(): string {
  const page = readFileSync(PAGE, "utf8");
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin === -1 || end < begin) throw new Error(`${PAGE} has no place for the table`);
  return `${page.slice(0, begin + BEGIN.length)}\n${memoryTable()}\n${page.slice(end)}`;
}

/** The committed page. */
export const committedChoosing = (): string => readFileSync(PAGE, "utf8");

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  writeFileSync(PAGE, choosingPage());
  console.log(PAGE);
}
