// A case in a process of its own: no other case has shaped what the optimizer knows, or left garbage behind. Its sides
// still take turns in that one process.
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Case, Scale } from "../harness/case.ts";
import { type CaseResult, type Progress, runCase } from "../harness/run_cases.ts";
import { subjects } from "../subjects.ts";
import { nodeBench } from "./node_host.ts";

/** What the parent sends, and what comes back: progress, then the result without its functions. */
interface Order {
  subject: string;
  name: string;
  scale: Scale;
}
type Message = { name: string; round: number } | { result: Omit<CaseResult, "case"> };

/** Runs one case in a new process. */
export function runIsolated(subject: string, one: Case, scale: Scale, progress: Progress): Promise<CaseResult> {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(import.meta.url), [], { execArgv: ["--import", "tsx"], stdio: "inherit" });
    let result: CaseResult | undefined;
    child.on("message", (message: Message) => {
      if ("result" in message) result = { ...message.result, case: one };
      else progress(message.name, message.round);
    });
    child.on("error", reject);
    child.on("close", (code) => {
      if (result !== undefined) resolve(result);
      else reject(new Error(`${subject}: ${one.name} ended without a result (exit code ${code})`));
    });
    child.send({ subject, name: one.name, scale } satisfies Order);
  });
}

async function obey({ subject, name, scale }: Order): Promise<void> {
  const one = subjects.find((candidate) => candidate.name === subject)!.cases.find((candidate) => candidate.name === name)!;
  const send = (message: Message): unknown => process.send!(message);
  const { case: _, ...result } = await runCase(subject, one, nodeBench(scale), (name, round) => send({ name, round }));
  process.send!({ result } satisfies Message, () => process.exit(0));
}

// The parent imports this file, too; only the child was started with it.
if (process.send !== undefined && process.argv[1] === fileURLToPath(import.meta.url)) process.on("message", obey);
