// Records the committed traces from the live kernel: tsx tests/kernel/record.node.ts [name...]
// A trace is only written when two runs on the kernel gave the same answers.

import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { release } from "node:os";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { LiveTarget, liveKernelRefusal } from "./live.node.ts";
import { mismatchText } from "./print.ts";
import { replay } from "./replay.ts";
import { Runner } from "./runner.ts";
import type { Script } from "./ops.ts";
import { scriptsOf, traceOpCount, typeNames } from "./suite.ts";
import { newHeader, traceText } from "./trace.ts";
import type { TracedScript } from "./trace.ts";

const FOLDER = fileURLToPath(new URL("./traces/generated", import.meta.url));
const SEED = 20261123;

function record(script: Script, live: LiveTarget): TracedScript {
  const runner = new Runner(live);
  const steps = script.ops.map((op) => ({ op, answer: runner.run(op) }));
  runner.finish();
  const traced = { name: script.name, seed: script.seed, steps };
  live.settle();
  const { mismatch } = replay(traced, live, "recorded");
  if (mismatch !== undefined) throw new Error(`the kernel does not answer the same twice\n${mismatchText(mismatch)}`);
  return traced;
}

function write(name: string, scripts: TracedScript[], cpus: number): void {
  const text = traceText({ header: newHeader(name, release(), cpus), scripts });
  const base64 = gzipSync(text, { level: 9 }).toString("base64");
  const comment = `// Answers of Linux ${release()}, written by tests/kernel/record.node.ts; the format is in tests/kernel/trace.ts.\n`;
  writeFileSync(`${FOLDER}/${name}.ts`, `${comment}export default\n  "${base64}";\n`);
  const ops = scripts.reduce((sum, { steps }) => sum + steps.length, 0);
  console.log(`${name.padEnd(24)} ${String(ops).padStart(6)} operations, ${Math.ceil(base64.length / 1024)} KiB`);
}

/** A module that lists all traces there are, so that a bundler finds them. */
function writeIndex(): void {
  const names = readdirSync(FOLDER).filter((file) => file !== "index.ts").map((file) => file.slice(0, -3)).sort();
  const imports = names.map((name) => `import ${name} from "./${name}.ts";`);
  const list = names.map((name) => `  ${name},`);
  const text = ["// Written by tests/kernel/record.node.ts.", ...imports, "", "export const traces = {", ...list, "};", ""];
  writeFileSync(`${FOLDER}/index.ts`, text.join("\n"));
}

const refusal = liveKernelRefusal();
if (refusal !== undefined) {
  console.error(`Cannot record traces: ${refusal}`);
  process.exitCode = 1;
} else {
  const live = new LiveTarget();
  mkdirSync(FOLDER, { recursive: true });
  const wanted = process.argv.length > 2 ? process.argv.slice(2) : typeNames;
  for (const name of wanted) {
    const scripts = [...scriptsOf(name, SEED, traceOpCount(name), live.cpus)].map((script) => record(script, live));
    write(name, scripts, live.cpus);
  }
  writeIndex();
  live.dispose();
}
