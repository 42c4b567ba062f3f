// Whatever the instructions are, a run ends: with a result or a fault. It changes nothing outside of data memory that is not
// the interpreter's own or a helper's to change.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Prng } from "../../kernel/prng.ts";
import { ProgramFault } from "../../../vm/engine/fault.ts";
import type { Insn } from "../../../vm/insn/insn.ts";
import { garbageProgram, programText } from "./garbage.ts";
import { Machine } from "./machine.ts";

const PLAIN = 200;
const WITH_HELPERS = 1500;
const FUEL = 2000;
const CHUNK = 65536;
/** Words of 4 bytes in a chunk. */
const WORDS = CHUNK / 4;
const KIND_DATA = 3;
/** Bytes of a run of the interpreter: registers, and the frames of callers. */
const RUN_SIZE = 4096;

function machineWithMaps(): { machine: Machine; seeds: bigint[] } {
  const machine = new Machine({ cpus: 2, fuel: FUEL });
  const shapes = [
    { type: 1, maxEntries: 16 }, { type: 2, maxEntries: 4 }, { type: 5, maxEntries: 8 }, { type: 6, maxEntries: 4 }, { type: 9, maxEntries: 16 },
    { type: 10, maxEntries: 16 }, { type: 11, keySize: 8, maxEntries: 8, flags: 1 }, { type: 22, keySize: 0, maxEntries: 4 }, { type: 23, keySize: 0, maxEntries: 4 },
    { type: 27, keySize: 0, valueSize: 0, maxEntries: 4096 }, { type: 30, keySize: 0, maxEntries: 16 }, { type: 31, keySize: 0, valueSize: 0, maxEntries: 4096 },
    { type: 3, valueSize: 4, maxEntries: 4 }, { type: 14, valueSize: 4, maxEntries: 4 }, { type: 1, maxEntries: 16, flags: 1 }, { type: 2, maxEntries: 2, flags: 0x80 },
  ];
  const fds = shapes.map((shape) => machine.createMap(shape));
  fds.push(machine.createMap({ type: 12, valueSize: 4, maxEntries: 2, innerFd: fds[1] }), machine.createMap({ type: 13, valueSize: 4, maxEntries: 2, innerFd: fds[0] }));
  machine.elem(2, fds[16], new Uint8Array(4), Uint8Array.of(fds[1], 0, 0, 0));
  machine.elem(2, fds[17], new Uint8Array(4), Uint8Array.of(fds[0], 0, 0, 0));
  const maps = fds.map((fd) => BigInt(machine.core.map_address(fd) >>> 0));
  const data = BigInt(machine.core.data_alloc(4096));
  const user = BigInt(machine.core.alloc(64));
  const edges = [0n, 1n, 8n, 4096n, 65536n, 0xffffn, 0xffffffffn, 0x100000000n, 0x100000001n, (1n << 64n) - 1n, (1n << 63n), 0xfffffffcn];
  return { machine, seeds: [...maps, ...maps, data, data, data + 4000n, user, machine.valueAddress(fds[1]), ...edges] };
}

/** Runs a program, whose only ways out are a result and a fault. */
function runToEnd(machine: Machine, insns: Insn[]): void {
  try {
    machine.run(insns, 0);
  } catch (error) {
    if (!(error instanceof ProgramFault)) throw new Error(`${String(error)} in ${programText(insns)}`);
  }
}

const test = suite("programs that no verifier saw");

test("without helpers nothing but data memory and the run itself changes", () => {
  const { machine, seeds } = machineWithMaps();
  const random = new Prng(7, "plain");
  machine.run("r0 = 0; exit");
  let results = 0;
  for (let count = 0; count < PLAIN; ++count) {
    const insns = garbageProgram(random, seeds, false);
    const program = machine.prepare(insns);
    const state = machine.interpreter.start(program, 0, [0n]);
    const before = new Int32Array(machine.core.memory.buffer.slice(0));
    try {
      machine.interpreter.advance(state);
      ++results;
    } catch (error) {
      assert.instance(error, ProgramFault, programText(insns));
    }
    const after = new Int32Array(machine.core.memory.buffer);
    assert.is(after.length, before.length);
    for (let chunk = 1; chunk < after.length / WORDS; ++chunk) {
      if (machine.bytes[CHUNK + chunk] === KIND_DATA) continue;
      for (let word = chunk * WORDS; word < (chunk + 1) * WORDS; ++word) {
        if (after[word] === before[word] || (4 * word >= state.address && 4 * word < state.address + RUN_SIZE)) continue;
        assert.unreachable(`address ${4 * word} changes: ${programText(insns)}`);
      }
    }
    machine.interpreter.end(state);
    program.dispose();
  }
  assert.ok(results > PLAIN / 20, `${results} results`);
});

test("with helpers every run ends, and the maps are whole", () => {
  const { machine, seeds } = machineWithMaps();
  const random = new Prng(11, "helpers");
  for (let count = 0; count < WITH_HELPERS; ++count) runToEnd(machine, garbageProgram(random, seeds, true));
  const fd = machine.createMap({ type: 1, maxEntries: 4 });
  assert.is(machine.run(`r1 = map_fd ${fd}; *(u32 *)(r10 - 4) = 5; *(u64 *)(r10 - 16) = 77; r2 = r10; r2 += -4; r3 = r10; r3 += -16; r4 = 0; call 2; r1 = map_fd ${fd}; r2 = r10; r2 += -4; call 1; if r0 == 0 goto out; r0 = *(u64 *)(r0 + 0); out: exit`), 77n);
});

test.run();
