// Both engines give the same for random programs: result, registers, stack and memory.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Cmd } from "../../kernel/abi.ts";
import { hex } from "../../kernel/hex.ts";
import { Prng } from "../../kernel/prng.ts";
import { Engine } from "../../../vm/engine/engine.ts";
import { helperById } from "../../../vm/helpers/table.ts";
import type { Code } from "../../../vm/image.ts";
import { Machine } from "./machine.ts";
import { IN_SIZE, MEMORY_SIZE, OUT_SIZE, randomInput, randomProgram } from "./random_program.ts";

const PROGRAMS = 400;
const KEY = new Uint8Array(4);

const machine = new Machine();
const array = (valueSize: number): number => machine.createMap({ type: 2, keySize: 4, valueSize, maxEntries: 1 });
const fds = { input: array(IN_SIZE), memory: array(MEMORY_SIZE), out: array(OUT_SIZE) };
const { core } = machine;
const engine = new Engine({
  memory: core.memory, core: core as unknown as Readonly<Record<string, unknown>>, functions: {}, helpers: { helper: helperById },
});

const read = (fd: number, size: number): string => hex(machine.elem(Cmd.MAP_LOOKUP_ELEM, fd, KEY, new Uint8Array(size)).value);

function outcome(input: Uint8Array, memory: Uint8Array, run: () => bigint): string {
  machine.elem(Cmd.MAP_UPDATE_ELEM, fds.input, KEY, input);
  machine.elem(Cmd.MAP_UPDATE_ELEM, fds.memory, KEY, memory);
  return `${run()} ${read(fds.out, OUT_SIZE)} ${read(fds.memory, MEMORY_SIZE)}`;
}

function interpreted(code: Code): bigint {
  const program = machine.interpreter.prepare(code);
  try {
    return program.run(0);
  } finally {
    program.dispose();
  }
}

const test = suite("both engines");

test(`${PROGRAMS} random programs`, () => {
  for (let seed = 1; seed <= PROGRAMS; ++seed) {
    const random = new Prng(seed, "program");
    const input = randomInput(random);
    const memory = random.bytes(MEMORY_SIZE);
    const code = machine.codeOf(randomProgram(new Prng(seed, "insns"), fds));
    assert.is(outcome(input, memory, () => engine.prepare(code).run(0)), outcome(input, memory, () => interpreted(code)), `seed ${seed}`);
  }
});

test.run();
