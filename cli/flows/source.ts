// Where a capture comes from: a file or standard input, until its end or until the user interrupts.
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { ProgressBar } from "../progress.ts";
import { CaptureError } from "./capture_error.ts";
import type { CaptureReader } from "./capture_reader.ts";
import type { FlowsIo } from "./io.ts";

const CHUNK_SIZE = 1024 * 1024;

/** Hands the capture to the reader, with a progress bar where somebody watches. Rejects for what problemOf() names. */
export async function readCapture(reader: CaptureReader, file: string, io: FlowsIo): Promise<void> {
  if (file === "-") return reader.read(io.stdin);
  const stats = await stat(file);
  if (stats.isDirectory()) throw new CaptureError("is a directory");
  // The end of a pipe cannot be foreseen, and whoever sends the report elsewhere is not watching.
  const bar = stats.isFile() && io.stdout.isTTY && io.stderr.isTTY ? new ProgressBar(io.stderr, stats.size) : undefined;
  const stream = createReadStream(file, { highWaterMark: CHUNK_SIZE, signal: io.interrupt });
  try {
    await reader.read(stream, (bytesRead) => bar?.update(bytesRead));
  } finally {
    bar?.clear();
  }
}

/** Whether reading ended because io.interrupt said so. */
export const isInterruption = (error: unknown): boolean => (error as Error).name === "AbortError";

/** What is wrong with the capture, to stand behind its name. An error that is not about the capture is thrown on. */
export function problemOf(error: unknown): string {
  if (error instanceof CaptureError) return error.message;
  if (isInterruption(error)) return "was not read to its end: interrupted";
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (syscall !== "stat" && syscall !== "open" && syscall !== "read") throw error;
  if (code === "ENOENT") return "does not exist";
  if (code === "EACCES" || code === "EPERM") return "cannot be read: permission denied";
  return `cannot be read: ${code}`;
}
