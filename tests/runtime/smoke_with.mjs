// The package as a user meets it: both ways of loading, all three surfaces, one map. Takes what the package exports, however
// the host came by it. Returns a short text; throws at the first answer that is wrong.
const EEXIST = 17;
const ENOENT = 2;
const BPF_ATTR_SIZE = 168;

function expect(what, actual, expected) {
  if (actual !== expected) throw new Error(`smoke: ${what}: expected ${String(expected)}, got ${String(actual)}`);
}

function rawSurface(library, kernel) {
  const { BPF_MAP_CREATE, BPF_MAP_GET_NEXT_KEY, BPF_MAP_LOOKUP_ELEM, BPF_MAP_TYPE_HASH, BPF_MAP_UPDATE_ELEM, BPF_NOEXIST } = library;
  const fd = kernel.bpf(BPF_MAP_CREATE, {
    map_type: BPF_MAP_TYPE_HASH,
    key_size: 4,
    value_size: 8,
    max_entries: 4,
  });
  expect("the first fd", fd, 3);
  const key = new Uint32Array([7]);
  const value = new BigUint64Array([40n]);
  expect("lookup of an absent key", kernel.bpf(BPF_MAP_LOOKUP_ELEM, { map_fd: fd, key, value }), -ENOENT);
  expect("update", kernel.bpf(BPF_MAP_UPDATE_ELEM, { map_fd: fd, key, value, flags: 0 }), 0);
  const again = kernel.bpf(BPF_MAP_UPDATE_ELEM, { map_fd: fd, key, value, flags: BPF_NOEXIST });
  expect("update with NOEXIST", again, -EEXIST);
  value[0] = 0n;
  expect("lookup", kernel.bpf(BPF_MAP_LOOKUP_ELEM, { map_fd: fd, key, value }), 0);
  expect("the value", value[0], 40n);
  const nextKey = new Uint32Array(1);
  expect("get_next_key", kernel.bpf(BPF_MAP_GET_NEXT_KEY, { map_fd: fd, key: null, next_key: nextKey }), 0);
  expect("the first key", nextKey[0], 7);
  expect("close", kernel.close(fd), 0);
}

function exactSurface({ BPF_MAP_CREATE, BPF_MAP_TYPE_HASH }, kernel) {
  const attr = new Uint8Array(BPF_ATTR_SIZE);
  const fields = new DataView(attr.buffer);
  [BPF_MAP_TYPE_HASH, 4, 8, 16].forEach((value, index) => fields.setUint32(index * 4, value, true));
  const fd = kernel.bpf(BPF_MAP_CREATE, attr, attr.length);
  expect("the fd from attr bytes", fd, 3);
  expect("close", kernel.close(fd), 0);
}

function typedSurface({ u32, u64 }, kernel) {
  const flows = kernel.createMap({ type: "hash", key: u32, value: u64, maxEntries: 1024, name: "flows" });
  flows.set(1, 2n);
  flows.set(3, 4n);
  expect("get", flows.get(1), 2n);
  expect("get of an absent key", flows.get(9), undefined);
  expect("has", flows.has(3), true);
  let sum = 0n;
  for (const [key, value] of flows) sum += BigInt(key) * value;
  expect("iteration", sum, 14n);
  expect("delete", flows.delete(1), true);
  expect("count", flows.count(), 1);
  flows.close();
}

function errors({ BpfError, u32 }, kernel) {
  try {
    kernel.createMap({ type: "hash", key: u32, value: u32, maxEntries: 0 });
  } catch (error) {
    expect("a refused map's error", error instanceof BpfError && error.name, "BpfError");
    expect("its class, which a minifier may have renamed", error.constructor.name, "BpfError");
    return expect("its code", error.code, "EINVAL");
  }
  throw new Error("smoke: a map without elements was made");
}

/** Runs every surface on a kernel loaded each way; `options` are passed to both loads. */
export async function smokeWith(library, options = {}) {
  const { Kernel } = library;
  for (const kernel of [await Kernel.load(options), Kernel.loadSync(options)]) {
    rawSurface(library, kernel);
    exactSurface(library, kernel);
    typedSurface(library, kernel);
    errors(library, kernel);
  }
  return "load, loadSync, raw, exact and typed surface";
}
