// A case in a process of its own: no other case has shaped what the optimizer knows, or left garbage behind. Its sides
// take turns in that one process. The process may be another version of Node, and may measure another checkout's engine.
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Scale } from "../harness/case.ts";
import type { OpenCase, Opened } from "../harness/run_cases.ts";
import { otherEngine } from "./engine.ts";

/** The case to prepare. */
export interface Order {
  subject: string;
  name: string;
  scale: Scale;
  /** The sides to measure; all of them when it is missing. */
  sides?: string[];
}

/** What the parent sends: the order, then a request for each round, then the end. */
export type Request = { order: Order } | "round" | "end";
/** What comes back for the order and for each round. */
export type Answer = { opened: Opened } | { values: number[] } | { error: string };

/** How the process is started. */
export interface ProcessOptions {
  /** The program, when it is not this process' own. */
  node?: string;
  /** The folder of another checkout that has been built. */
  engine?: string;
}

const CHILD = fileURLToPath(new URL("case_child.ts", import.meta.url));

/** Prepares a case in a new process. */
export async function openInProcess(order: Order, { node, engine }: ProcessOptions = {}): Promise<OpenCase> {
  const other = engine === undefined ? { env: {}, execArgv: [] } : otherEngine(engine);
  const child = fork(CHILD, [], {
    execPath: node ?? process.execPath,
    execArgv: ["--import", "tsx", ...other.execArgv],
    env: { ...process.env, ...other.env },
    stdio: "inherit",
  });
  let answered: { resolve(answer: Answer): void; reject(error: Error): void } | undefined;
  child.on("message", (answer: Answer) => {
    if ("error" in answer) answered?.reject(new Error(answer.error));
    else answered?.resolve(answer);
  });
  const closed = new Promise<void>((resolve) =>
    child.on("close", (code, signal) => {
      answered?.reject(new Error(`${order.subject}: ${order.name} ended without an answer (${signal ?? `exit code ${code}`})`));
      resolve();
    }),
  );
  const ask = (request: Request): Promise<Answer> =>
    new Promise((resolve, reject) => {
      answered = { resolve, reject };
      child.send(request, (error) => error && reject(error));
    });
  const { opened } = (await ask({ order })) as { opened: Opened };
  return {
    ...opened,
    round: async () => ((await ask("round")) as { values: number[] }).values,
    close: async () => {
      answered = undefined;
      if (child.connected) child.send("end" satisfies Request, () => {});
      await closed;
    },
  };
}
