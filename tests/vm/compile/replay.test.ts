// Results that were recorded on the live kernel, in every runtime.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { Prng } from "../../kernel/prng.ts";
import { vectors } from "./generated/vectors.ts";
import { randomPacket, randomProgram } from "./generator.ts";
import { digest } from "./vectors.ts";
import { XdpMachine } from "./xdp.ts";

const test = suite("compiled programs beside recorded results");

test("leave what the live kernel left", () => {
  const rows = vectors.trim().split("\n");
  const machine = new XdpMachine();
  const different: string[] = [];
  rows.forEach((row, index) => {
    const seed = index + 1;
    const program = machine.prepare(randomProgram(seed));
    const random = new Prng(seed, "packets");
    const ours = row.split(" ").map(() => digest(machine.run(program, randomPacket(random))).toString(36)).join(" ");
    if (ours !== row) different.push(`seed ${seed}`);
  });
  assert.equal(different, []);
  assert.ok(rows.length >= 1000);
});

test.run();
