// Random programs in the compiler and in the plain interpreter of this folder.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Prng } from "../../kernel/prng.ts";
import { randomPacket, randomProgram } from "./generator.ts";
import { runReference } from "./reference.ts";
import type { ReferenceMemory } from "./reference.ts";
import { XdpMachine } from "./xdp.ts";
import type { XdpResult } from "./xdp.ts";

const PROGRAMS = 400;
const [CTX, PACKET, STACK, STACK_SIZE] = [0x1000, 0x2000, 0x4000, 8192];

/** A run of an XDP program on a memory that has nothing but the context, the packet and the stack. */
function runXdp(insns: ReturnType<typeof randomProgram>, packet: Uint8Array): XdpResult {
  const view = new DataView(new ArrayBuffer(STACK + STACK_SIZE));
  const memory: ReferenceMemory = {
    load(address, bytes) {
      let value = 0n;
      for (let index = bytes - 1; index >= 0; --index) value = (value << 8n) | BigInt(view.getUint8(Number(address) + index));
      return value;
    },
    store(address, bytes, value) {
      for (let index = 0; index < bytes; ++index) view.setUint8(Number(address) + index, Number((value >> BigInt(8 * index)) & 255n));
    },
  };
  new Uint8Array(view.buffer).set(packet, PACKET);
  view.setUint32(CTX, PACKET, true);
  view.setUint32(CTX + 4, PACKET + packet.length, true);
  const r0 = runReference(insns, memory, BigInt(CTX), BigInt(STACK + STACK_SIZE));
  return { retval: Number(BigInt.asUintN(32, r0)), packet: new Uint8Array(view.buffer).slice(PACKET, PACKET + packet.length) };
}

/** What the two make of the program of a seed, where it differs. */
function differences(seed: number, machine: XdpMachine): string[] {
  const insns = randomProgram(seed);
  const program = machine.prepare(insns);
  const random = new Prng(seed, "packets");
  return [0, 1, 2].flatMap((index) => {
    const packet = randomPacket(random);
    const ours = machine.run(program, packet);
    const theirs = runXdp(insns, packet);
    const same = ours.retval === theirs.retval && ours.packet.every((byte, at) => byte === theirs.packet[at]);
    return same ? [] : [`seed ${seed}, packet ${index}`];
  });
}

const test = suite("compiled programs beside an interpreter");

test("random programs leave the same registers, stack and packet", () => {
  const first = 1 + Math.floor(Math.random() * 1e9);
  const machine = new XdpMachine();
  const different: string[] = [];
  for (let seed = first; seed < first + PROGRAMS; ++seed) different.push(...differences(seed, machine));
  assert.equal(different, []);
});

test("a program whose packet the live kernel was once seen to leave otherwise", () => {
  const machine = new XdpMachine();
  assert.equal(differences(3041006, machine), []);
});

test.run();
