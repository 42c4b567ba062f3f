// What export writes, import reads into a fresh map: the same bytes, for every type with keys, column and format.
import fc from "fast-check";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { BPF_MAP_UPDATE_ELEM, BPF_OBJ_GET, type Kernel } from "../../bindings/index.ts";
import { NUMBER_COLUMNS } from "../../cli/number_columns.ts";
import { GOLDEN_CPUS, goldenKernel, runTool } from "./tool.ts";

const test = suite("cli: round trips");
const RUNS = 60;

interface MapShape {
  type: string;
  flags: number;
  perCpu: boolean;
  isArray: boolean;
}

const TYPES: MapShape[] = [
  { type: "hash", flags: 0, perCpu: false, isArray: false },
  { type: "percpu_hash", flags: 0, perCpu: true, isArray: false },
  { type: "lru_hash", flags: 0, perCpu: false, isArray: false },
  { type: "lru_percpu_hash", flags: 0, perCpu: true, isArray: false },
  { type: "array", flags: 0, perCpu: false, isArray: true },
  { type: "percpu_array", flags: 0, perCpu: true, isArray: true },
  { type: "lpm_trie", flags: 1, perCpu: false, isArray: false },
];
const FORMATS = ["csv", "jsonl", "json"];
const NUMBERS = Object.entries(NUMBER_COLUMNS).map(([name, column]): [string, number] => [name, column!.size]);
const SIZED: [string, number][] = [["hex", 3], ["utf8", 9], ["ip", 4], ["ip", 16], ["hex", 70]];
const COLUMNS = [...NUMBERS, ...SIZED];

/** Bytes that columns have special rules for are more frequent. */
const byte = fc.oneof(
  fc.integer({ min: 0, max: 255 }),
  fc.constantFrom(0, 0x0a, 0x0d, 0x22, 0x23, 0x2c, 0x3b, 0x20, 0x7f, 0x80, 0xff, 0xf0),
);
const bytes = (size: number): fc.Arbitrary<number[]> =>
  fc.oneof(
    fc.array(byte, { minLength: size, maxLength: size }),
    fc.string({ unit: "grapheme", maxLength: size }).map((text) => [...Buffer.alloc(size, 0).fill(text || "\0", 0, Math.min(size, Buffer.byteLength(text)))]),
    fc.constantFrom("key", "value", "KEY", "hex:", "NaN").map((text) => [...Buffer.concat([Buffer.from(text), Buffer.alloc(size)]).subarray(0, size)]),
  );

interface Plan {
  shape: MapShape;
  key: [string, number];
  value: [string, number];
  elements: [key: number[], values: number[][]][];
  format: string;
}

const plans: fc.Arbitrary<Plan> = fc
  .record({
    shape: fc.constantFrom(...TYPES),
    key: fc.constantFrom(...COLUMNS),
    prefix: fc.constantFrom<[string, number]>(["cidr", 8], ["cidr", 20]),
    value: fc.constantFrom(...COLUMNS),
    format: fc.constantFrom(...FORMATS),
  })
  .chain(({ shape, key: anyKey, prefix, value, format }) => {
    const key: [string, number] = shape.isArray ? ["u32", 4] : shape.type === "lpm_trie" ? prefix : anyKey;
    const keyBytes = shape.isArray
      ? fc.integer({ min: 0, max: 7 }).map((index) => [index, 0, 0, 0])
      : shape.type === "lpm_trie"
        ? fc.tuple(fc.integer({ min: 0, max: 8 * (key[1] - 4) }), bytes(key[1] - 4)).map(([length, data]) => [length, 0, 0, 0, ...data])
        : bytes(key[1]);
    const values = fc.array(bytes(value[1]), { minLength: GOLDEN_CPUS, maxLength: GOLDEN_CPUS });
    return fc.record({
      shape: fc.constant(shape),
      key: fc.constant(key),
      value: fc.constant(value),
      elements: fc.array(fc.tuple(keyBytes, values), { maxLength: 12 }),
      format: fc.constant(format),
    });
  });

function run(kernel: Kernel, words: string[], ...rest: string[]): string {
  const { code, stdout, stderr } = runTool(kernel, [...words, ...rest]);
  assert.is(code, 0, `${words.join(" ")}: ${stderr}`);
  return stdout;
}

function createMap(kernel: Kernel, { shape, key, value }: Plan, name: string): void {
  run(kernel, `map create /sys/fs/bpf/${name} type ${shape.type} key ${key[1]} value ${value[1]} entries ${shape.isArray ? 8 : 64} flags ${shape.flags} name ${name}`.split(" "));
}

function fill(kernel: Kernel, { shape, value, elements }: Plan, name: string): void {
  const fd = kernel.bpf(BPF_OBJ_GET, { pathname: `/sys/fs/bpf/${name}` });
  const stride = Math.ceil(value[1] / 8) * 8;
  for (const [key, values] of elements) {
    const all = new Uint8Array(shape.perCpu ? GOLDEN_CPUS * stride : value[1]);
    if (shape.perCpu) values.forEach((one, cpu) => all.set(one, cpu * stride));
    else all.set(values[0]);
    assert.is(kernel.bpf(BPF_MAP_UPDATE_ELEM, { map_fd: fd, key: Uint8Array.from(key), value: all }), 0);
  }
  kernel.close(fd);
}

const dump = (kernel: Kernel, name: string): string[] =>
  (JSON.parse(run(kernel, ["-j", "map", "dump", "name", name])) as object[]).map((element) => JSON.stringify(element)).sort();

test("export, then import into a fresh map", () => {
  const folder = mkdtempSync(join(tmpdir(), "bpf-maps-round-trip-"));
  try {
    fc.assert(
      fc.property(plans, (plan) => {
        const kernel = goldenKernel();
        createMap(kernel, plan, "from");
        createMap(kernel, plan, "to");
        fill(kernel, plan, "from");
        const path = join(folder, `x.${plan.format}`);
        const options = ["--key", plan.key[0], "--value", plan.value[0]];
        run(kernel, ["map", "export", "name", "from", path], ...options);
        run(kernel, ["map", "import", "name", "to", path], ...options);
        assert.equal(dump(kernel, "to"), dump(kernel, "from"));
      }),
      { numRuns: RUNS },
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.run();
