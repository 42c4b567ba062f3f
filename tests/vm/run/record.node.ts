// Records what the live kernel answers to every case: npx tsx tests/vm/run/record.node.ts
import { mkdirSync, writeFileSync } from "node:fs";
import { programsRefusal } from "../../kernel/programs.node.ts";
import { LiveBpf } from "../live/bpf.node.ts";
import type { RunResult } from "./case.ts";
import { runCases } from "./cases.ts";
import { liveRun } from "./live_run.node.ts";

const refusal = programsRefusal();
if (refusal !== undefined) throw new Error(`Cannot record: ${refusal}`);
const live = new LiveBpf();
const short = (text: string): string => text.replace(/(00)+$/, "");
const answers = runCases.map((run): RunResult => {
  const { data, ctx, ...rest } = liveRun(live, run);
  return { ...rest, data: short(data), ctx: short(ctx) };
});
live.dispose();
const folder = new URL("generated/", import.meta.url);
mkdirSync(folder, { recursive: true });
writeFileSync(new URL("answers.json", folder), `[\n${answers.map((answer) => JSON.stringify(answer)).join(",\n")}\n]\n`);
