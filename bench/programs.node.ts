// Compiled programs against native code: ratios of rounds that take turns in one process.
//   tsx bench/programs.node.ts
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import koffi from "koffi";
import type { MapFacts } from "../vm/image.ts";
import { compileProgram } from "../vm/compile/program.ts";
import { helperById } from "../vm/helpers/table.ts";
import { assemble } from "../vm/insn/text.ts";
import { Machine, codeOf } from "../tests/vm/compile/machine.ts";

const ROUNDS = 31;
const NATIVE = { xorshift: 0, loads: 1, loads_checked: 2, count: 3 };

function nativeLibrary() {
  const folder = mkdtempSync(join(tmpdir(), "programs-"));
  const source = join(dirname(fileURLToPath(import.meta.url)), "host", "programs_native.c");
  const library = join(folder, "programs.so");
  execFileSync("cc", ["-O2", "-fno-tree-vectorize", "-shared", "-fPIC", "-o", library, source]);
  const loaded = koffi.load(library);
  rmSync(folder, { recursive: true });
  return loaded.func("uint64_t repeat(int which, uint64_t a, uint64_t b, uint64_t c, uint64_t times)");
}

type Side = () => void;

/** Nanoseconds of one turn of each side, the smallest of all rounds; and the median of the ratios of first to second. */
function measure(name: string, sides: readonly [string, Side][], turns: number): void {
  for (let index = 0; index < 3; ++index) for (const [, side] of sides) for (let turn = 0; turn < turns; ++turn) side();
  const times = sides.map((): number[] => []);
  for (let round = 0; round < ROUNDS; ++round) {
    sides.forEach(([, side], index) => {
      const start = process.hrtime.bigint();
      for (let turn = 0; turn < turns; ++turn) side();
      times[index].push(Number(process.hrtime.bigint() - start) / turns);
    });
  }
  const ratios = times[0].map((time, round) => time / times[1][round]).sort((a, b) => a - b);
  const best = times.map((list) => Math.min(...list));
  const text = sides.map(([label], index) => `${label} ${best[index].toFixed(1)} ns`).join(", ");
  console.log(`${name}: ${text}; ratio of the best ${(best[0] / best[1]).toFixed(2)}, median of rounds ${ratios[ROUNDS >> 1].toFixed(2)}`);
}

const repeat = nativeLibrary();
const machine = new Machine();
const ctx = machine.data(64);
const packet = machine.data(4096);
const values = machine.data(4096);
for (let at = 0; at < 1500; ++at) machine.bytes[packet + at] = at * 7;
machine.bytes.set([8, 0], packet + 12);
machine.bytes[packet + 23] = 6;
machine.view.setUint32(ctx, packet, true);
machine.view.setUint32(ctx + 4, packet + 1500, true);

const nativePacket = new Uint8Array(1500).map((_, at) => machine.bytes[packet + at]);
const nativeCounters = new BigUint64Array(256);
const address = koffi.address(nativePacket);
const counters = koffi.address(nativeCounters);

const array: MapFacts = {
  address: 0x50000, id: 1, type: 2, name: "counts", keySize: 4, valueSize: 8, maxEntries: 256, flags: 0, frozen: false,
  values, valueStride: 8, keyTypeId: 0, valueTypeId: 0,
};

const program = (text: string, maps: readonly MapFacts[] = []) => machine.engine.prepare(codeOf(assemble(text), maps));
const HEAD = "r2 = *(u32 *)(r1 + 0); r3 = *(u32 *)(r1 + 4);";
const TIMES = 40;
const repeated = (body: string): string => `r9 = ${TIMES}; r8 = r1; again: r1 = r8; ${body} r9 += -1; if r9 != 0 goto again; exit`;

const xorshift = program("r2 = *(u64 *)(r1 + 8); r3 = 1000; r1 = r2; l: r4 = r1; r4 <<= 13; r1 ^= r4; r4 = r1; r4 >>= 7; r1 ^= r4; r4 = r1; r4 <<= 17; r1 ^= r4; r3 += -1; if r3 != 0 goto l; r0 = r1; exit");
machine.view.setBigUint64(ctx + 8, 88172645463325252n, true);
measure("xorshift, 1,000 rounds", [
  ["program", () => void xorshift.run32(ctx)],
  ["native", () => void repeat(NATIVE.xorshift, 88172645463325252n, 1000n, 0n, 1n)],
], 1000);

