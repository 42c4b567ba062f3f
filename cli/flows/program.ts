import { run } from "./run.ts";

/** The command `flows` on this process's arguments and streams. Resolves to the exit code; see `run`. */
export function main(argv: readonly string[], defaultFile?: string): Promise<number> {
  // `flows FILE | head` closes the pipe while the table is written: nobody is left to tell.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    process.exit(0);
  });
  return run(argv, process, defaultFile);
}
