// The call log: what it shows of each command, how it prints, and that nobody pays for it who does not listen.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { coreOf } from "../../bindings/abi/internals.ts";
import * as api from "../../bindings/index.ts";
import { formatCall, ipv4Prefix, u32, u64, utf8, type BpfCall, type Kernel } from "../../bindings/index.ts";
import { newKernel } from "../harness/kernel.ts";

const test = suite("call log");

/** What `body` makes the kernel log, printed. */
function logged(kernel: Kernel, body: () => void): string[] {
  const lines: string[] = [];
  const stop = kernel.onCall((call) => lines.push(formatCall(call)));
  body();
  stop();
  return lines;
}

const u32s = (...values: number[]): Uint32Array => new Uint32Array(values);
const HASH = { map_type: api.BPF_MAP_TYPE_HASH, key_size: 4, value_size: 4, max_entries: 2 };

/** [what is called, how it is printed], one after the other on one kernel whose fd 3 is a hash. */
const RAW: [call: (kernel: Kernel) => unknown, line: string][] = [
  [(kernel) => kernel.bpf(api.BPF_MAP_CREATE, HASH), "bpf(BPF_MAP_CREATE, {map_type=BPF_MAP_TYPE_HASH, key_size=4, value_size=4, max_entries=2, map_flags=0}, 168) = 3"],
  [
    (kernel) => kernel.bpf(api.BPF_MAP_CREATE, { ...HASH, map_flags: 0x80000041, map_name: 'a"b' }),
    'bpf(BPF_MAP_CREATE, {map_type=BPF_MAP_TYPE_HASH, key_size=4, value_size=4, max_entries=2, map_flags=BPF_F_NO_PREALLOC|BPF_F_ZERO_SEED|0x80000000, map_name="a\\"b"}, 168) = -1 EINVAL (Invalid argument)',
  ],
  [
    (kernel) => kernel.bpf(api.BPF_MAP_CREATE, { map_type: 99 }),
    "bpf(BPF_MAP_CREATE, {map_type=0x63 /* BPF_MAP_TYPE_??? */, key_size=0, value_size=0, max_entries=0, map_flags=0}, 168) = -1 EINVAL (Invalid argument)",
  ],
  [
    (kernel) => kernel.bpf(api.BPF_MAP_UPDATE_ELEM, { map_fd: 3, key: u32s(1), value: u32s(0x01020304), flags: api.BPF_NOEXIST }),
    'bpf(BPF_MAP_UPDATE_ELEM, {map_fd=3, key="\\x01\\x00\\x00\\x00", value="\\x04\\x03\\x02\\x01", flags=BPF_NOEXIST}, 32) = 0',
  ],
  [
    (kernel) => kernel.bpf(api.BPF_MAP_UPDATE_ELEM, { map_fd: 3, key: u32s(1), value: u32s(1), flags: 2n ** 40n + 7n }),
    'bpf(BPF_MAP_UPDATE_ELEM, {map_fd=3, key="\\x01\\x00\\x00\\x00", value="\\x01\\x00\\x00\\x00", flags=BPF_NOEXIST|BPF_EXIST|BPF_F_LOCK|0x10000000000}, 168) = -1 EINVAL (Invalid argument)',
  ],
  [
    (kernel) => kernel.bpf(api.BPF_MAP_LOOKUP_ELEM, { map_fd: 3, key: u32s(1), value: u32s(0) }),
    'bpf(BPF_MAP_LOOKUP_ELEM, {map_fd=3, key="\\x01\\x00\\x00\\x00", value="\\x04\\x03\\x02\\x01", flags=BPF_ANY}, 32) = 0',
  ],
  [
    (kernel) => kernel.bpf(api.BPF_MAP_LOOKUP_ELEM, { map_fd: 3, key: u32s(2), value: 4096 }),
    'bpf(BPF_MAP_LOOKUP_ELEM, {map_fd=3, key="\\x02\\x00\\x00\\x00", value=0x1000, flags=BPF_ANY}, 168) = -1 ENOENT (No such file or directory)',
  ],
  [
    (kernel) => kernel.bpf(api.BPF_MAP_GET_NEXT_KEY, { map_fd: 3, key: null, next_key: u32s(0) }),
    'bpf(BPF_MAP_GET_NEXT_KEY, {map_fd=3, key=NULL, next_key="\\x01\\x00\\x00\\x00"}, 32) = 0',
  ],
  [
    (kernel) => kernel.bpf(api.BPF_MAP_LOOKUP_BATCH, { map_fd: 3, in_batch: null, out_batch: u32s(0), keys: u32s(0, 0), values: u32s(0, 0), count: 2 }),
    'bpf(BPF_MAP_LOOKUP_BATCH, {in_batch=NULL, out_batch="\\x02\\x00\\x00\\x00", keys="\\x01\\x00\\x00\\x00", values="\\x04\\x03\\x02\\x01", count=2 => 1, map_fd=3}, 168) = -1 ENOENT (No such file or directory)',
  ],
  [
    (kernel) => kernel.bpf(api.BPF_OBJ_PIN, { pathname: "/sys/fs/bpf/a b", bpf_fd: 3 }),
    'bpf(BPF_OBJ_PIN, {pathname="/sys/fs/bpf/a b", bpf_fd=3}, 168) = 0',
  ],
  [
    (kernel) => kernel.bpf(api.BPF_OBJ_GET, { pathname: "/sys/fs/bpf/a b", file_flags: api.BPF_F_RDONLY }),
    'bpf(BPF_OBJ_GET, {pathname="/sys/fs/bpf/a b", file_flags=BPF_F_RDONLY}, 168) = 4',
  ],
  [(kernel) => kernel.bpf(api.BPF_MAP_GET_NEXT_ID, { start_id: 0 }), "bpf(BPF_MAP_GET_NEXT_ID, {start_id=0, next_id=0 => 1}, 168) = 0"],
  [(kernel) => kernel.bpf(api.BPF_MAP_FREEZE, { map_fd: -1 }), "bpf(BPF_MAP_FREEZE, {map_fd=-1}, 168) = -1 EBADF (Bad file descriptor)"],
  [(kernel) => kernel.bpf(77, {}), "bpf(0x4d /* BPF_??? */, {}, 168) = -1 EINVAL (Invalid argument)"],
  [(kernel) => kernel.bpf(api.BPF_MAP_FREEZE, 0xfffffff0, 4), "bpf(BPF_MAP_FREEZE, {}, 4) = -1 EFAULT (Bad address)"],
  [(kernel) => kernel.bpf(api.BPF_MAP_FREEZE, new Uint8Array(0), 0), "bpf(BPF_MAP_FREEZE, {map_fd=0}, 0) = -1 EINVAL (Invalid argument)"],
  [
    (kernel) => kernel.bpf(api.BPF_MAP_LOOKUP_AND_DELETE_ELEM, { map_fd: 3, key: u32s(1), value: u32s(0) }),
    'bpf(BPF_MAP_LOOKUP_AND_DELETE_ELEM, {map_fd=3, key="\\x01\\x00\\x00\\x00", value="\\x04\\x03\\x02\\x01", flags=BPF_ANY}, 32) = 0',
  ],
];

