/** What the command writes to: process.stdout and process.stderr, or a test's own. */
export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export interface FlowsIo {
  stdout: Output;
  stderr: Output;
  /** Read when the capture is "-". */
  stdin: AsyncIterable<Uint8Array>;
  /** Ends the reading early; what has been read by then is reported. */
  interrupt?: AbortSignal;
}