const LOAD_LOOP = "r0 = 0; r4 = 700; l: r5 = r2; r5 += 2; if r5 > r3 goto e; r6 = *(u16 *)(r2 + 0); r0 += r6; r2 = r5; r4 += -1; if r4 != 0 goto l; e:";
const loadLoop = program(`${HEAD} ${LOAD_LOOP} exit`);
const loadLine = program(`${HEAD} r0 = 0; ${Array.from({ length: 700 }, (_, index) => `r5 = r2; r5 += ${2 * index + 2}; if r5 > r3 goto e; r6 = *(u16 *)(r2 + ${2 * index}); r0 += r6;`).join(" ")} e: exit`);
const nativeLoads = (which: number) => () => void repeat(which, address, address + 1500n, 700n, 1n);
measure("700 checked loads in a loop", [["program", () => void loadLoop.run32(ctx)], ["native", nativeLoads(NATIVE.loads)]], 1000);
measure("700 checked loads in a loop, native with each check", [["program", () => void loadLoop.run32(ctx)], ["native", nativeLoads(NATIVE.loads_checked)]], 1000);
measure("700 checked loads one behind the other", [["program", () => void loadLine.run32(ctx)], ["native", nativeLoads(NATIVE.loads_checked)]], 1000);

const COUNT = `${HEAD} r4 = r2; r4 += 34; if r4 > r3 goto next; r5 = *(u16 *)(r2 + 12); if r5 != 8 goto next; r5 = *(u8 *)(r2 + 23); *(u32 *)(r10 - 4) = r5; r2 = r10; r2 += -4; r1 = map_fd 0; call 1; if r0 == 0 goto next; r1 = 1; lock *(u64 *)(r0 + 0) += r1; next:`;
const count = program(repeated(COUNT), [array]);
measure(`count, ${TIMES} packets`, [
  ["program", () => void count.run32(ctx)],
  ["native", () => void repeat(NATIVE.count, address, address + 1500n, counters, BigInt(TIMES))],
], 5000);

const empty = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 127, 3, 2, 1, 0, 7, 5, 1, 1, 102, 0, 0, 10, 6, 1, 4, 0, 65, 0, 11,
]))).exports.f as () => number;
const two = program("r0 = 2; exit");
measure("run32() of a two-instruction program", [["program", () => void two.run32(ctx)], ["an empty exported function", () => void empty()]], 200_000);
measure("run() of a two-instruction program", [["program", () => void two.run(ctx)], ["an empty exported function", () => void empty()]], 200_000);

/** About `size` instructions of every kind, in blocks of 25. */
function sized(size: number): string {
  const part = (index: number): string => `r2 = *(u32 *)(r6 + ${index % 200}); r2 += ${index}; if r2 > r7 goto l${index}; r0 ^= r2; r0 <<= 3; r4 = r0; r4 *= 17; *(u64 *)(r10 - ${8 + 8 * (index % 60)}) = r4;
    r5 = *(u64 *)(r10 - ${8 + 8 * (index % 60)}); w5 += 7; r3 = r5; r3 >>= 5; r5 |= r3; l${index}: r0 += ${index}; r3 = r0; r3 /= 3; r7 += r3; if w7 == 5 goto m${index}; r8 = r7; r8 = be32 r8; r8 s>>= 2; r7 ^= r8; r7 &= 0xffff; r2 = r7; r0 -= r2; m${index}: r0 += 1;`;
  const parts = Array.from({ length: Math.floor(size / 25) }, (_, index) => part(index));
  return `r6 = r1; r0 = 0; r7 = 1; r3 = 0; r4 = 0; r5 = 0; r8 = 0; ${parts.join(" ")} exit`;
}

for (const size of [50, 50_000]) {
  const text = sized(size);
  const insns = assemble(text);
  const samples: { compile: number; module: number; first: number }[] = [];
  for (let index = 0; index < 7; ++index) {
    const code = codeOf(insns);
    const fresh = new Machine();
    const context = fresh.data(4096);
    const start = performance.now();
    compileProgram(code, { helpers: { helper: helperById }, chunkKinds: 65536 });
    const compiled = performance.now();
    const ready = fresh.engine.prepare(code);
    const prepared = performance.now();
    ready.run32(context);
    samples.push({ compile: compiled - start, module: prepared - compiled, first: performance.now() - prepared });
  }
  const median = (key: "compile" | "module" | "first"): string => samples.map((sample) => sample[key]).sort((a, b) => a - b)[3].toFixed(2);
  console.log(`${insns.length} instructions: bytes alone ${median("compile")} ms (first time ${samples[0].compile.toFixed(2)}), prepare() ${median("module")} ms, first run ${median("first")} ms`);
}
