// One run of the command line: options, then the words, each found by its beginning in the table.
import { Errno } from "../assembly/uapi/constants.ts";
import type { Kernel } from "../bindings/index.ts";
import { batch } from "./commands/batch.ts";
import { create, eventPipe, freeze, pin } from "./commands/create.ts";
import { del, getnext, lookup, pop, update } from "./commands/elem.ts";
import { dump, show } from "./commands/show.ts";
import { stateDump } from "./commands/state_dump.ts";
import { ls, mkdir, rm } from "./commands/tree.ts";
import { Fail, Silent, Usage } from "./fail.ts";
import { commandUsage, mainUsage, mapUsage } from "./help.ts";
import { JsonWriter } from "./json_writer.ts";
import type { Options, Parsed } from "./options.ts";
import { printable } from "./printable.ts";
import type { Command, Host, Session } from "./session.ts";
import { COMMANDS, type CommandRow, type ObjectRow, OBJECTS, OPTIONS } from "./table.ts";
import { nearest, unknownWord } from "./suggest.ts";
import { printVersion } from "./version.ts";
import { isPrefix, Words } from "./words.ts";

const HANDLERS: { readonly [word: string]: Command | undefined } = {
  show,
  dump,
  update,
  lookup,
  getnext,
  delete: del,
  pin,
  event_pipe: eventPipe,
  create,
  peek: lookup,
  push: update,
  enqueue: update,
  pop,
  dequeue: pop,
  freeze,
};

/** The command of `map` that a word means: bpftool's by any beginning, ours by the whole word. */
export function findCommand(word: string): CommandRow | undefined {
  return (
    COMMANDS.find((row) => row.added && row.words.includes(word)) ??
    COMMANDS.find((row) => !row.added && row.words.some((name) => isPrefix(word, name)))
  );
}

/** The row of the object that the first word means: bpftool's by any beginning, ours by the whole word. */
export function objectRow(word: string): ObjectRow | undefined {
  return (
    OBJECTS.find((row) => row.added && row.word === word) ?? OBJECTS.find((row) => !row.added && isPrefix(word, row.word))
  );
}

/** The object that the first word means. */
export function findObject(word: string): string | undefined {
  return objectRow(word)?.word;
}

/** The command of `map` that the words name; undefined for other objects and unknown words. */
export function commandOf(words: readonly string[]): CommandRow | undefined {
  if (words.length === 0 || findObject(words[0]) !== "map") return undefined;
  return findCommand(words[1] ?? "");
}

/** The words of the commands of `map`. */
function commandWords(): string[] {
  return COMMANDS.flatMap((row) => row.words);
}

/** What may have been meant by a first word that means nothing. */
function unknownObject(word: string): string {
  if (findCommand(word) !== undefined) return `'${word}' is a command of map: did you mean 'map ${word}'?`;
  const objects = OBJECTS.map((row) => row.word);
  const command = nearest(word, objects) === undefined ? nearest(word, commandWords()) : undefined;
  return unknownWord(word, objects, command === undefined ? undefined : `map ${command}`);
}

/** Runs a command that is loaded only when it is asked for; the shell and main.ts bring it. */
export type Added = (session: Session, row: CommandRow, words: Words) => void;

export class Runner implements Session {
  readonly host: Host;
  readonly options: Options;
  readonly json: JsonWriter | undefined;
  readonly #kernel: Kernel | undefined;
  readonly #added: Added | undefined;
  /** Commands that run: one, or also the batch that runs it. */
  #depth = 0;

  constructor(kernel: Kernel | undefined, host: Host, options: Options, added?: Added) {
    this.#kernel = kernel;
    this.host = host;
    this.options = options;
    this.json = options.json ? new JsonWriter((text) => host.out(text), options.pretty) : undefined;
    this.#added = added;
  }

  get kernel(): Kernel {
    if (this.#kernel === undefined) throw new Error("A command that needs no kernel asks for one");
    return this.#kernel;
  }

  /** Help: the text on stderr, or null with -j. */
  #help(text: string): void {
    if (this.json) this.json.null();
    else this.host.err(text);
  }

  #map(words: Words): void {
    const typed = words.left > 0 ? words.next() : COMMANDS[0].words[0];
    const row = findCommand(typed);
    if (row === undefined) throw new Usage().because(unknownWord(typed, commandWords()));
    const { least } = row;
    if (least && words.left < least.count) {
      if ("usage" in least) throw new Usage().because(`'${typed}' takes ${row.synopsis}; MAP is id N, name NAME or pinned PATH`);
      throw new Fail(`'${typed}' needs at least ${least.count} arguments, ${words.left} found`, least.code);
    }
    if (row.words[0] === "help") {
      this.#help(mapUsage());
    } else if (row.added) {
      if (this.#added === undefined) throw new Fail(`'${typed}' is not available here`);
      this.#added(this, row, words);
    } else {
      HANDLERS[row.words[0]]!(this, words, typed);
    }
  }