test("commands print as strace prints them", () => {
  const kernel = newKernel();
  for (const [call, line] of RAW) assert.equal(logged(kernel, () => call(kernel)), [line]);
});

test("the map classes' commands are logged too", () => {
  const kernel = newKernel();
  const map = kernel.createMap({ type: "hash", key: utf8(4), value: u64, maxEntries: 1 });
  const lines = logged(kernel, () => {
    map.set("ab", 1n);
    assert.throws(() => map.set("cd", 1n));
    map.get("ab");
    map.delete("ab");
    map.freeze();
  });
  assert.equal(lines, [
    'bpf(BPF_MAP_UPDATE_ELEM, {map_fd=3, key="\\x61\\x62\\x00\\x00", value="\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x00", flags=BPF_ANY}, 32) = 0',
    'bpf(BPF_MAP_UPDATE_ELEM, {map_fd=3, key="\\x63\\x64\\x00\\x00", value="\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x00", flags=BPF_ANY}, 32) = -1 E2BIG (Argument list too long)',
    'bpf(BPF_MAP_LOOKUP_ELEM, {map_fd=3, key="\\x61\\x62\\x00\\x00", value="\\x01\\x00\\x00\\x00\\x00\\x00\\x00\\x00", flags=BPF_ANY}, 32) = 0',
    'bpf(BPF_MAP_DELETE_ELEM, {map_fd=3, key="\\x61\\x62\\x00\\x00"}, 16) = 0',
    "bpf(BPF_MAP_FREEZE, {map_fd=3}, 168) = 0",
  ]);
});

