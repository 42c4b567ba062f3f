// Writes docs/support.md: what each command answers on each map type, by running the engine, and how many of the live
// kernel's recorded answers stand behind each type.
//   npx tsx scripts/support_table.ts
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { gunzipSync } from "node:zlib";
import { exportsOf } from "../bindings/abi/internals.ts";
import { type BpfAttr, Kernel } from "../bindings/index.ts";
import { Cmd, Errno, MapType } from "../assembly/uapi/constants.ts";
import { type Base, bases, isOuter, needBtf, typeName, viewSize } from "../tests/core/bases.ts";
import { createAttr, fill } from "../tests/core/lives.ts";
import { traces } from "../tests/kernel/traces/generated/index.ts";

const CPUS = 2;
/** Elements that a batch has room for: more than any map here holds. */
const ROOM = 9;
const PATH = "/sys/fs/bpf/pin";
const OUTPUT = new URL("../docs/support.md", import.meta.url);

interface Scene {
  kernel: Kernel;
  base: Base;
  map_fd: number;
  inner: number;
}

interface Column {
  title: string;
  call(scene: Scene): number;
}

const keyOf = ({ key_size, type }: Base, index: number): Uint8Array | null => {
  if (key_size === 0) return null;
  const key = new Uint8Array(key_size);
  if (type === MapType.LPM_TRIE) key.set([8 + index, 0, 0, 0, index]);
  else key[0] = index;
  return key;
};

const takesFd: readonly MapType[] = [
  MapType.PROG_ARRAY, MapType.PERF_EVENT_ARRAY, MapType.CGROUP_ARRAY, MapType.SOCKMAP, MapType.SOCKHASH, MapType.XSKMAP,
  MapType.REUSEPORT_SOCKARRAY,
];

function valuesOf({ kernel, base, inner }: Scene, count: number): Uint8Array {
  const size = viewSize(base, kernel.cpus);
  // Where a value is the fd of a program, a socket or a cgroup, fd 0 is given: open, and none of them.
  const values = new Uint8Array(Math.max(size, 4) * count).fill(takesFd.includes(base.type) ? 0 : 7);
  const view = new DataView(values.buffer);
  for (let at = 0; isOuter(base.type) && at < values.length; at += size) view.setUint32(at, inner, true);
  // lo is the one network device, CPU 0 with a queue of 192 packets the one entry, that need nothing else.
  if (base.type === MapType.DEVMAP || base.type === MapType.DEVMAP_HASH) view.setUint32(0, 1, true);
  if (base.type === MapType.CPUMAP) view.setUint32(0, 192, true);
  return values;
}

const elem = (title: string, cmd: Cmd): Column => ({
  title,
  call: (scene) => {
    const { kernel, base, map_fd } = scene;
    return kernel.bpf(cmd, { map_fd, key: keyOf(base, 0), value: valuesOf(scene, 1), flags: 0 });
  },
});

const batch = (title: string, cmd: Cmd): Column => ({
  title,
  call: (scene) => {
    const { kernel, base, map_fd } = scene;
    const reads = cmd === Cmd.MAP_LOOKUP_BATCH || cmd === Cmd.MAP_LOOKUP_AND_DELETE_BATCH;
    const keys = base.key_size === 0 ? null : new Uint8Array(ROOM * base.key_size);
    keys?.set(keyOf(base, 0)!);
    const out_batch = new Uint8Array(Math.max(base.key_size, 4));
    const values = valuesOf(scene, ROOM);
    const attr: BpfAttr = { map_fd, in_batch: null, out_batch, keys, values, count: reads ? ROOM : 1 };
    const answer = kernel.bpf(cmd, attr);
    // The end of the map, with everything that is in it, is a success.
    return answer === -Errno.ENOENT && Number(attr.count) > 0 ? 0 : answer;
  },
});

const columns: readonly Column[] = [
  elem("LOOKUP", Cmd.MAP_LOOKUP_ELEM),
  elem("UPDATE", Cmd.MAP_UPDATE_ELEM),
  { title: "DELETE", call: ({ kernel, base, map_fd }) => kernel.bpf(Cmd.MAP_DELETE_ELEM, { map_fd, key: keyOf(base, 0) }) },
  {
    title: "GET_NEXT_KEY",
    call: ({ kernel, base, map_fd }) =>
      kernel.bpf(Cmd.MAP_GET_NEXT_KEY, { map_fd, key: null, next_key: new Uint8Array(base.key_size || 4) }),
  },
  elem("LOOKUP_AND_DELETE", Cmd.MAP_LOOKUP_AND_DELETE_ELEM),
  batch("LOOKUP_BATCH", Cmd.MAP_LOOKUP_BATCH),
  batch("LOOKUP_AND_DELETE_BATCH", Cmd.MAP_LOOKUP_AND_DELETE_BATCH),
  batch("UPDATE_BATCH", Cmd.MAP_UPDATE_BATCH),
  batch("DELETE_BATCH", Cmd.MAP_DELETE_BATCH),
  { title: "FREEZE", call: ({ kernel, map_fd }) => kernel.bpf(Cmd.MAP_FREEZE, { map_fd }) },
  {
    title: "PIN, GET",
    call: ({ kernel, map_fd }) => {
      const answer = kernel.bpf(Cmd.OBJ_PIN, { bpf_fd: map_fd, pathname: PATH });
      return answer < 0 ? answer : kernel.bpf(Cmd.OBJ_GET, { pathname: PATH });
    },
  },
  {
    title: "INFO, BY_ID",
    call: ({ kernel, map_fd }) => {
      const info = new Uint32Array(26);
      const answer = kernel.bpf(Cmd.OBJ_GET_INFO_BY_FD, { bpf_fd: map_fd, info_len: 104, info });
      return answer < 0 ? answer : kernel.bpf(Cmd.MAP_GET_FD_BY_ID, { map_id: info[1] });
    },
  },
  { title: "mmap", call: ({ kernel, map_fd }) => exportsOf(kernel).mmap(map_fd, 0) | 0 },
];

