// What one run of the command line works on.
import type { Kernel } from "../bindings/index.ts";
import type { JsonWriter } from "./json_writer.ts";
import type { Options } from "./options.ts";
import type { Style } from "./style.ts";
import type { Words } from "./words.ts";

/** The world outside: what a run prints and reads. Tests and the shell bring their own. */
export interface Host {
  /** Prints text, in a style where styles show. */
  out(text: string, style?: Style): void;
  err(text: string): void;
  /** The bytes of a file of the host as text; throws what node:fs throws. "-" is stdin. */
  readText(path: string): string;
  /** How wide the terminal is that out() goes to; undefined where it goes to none. */
  readonly columns?: number | undefined;
  /** Whether styles show. */
  readonly coloured?: boolean;
  /** Whether a person reads what goes to err(), and wants more than bpftool says. */
  readonly explains?: boolean;
  /** The bytes of a file of the host; throws what node:fs throws. "-" is stdin. */
  readAll?(path: string): Uint8Array;
  /** Gives up all that the run has changed: what it works on is not saved. Hosts without a state file have none. */
  discard?(): void;
  /** Set by a command that takes from stdin by itself. */
  tookInput?: boolean;
  /** The first bytes of a file of the host, one character each; throws what node:fs throws. */
  readBytes(path: string, count: number): string;
}

/** One run: a kernel, its options, and where output goes. */
export interface Session {
  kernel: Kernel;
  host: Host;
  options: Options;
  /** Set with -j and -p; commands print through it then, and as text otherwise. */
  json: JsonWriter | undefined;
  /** Runs one command of a batch or of the shell: options are this session's. Returns 0 or a negative code. */
  runWords(words: readonly string[]): number;
  /** Gives up all that this command has changed; false where it stays, as what a batch or the shell did before it. */
  discard(): boolean;
}

/** What a command of `map` is: words are what follows its own word, `typed` is that word as it was typed. */
export type Command = (session: Session, words: Words, typed: string) => void;
