import { addAbortSignal } from "node:stream";
import type { FlowsIo } from "./io.ts";
import { run } from "./run.ts";

const EXIT_FAILURE = 1;

/** The command `flows` on this process's arguments and streams. Resolves to the exit code; see `run`. */
export async function main(argv: readonly string[], defaultFile?: string): Promise<number> {
  const { stdout, stderr } = process;
  stdout.on("error", ({ code }: NodeJS.ErrnoException) => {
    // `flows FILE | head` closes the pipe while the table is written: nobody is left to tell.
    if (code === "EPIPE") process.exit(0);
    stderr.write(`flows: the report cannot be written: ${code}\n`);
    process.exit(EXIT_FAILURE);
  });
  const controller = new AbortController();
  const interrupt = controller.signal;
  // Only the first: a user who is in a hurry interrupts twice.
  const onInterrupt = (): void => controller.abort();
  process.once("SIGINT", onInterrupt);
  const io: FlowsIo = {
    stdout,
    stderr,
    get stdin() {
      return addAbortSignal(interrupt, process.stdin);
    },
    interrupt,
  };
  try {
    return await run(argv, io, defaultFile);
  } finally {
    process.off("SIGINT", onInterrupt);
  }
}
