// Records what the live kernel makes of random programs, for replay.test.ts:
//   tsx tests/vm/compile/record.node.ts
import { mkdirSync, writeFileSync } from "node:fs";
import { Prng } from "../../kernel/prng.ts";
import { randomPacket, randomProgram } from "./generator.ts";
import { LivePrograms } from "./live.node.ts";
import { PACKETS_PER_PROGRAM, digest } from "./vectors.ts";

const PROGRAMS = 2000;
const FOLDER = new URL("generated/", import.meta.url);

const live = new LivePrograms();
const rows: string[] = [];
for (let seed = 1; seed <= PROGRAMS; ++seed) {
  const fd = live.load(randomProgram(seed));
  if (fd < 0) throw new Error(`the kernel refuses the program of seed ${seed} with errno ${-fd}`);
  const random = new Prng(seed, "packets");
  const digests = Array.from({ length: PACKETS_PER_PROGRAM }, () => digest(live.run(fd, randomPacket(random))));
  rows.push(digests.map((value) => value.toString(36)).join(" "));
  live.close(fd);
}
live.dispose();
mkdirSync(FOLDER, { recursive: true });
writeFileSync(
  new URL("vectors.ts", FOLDER),
  `// Written by record.node.ts: a line for each seed from 1 on, with a digest of each packet's result.\nexport const vectors = \`\n${rows.join("\n")}\n\`;\n`,
);
