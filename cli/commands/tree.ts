// ls, rm and mkdir: the bpffs of the kernel, which the host's own tools cannot reach.
import { BpffsError } from "../../bindings/index.ts";
import { errorText, Fail } from "../fail.ts";
import { BPFFS, plainPath } from "../paths.ts";
import { printable } from "../printable.ts";
import type { Session } from "../session.ts";
import { namesInColumns } from "../text_table.ts";
import type { Words } from "../words.ts";

/** Runs `work` on a path; a refusal ends the command with the path and the reason. */
function attempt<T>(what: string, path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof BpffsError)) throw error;
    throw new Fail(`can't ${what} (${path}): ${errorText(error.errno)}`, error.errno);
  }
}

function eachPath(session: Session, words: Words, work: (path: string) => void): void {
  if (words.left === 0) throw new Fail("expected a path");
  while (words.left > 0) work(words.next());
  session.json?.null();
}

export function ls(session: Session, words: Words): void {
  const { kernel, json, host } = session;
  const path = words.left > 0 ? words.next() : BPFFS;
  if (words.left > 0) throw new Fail(`what is '${words.peek()}'?`);
  const folder = plainPath(path);
  const names = attempt("list", path, () => kernel.bpffs.readdir(folder)).sort();
  const shown: string[] = [];
  json?.beginArray();
  for (const name of names) {
    const stats = kernel.bpffs.stat(`${folder}/${name}`);
    if (json) {
      json.beginObject();
      json.name("name");
      json.text(name);
      json.name("map_id");
      if (stats.isDirectory()) json.null();
      else json.number(stats.mapId);
      json.endObject();
    } else {
      shown.push(`${printable(name)}${stats.isDirectory() ? "/" : ""}`);
    }
  }
  json?.endArray();
  host.out(namesInColumns(shown, host.columns));
}

/** A map whose last pin and reference are gone is gone. */
export function rm(session: Session, words: Words): void {
  const { bpffs } = session.kernel;
  eachPath(session, words, (path) => {
    const target = plainPath(path);
    attempt("remove", path, () => (bpffs.stat(target).isDirectory() ? bpffs.rmdir(target) : bpffs.unlink(target)));
  });
}

export function mkdir(session: Session, words: Words): void {
  eachPath(session, words, (path) => {
    attempt("make", path, () => session.kernel.bpffs.mkdir(plainPath(path), { recursive: true }));
  });
}
