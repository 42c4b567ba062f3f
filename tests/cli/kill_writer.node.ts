// Helper of kill.ts: kill_writer.node.ts FILE counts in a map of the state FILE for ever, one save a step, and prints each
// number after its save. It is killed from outside.
import { writeSync } from "node:fs";
import {
  BPF_MAP_CREATE,
  BPF_MAP_LOOKUP_ELEM,
  BPF_MAP_TYPE_ARRAY,
  BPF_MAP_UPDATE_ELEM,
  BPF_OBJ_GET,
  BPF_OBJ_PIN,
  type Kernel,
} from "../../bindings/index.ts";
import { Store } from "../../cli/state/store.ts";

const PIN = "/sys/fs/bpf/counter";
/** Large enough that a kill often hits the middle of a write. */
const VALUE_BYTES = 1 << 20;
const STDOUT = 1;

function open(kernel: Kernel): number {
  const pinned = kernel.bpf(BPF_OBJ_GET, { pathname: PIN });
  if (pinned >= 0) return pinned;
  const fd = kernel.bpf(BPF_MAP_CREATE, { map_type: BPF_MAP_TYPE_ARRAY, key_size: 4, value_size: VALUE_BYTES, max_entries: 2 });
  kernel.bpf(BPF_OBJ_PIN, { pathname: PIN, bpf_fd: fd });
  return fd;
}

/** Adds one to every word of the map's second value, and returns the number they all have. */
async function step(path: string): Promise<number> {
  const store = new Store({ path, writes: true, cpus: () => 1, waitMs: 10_000, onWait: () => {} });
  try {
    const kernel = await store.load();
    const map_fd = open(kernel);
    const key = new Uint32Array([1]);
    const value = new Uint32Array(VALUE_BYTES / 4);
    kernel.bpf(BPF_MAP_LOOKUP_ELEM, { map_fd, key, value });
    const number = value[0] + 1;
    kernel.bpf(BPF_MAP_UPDATE_ELEM, { map_fd, key, value: value.fill(number), flags: 0 });
    kernel.close(map_fd);
    store.prepare();
    store.commit();
    return number;
  } finally {
    store.close();
  }
}

for (;;) writeSync(STDOUT, `${await step(process.argv[2])}\n`);
