// Records what the live kernel says of the table and of mutants, for runtimes without it: npx tsx tests/vm/walk/record.node.ts
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { assembleBytes } from "../../../vm/insn/text.ts";
import { LiveBpf } from "../live/bpf.node.ts";
import { CASES } from "./cases.ts";
import { judgementOf } from "./judge.ts";
import { callsFunctions, mutate, seededRandom } from "./mutate.ts";
import { walkWorld } from "./world.node.ts";

const MUTANTS = 2000;
const live = new LiveBpf();
const { fds } = walkWorld(live);
const random = seededRandom(1);
const rows: unknown[] = [];

function record(index: number, insns: Uint8Array): void {
  const [, type, , options] = CASES[index];
  const { errno, log } = live.progJudge({ type, insns, ...options });
  const { line, insns: count } = judgementOf(errno, log);
  rows.push([index, Buffer.from(insns).toString("hex"), errno, line, count]);
}

const bytesOf = (text: string): Uint8Array => assembleBytes(text.replace(/\{(\w+)\}/g, (_, name: keyof typeof fds) => String(fds[name])));
CASES.forEach(([name, , text], index) => {
  if (!/infinite via|loop unknown/.test(name) && !text.includes("map_fd 0")) record(index, bytesOf(text));
});
for (let made = 0; made < MUTANTS; ) {
  const index = random(CASES.length);
  const [name, , text] = CASES[index];
  if (/infinite|loop|self/.test(name) || /l: r[06]|map_/.test(text)) continue;
  const insns = bytesOf(text);
  mutate(insns, random);
  if (callsFunctions(insns) || insns.some((code, at) => at % 8 === 0 && code === 0x18)) continue;
  record(index, insns);
  made++;
}
const header = "// Written by record.node.ts: what Linux 6.18 says. Index of the case, instructions, errno, last line, instructions judged.\n";
const body = `${header}export const FDS = ${JSON.stringify(fds)};\nexport const RECORDED: readonly (readonly [number, string, number, string, number])[] = [\n${rows.map((row) => JSON.stringify(row)).join(",\n")},\n];\n`;
writeFileSync(fileURLToPath(new URL("generated/recorded.ts", import.meta.url)), body);
live.dispose();
