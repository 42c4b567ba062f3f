// state export, state import: all maps and pins as a dump, which other versions read too.
import { DumpError } from "../../bindings/index.ts";
import { Fail, fileErrorText } from "../fail.ts";
import { readInput } from "../input.ts";
import { BPFFS } from "../paths.ts";
import { printable } from "../printable.ts";
import type { Host, Session } from "../session.ts";
import { replaceFile } from "../state/replace.ts";
import type { Words } from "../words.ts";

const LINE_FEED = 0x0a;

/** Bytes that are printed at once: a dump may be longer than a string can be. */
const PRINT_BYTES = 1 << 20;

/** Prints text of any length. */
export function printBytes(host: Pick<Host, "out">, text: Uint8Array): void {
  const decoder = new TextDecoder();
  for (let at = 0; at < text.length; at += PRINT_BYTES) host.out(decoder.decode(text.subarray(at, at + PRINT_BYTES), { stream: true }));
  host.out(decoder.decode());
}

function exportState({ kernel, host, json }: Session, path: string): void {
  const dump = kernel.dump((map, why) => {
    const name = map.name === "" ? "" : ` "${printable(map.name)}"`;
    host.err(`Warning: map ${map.id}${name}: ${printable(why)}\n`);
  });
  if (path === "-") {
    printBytes(host, dump);
    return;
  }
  try {
    replaceFile(path, dump);
  } catch (error) {
    throw new Fail(`can't write ${path}: ${fileErrorText(error)}`);
  }
  json?.null();
}

/** The bytes of a dump; "-" is stdin. Throws Fail. */
export function readDump(path: string): Uint8Array {
  try {
    return readInput(path);
  } catch (error) {
    throw new Fail(`can't read ${path}: ${fileErrorText(error)}`);
  }
}

/** The possible CPUs that the first line of a dump tells; what else is wrong with it is found when it is restored. */
export function cpusOf(dump: Uint8Array): number | undefined {
  try {
    const { cpus } = JSON.parse(new TextDecoder().decode(dump.subarray(0, dump.indexOf(LINE_FEED)))) as { cpus?: unknown };
    return typeof cpus === "number" ? cpus : undefined;
  } catch {
    return undefined;
  }
}

function importState({ kernel, host, json }: Session, path: string): void {
  try {
    const dump = host.readAll?.(path) ?? readDump(path);
    if (kernel.maps().length > 0 || kernel.bpffs.readdir(BPFFS).length > 0) {
      throw new Fail("the state holds maps or folders already: name another with --state");
    }
    kernel.restore(dump);
  } catch (error) {
    host.discard?.();
    if (error instanceof DumpError) throw new Fail(`${path}: ${error.message.replace(/^Cannot restore dump: /, "")}`);
    throw error;
  }
  json?.null();
}

export function stateDump(session: Session, words: Words): void {
  const word = words.left > 0 ? words.next() : undefined;
  if (word !== "export" && word !== "import") throw new Fail(`expected 'export' or 'import', got: '${word ?? "(null)"}'?`);
  if (words.left !== 1) throw new Fail(`'state ${word}' needs one FILE, ${words.left} found`);
  (word === "export" ? exportState : importState)(session, words.next());
}
