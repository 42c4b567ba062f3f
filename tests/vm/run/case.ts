/** One TEST_RUN: a program in the text of the assembler, what the caller gives, and how much room it has for results. */
export interface RunCase {
  readonly type: number;
  readonly text: string;
  readonly expectedAttachType?: number;
  readonly progFlags?: number;
  readonly data?: Uint8Array;
  readonly dataRoom?: number;
  readonly ctx?: Uint8Array;
  readonly ctxRoom?: number;
  readonly repeat?: number;
  readonly flags?: number;
  readonly cpu?: number;
  readonly batchSize?: number;
}

/** What a TEST_RUN answered, all that must be equal here and there. */
export interface RunResult {
  readonly errno: number;
  readonly retval: number;
  readonly dataSizeOut: number;
  readonly ctxSizeOut: number;
  /** What the caller's buffers hold, in hex. */
  readonly data: string;
  readonly ctx: string;
}

export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

/** A case as the name of a test. */
export const nameOf = ({ text, data, ctx, ...rest }: RunCase): string =>
  `${JSON.stringify(rest)} ${text.slice(0, 120)} data ${data?.length ?? "-"} ctx ${ctx ? hex(ctx).slice(0, 60) : "-"}`;