/** ARRAY is mapped only when it was made for it; everything else is as the least that MAP_CREATE takes. */
const shapeOf = (base: Base): Base => (base.type === MapType.ARRAY ? { ...base, map_flags: 0x400 } : base);

const ERRNO_MAX = 4095;

/** "yes", or the errno's name: a fresh map of the type, filled as far as it can be, gets one valid call. */
function cell(base: Base, column: Column): string {
  const kernel = Kernel.loadSync({ cpus: CPUS, seed: 1 });
  const inner = kernel.bpf(Cmd.MAP_CREATE, { map_type: MapType.ARRAY, key_size: 4, value_size: 8, max_entries: 4 });
  const map_fd = kernel.bpf(Cmd.MAP_CREATE, createAttr(shapeOf(base), inner));
  if (map_fd < 0) throw new Error(`MAP_CREATE of ${typeName(base.type)} answers ${Errno[-map_fd]}`);
  fill(kernel, map_fd, { ...base, max_entries: Math.min(base.max_entries, 2) }, inner);
  const answer = column.call({ kernel, base, map_fd, inner });
  return answer < 0 && answer >= -ERRNO_MAX ? Errno[-answer] : "yes";
}

/** Operations in the committed traces, by type: those on maps of it, and those that create one. */
function operationCounts(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const [trace, base64] of Object.entries(traces)) {
    // A line that begins with a bracket is an operation with its answer; the others name the trace and its scripts.
    let type = trace;
    for (const line of gunzipSync(Buffer.from(base64, "base64")).toString().split("\n").slice(1)) {
      if (line.startsWith("[")) counts.set(type, (counts.get(type) ?? 0) + 1);
      else if (trace === "create") type = (JSON.parse(line) as { script: string }).script.replace(/^create /, "");
    }
  }
  return counts;
}

const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;

/** The text of docs/support.md. */
export function supportTable(): string {
  const counts = operationCounts();
  const countOf = (type: MapType): string => (counts.get(typeName(type).toLowerCase()) ?? 0).toLocaleString("en-US");
  const byNumber = [...bases].sort((a, b) => a.type - b.type);
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  return [
    "# Commands and map types",
    "",
    "Generated by `npx tsx scripts/support_table.ts`, which runs the engine: a map of each type, with two elements where the",
    "type can hold any without a program, a socket or a cgroup, gets one valid call of each command on a fresh kernel.",
    "\"yes\" is success; otherwise the cell is the errno, which is Linux 6.18's answer to the same call. The one difference:",
    "Linux maps an ARENA, the engine does not. Where a value must be the fd of a program, a socket or a cgroup, of which the",
    "engine has none, the call has an fd that is open and something else.",
    "",
    "The last column counts the operations in the committed traces (`tests/kernel/traces`) that are about the type: calls",
    "recorded on the live kernel with their answers, creations with odd attributes included, which the tests replay on the",
    `engine in every runtime. Together they are ${total.toLocaleString("en-US")}. Live comparisons (\`npm run diff\`) are not counted.`,
    "",
    line(["type", ...columns.map(({ title }) => title), "operations compared"]),
    line(["---", ...columns.map(() => "---"), "---:"]),
    ...byNumber.map((base) => {
      const cells = columns.map((column) => cell(base, column));
      return line([typeName(base.type), ...cells, countOf(base.type)]);
    }),
    "",
    "ARRAY is made with BPF_F_MMAPABLE here; without the flag mmap answers EINVAL. MAP_CREATE takes all types above.",
    "",
    "These need BTF, which the engine does not have yet; MAP_CREATE answers what Linux answers without it:",
    "",
    line(["type", "MAP_CREATE", "operations compared"]),
    line(["---", "---", "---:"]),
    ...needBtf.map((type) => line([typeName(type), created(type), countOf(type)])),
    "",
  ].join("\n");
}

function created(type: MapType): string {
  const kernel = Kernel.loadSync({ cpus: CPUS, seed: 1 });
  const shape = type === MapType.STRUCT_OPS ? { max_entries: 1, map_flags: 0 } : { max_entries: 0, map_flags: 1 };
  const answer = kernel.bpf(Cmd.MAP_CREATE, { map_type: type, key_size: 4, value_size: 8, ...shape });
  return answer < 0 ? Errno[-answer] : "yes";
}

/** The committed file. */
export const committedTable = (): string => readFileSync(OUTPUT, "utf8");

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  writeFileSync(OUTPUT, supportTable());
  console.log(fileURLToPath(OUTPUT));
}