test("what goes by an export of its own is logged as what it stands for", () => {
  const kernel = newKernel();
  const words = kernel.createMap({ type: "hash", key: u32, value: u32, maxEntries: 4 });
  words.set(1, 5);
  const element = 'map_fd=3, key="\\x01\\x00\\x00\\x00", value="\\x05\\x00\\x00\\x00", flags=BPF_ANY';
  assert.equal(logged(kernel, () => words.get(1)), [`bpf(BPF_MAP_LOOKUP_ELEM, {${element}}, 32) = 0`]);
  assert.equal(logged(kernel, () => words.has(1)), [`bpf(BPF_MAP_LOOKUP_ELEM, {${element}}, 32) = 0`]);
  assert.equal(logged(kernel, () => words.set(1, 5)), [`bpf(BPF_MAP_UPDATE_ELEM, {${element}}, 32) = 0`]);
  const [first, second, ...rest] = logged(kernel, () => words.getMany([1, 2]));
  assert.is(first, `bpf(BPF_MAP_LOOKUP_ELEM, {${element}}, 32) = 0`);
  assert.match(second, /^bpf\(BPF_MAP_LOOKUP_ELEM, \{map_fd=3, key="\\x02\\x00\\x00\\x00", value=0x\w+, flags=BPF_ANY\}, 32\) = -1 ENOENT/);
  assert.equal(rest, []);

  const trie = kernel.createMap({ type: "lpm_trie", key: ipv4Prefix, value: u32, maxEntries: 4, flags: api.BPF_F_NO_PREALLOC });
  trie.set("10.0.0.0/8", 5).set("10.1.0.0/16", 6);
  const lookup = /^bpf\(BPF_MAP_LOOKUP_ELEM, \{map_fd=4, key="\\x20\\x00\\x00\\x00\\x0a\\x02\\x03\\x04", value="\\x05\\x00\\x00\\x00", flags=BPF_ANY\}, 32\) = 0$/;
  for (const call of [() => trie.lookup("10.2.3.4"), () => trie.lookup(0x0a020304), () => trie.match("10.2.3.4"), () => trie.get("10.2.3.4/32"), () => trie.has("10.2.3.4")]) {
    const lines = logged(kernel, call);
    assert.is(lines.length, 1);
    assert.match(lines[0], lookup);
  }
  assert.is(logged(kernel, () => trie.lookupMany(["10.2.3.4", "11.0.0.0"])).length, 2);
  const walk = logged(kernel, () => [...trie.coveredBy("10.0.0.0/8")]);
  assert.ok(walk.some((line) => line.startsWith('bpf(BPF_MAP_GET_NEXT_KEY, {map_fd=4, key="')), walk.join("\n"));
  assert.is(trie.lookup("10.1.2.3"), 6);
});