  /** Runs the words of one command; returns 0 or the negative code. Messages are printed. */
  runWords(all: readonly string[]): number {
    const words = new Words(all);
    let usage = mainUsage;
    this.#depth++;
    try {
      const object = words.left > 0 ? findObject(words.next()) : "help";
      switch (object) {
        case "help":
          this.#help(mainUsage());
          return 0;
        case "version":
          printVersion(this);
          return 0;
        case "batch":
          batch(this, words);
          return 0;
        case "ls":
          ls(this, words);
          return 0;
        case "rm":
          rm(this, words);
          return 0;
        case "mkdir":
          mkdir(this, words);
          return 0;
        case "state":
          stateDump(this, words);
          return 0;
        case "map":
          usage = mapUsage;
          this.#map(words);
          return 0;
        default:
          throw new Usage().because(unknownObject(all[0]));
      }
    } catch (error) {
      const added = objectRow(all[0] ?? "")?.added === true || commandOf(all)?.added === true;
      return this.#report(error, usage, added);
    } finally {
      this.#depth--;
    }
  }

  discard(): boolean {
    if (this.#depth > 1 || this.host.discard === undefined) return false;
    this.host.discard();
    return true;
  }

  /** bpftool escapes no message, and what it prints for its own commands is printed here. */
  #jsonError(message: string, added: boolean): void {
    if (added) this.json!.error(message);
    else this.json!.bpftoolError(message);
  }

  #report(error: unknown, usage: () => string, added: boolean): number {
    if (error instanceof Usage) {
      this.#help(usage());
      this.#explain(error.hint);
      return -1;
    }
    if (error instanceof Silent) {
      this.#explain(error.hint);
      return error.code;
    }
    if (!(error instanceof Fail)) throw error;
    if (this.json) this.#jsonError(error.message, added);
    else this.host.err(`Error: ${printable(error.message)}\n${error.usage ? usage() : ""}`);
    this.#explain(error.hint);
    return error.code;
  }

  /** Prints what bpftool would not, where that disturbs nobody who reads its output. */
  #explain(hint: string | undefined): void {
    const wanted = this.options.values.has("explain") || (this.host.explains === true && !this.json);
    if (hint !== undefined && wanted) this.host.err(`Hint: ${printable(hint)}\n`);
  }
}

/** Whether the words need a kernel; help and what is not understood do not. */
export function needsKernel(words: readonly string[]): boolean {
  if (words.length === 0) return false;
  const object = objectRow(words[0]);
  if (object?.word !== "map" || words.length === 1) return object?.state !== undefined;
  const command = findCommand(words[1]);
  return command !== undefined && command.words[0] !== "help";
}

/** Runs a whole command line on a kernel, which only words that need none may go without. Returns the exit code. */
export function run(kernel: Kernel | undefined, host: Host, parsed: Parsed, added?: Added): number {
  const runner = new Runner(kernel, host, parsed.options, added);
  const early = runEarly(host, parsed);
  if (early !== undefined) return early;
  const code = runner.runWords(parsed.words);
  if (runner.json) host.out("\n");
  return code & 0xff;
}

/** Answers what needs no kernel: help, version, a bad option. Undefined when there is more to do. */
export function runEarly(host: Host, { options, unknown, words }: Parsed): number | undefined {
  const json = options.json ? new JsonWriter((text) => host.out(text), options.pretty) : undefined;
  if (unknown !== undefined) {
    if (json) json.bpftoolError(`unrecognized option '${unknown}'`);
    else host.err(`Error: unrecognized option '${printable(unknown)}'\n${mainUsage()}`);
    if (host.explains && !json) host.err(`Hint: ${printable(unknownWord(unknown, OPTIONS.map((row) => `--${row.long}`)))}\n`);
    if (json) host.out("\n");
    return 255;
  }
  if (options.help) {
    // The words before --help say what help is wanted for.
    const row = words.length > 1 && findObject(words[0]) === "map" ? findCommand(words[1]) : undefined;
    if (json) json.null();
    else host.err(row ? commandUsage(row) : words.length > 0 && findObject(words[0]) === "map" ? mapUsage() : mainUsage());
    return 0;
  }
  const btf = options.values.get("base-btf");
  if (btf !== undefined) {
    const errno = baseBtfError(host, btf);
    if (errno !== 0) {
      const message = `failed to parse base BTF at '${btf}': ${errno}`;
      if (json) json.bpftoolError(`${message}\n`);
      else host.err(`Error: ${printable(message)}\n\n`);
      return 255;
    }
  }
  if (options.version || (words.length > 0 && findObject(words[0]) === "version")) {
    printVersion({ host, json });
    if (json) host.out("\n");
    return 0;
  }
  return undefined;
}

/** First two bytes of BTF, in either byte order. */
const BTF_MAGIC = ["\x9f\xeb", "\xeb\x9f"];

function baseBtfError(host: Host, path: string): number {
  try {
    return BTF_MAGIC.includes(host.readBytes(path, 2)) ? 0 : -Errno.EINVAL;
  } catch {
    return -Errno.ENOENT;
  }
}