test("answers are the same while calls are logged", () => {
  const kernel = newKernel();
  const map = kernel.createMap({ type: "hash", key: u32, value: u64, maxEntries: 4 });
  const readOnly = kernel.createMap({ type: "hash", key: u32, value: u32, maxEntries: 4, flags: api.BPF_F_WRONLY });
  map.set(1, 7n);
  const lines = logged(kernel, () => {
    assert.is(map.get(1), 7n);
    assert.equal([...map], [[1, 7n]]);
    assert.throws(() => readOnly.get(1), /BPF_F_WRONLY/);
    assert.is(kernel.bpf(api.BPF_MAP_LOOKUP_ELEM, { map_fd: readOnly.fd, key: new Uint8Array(4), value: new Uint8Array(4) }), -1);
  });
  assert.equal(lines.filter((line) => line.includes("EPERM")).length, 2, "each call once");
  const { userBytes } = kernel.stats();
  kernel.onCall(() => {})();
  logged(kernel, () => map.get(1));
  assert.is(kernel.stats().userBytes, userBytes, "the log gives its block back");
});

test("a call is data: names, fields, bytes, result", () => {
  const kernel = newKernel();
  const map = kernel.createMap({ type: "bloom_filter", value: u64, maxEntries: 4 });
  const calls: BpfCall[] = [];
  const stop = kernel.onCall((call) => calls.push(call));
  assert.is(kernel.bpf(api.BPF_MAP_LOOKUP_ELEM, { map_fd: map.fd, key: null, value: new BigUint64Array([5n]) }), -2);
  stop();
  assert.equal(calls, [
    {
      cmd: 1,
      command: "BPF_MAP_LOOKUP_ELEM",
      attr: { map_fd: 3, key: null, value: new Uint8Array([5, 0, 0, 0, 0, 0, 0, 0]), flags: 0 },
      out: {},
      size: 168,
      result: -2,
      error: "ENOENT",
    },
  ]);
});

test("long buffers are cut", () => {
  const kernel = newKernel();
  const map = kernel.createMap({ type: "array", value: utf8(100), maxEntries: 1 });
  const [line] = logged(kernel, () => map.set(0, "z".repeat(100)));
  assert.ok(line.includes(`value="${"\\x7a".repeat(32)}"..., flags`), line);
});

test("listeners come and go; the last one takes the log with it", () => {
  const kernel = newKernel();
  const core = coreOf(kernel);
  assert.ok(core.door.isDirect);
  const seen: string[] = [];
  const listener = (call: BpfCall): void => void seen.push(call.command);
  const stops = [kernel.onCall(listener), kernel.onCall(listener)];
  kernel.bpf(77, {});
  assert.is(seen.length, 2);
  stops[0]();
  stops[0]();
  kernel.bpf(77, {});
  assert.is(seen.length, 3);
  stops[1]();
  kernel.bpf(77, {});
  assert.is(seen.length, 3);
  assert.ok(core.door.isDirect, "the door is the core's own again");
  assert.throws(() => kernel.onCall(5 as never), TypeError);
});

test("what a listener does is not logged, and it may stop itself", () => {
  const kernel = newKernel();
  const map = kernel.createMap({ type: "hash", key: u32, value: u32, maxEntries: 4 });
  let calls = 0;
  const stop = kernel.onCall(() => {
    calls++;
    map.set(2, 2);
    stop();
  });
  map.set(1, 1);
  map.set(3, 3);
  assert.is(calls, 1);
  assert.equal([...map.keys()].sort(), [1, 2, 3]);
  assert.ok(coreOf(kernel).door.isDirect);
});

test("what a listener throws reaches the caller, after the command; the log goes on", () => {
  const kernel = newKernel();
  const map = kernel.createMap({ type: "hash", key: u32, value: u32, maxEntries: 4 });
  let calls = 0;
  const stop = kernel.onCall(() => {
    calls++;
    throw new Error("from the listener");
  });
  assert.throws(() => map.set(1, 1), /from the listener/);
  assert.throws(() => map.set(2, 2), /from the listener/);
  stop();
  assert.is(calls, 2);
  assert.is(map.get(2), 2);
});

test.run();
