// batch: commands from a file, one a line.
import { Fail, fileErrorText, Silent } from "../fail.ts";
import type { Session } from "../session.ts";
import { isPrefix, type Words } from "../words.ts";

/** Cuts a line into words: blanks separate, quotes of both kinds keep. Undefined when a quote is not closed. */
export function splitLine(line: string): string[] | undefined {
  const words: string[] = [];
  let at = 0;
  while (at < line.length) {
    if (/\s/.test(line[at])) {
      at++;
      continue;
    }
    if (line[at] === "'" || line[at] === '"') {
      const end = line.indexOf(line[at], at + 1);
      if (end < 0) return undefined;
      words.push(line.slice(at + 1, end));
      at = end + 1;
    } else {
      let end = at;
      while (end < line.length && !/\s/.test(line[end])) end++;
      words.push(line.slice(at, end));
      at = end;
    }
  }
  return words;
}

function runLine(session: Session, line: string, done: number): number {
  const words = splitLine(line);
  if (words === undefined) throw new Fail(`unterminated quoted string in command ${done}`);
  if (words.length === 0) return 1;
  const { json } = session;
  if (json) {
    json.beginObject();
    json.name("command");
    json.beginArray();
    for (const word of words) json.string(word);
    json.endArray();
    json.name("output");
  }
  const code = session.runWords(words);
  json?.endObject();
  return code;
}

function runLines(session: Session, lines: readonly string[]): void {
  let done = 0;
  for (let at = 0; at < lines.length; at++) {
    // Everything after a # is a comment, quoted or not.
    let line = lines[at].replace(/#.*/, "");
    while (line.endsWith("\\")) {
      if (at + 1 >= lines.length) throw new Fail(`missing continuation line on command ${done}`);
      line = line.slice(0, -1) + lines[++at].replace(/#.*/, "");
    }
    const code = runLine(session, line, done);
    if (code < 0) throw new Silent(code);
    if (code === 0) done++;
  }
  if (!session.json) session.host.out(`processed ${done} commands\n`);
}

export function batch(session: Session, words: Words): void {
  const { json } = session;
  if (words.left < 2) throw new Fail("too few parameters for batch");
  if (!isPrefix(words.peek()!, "file")) throw new Fail(`expected 'file', got: ${words.peek()}`);
  if (words.left > 2) throw new Fail("too many parameters for batch");
  words.next();
  const path = words.next();
  let text: string | undefined;
  let problem = "";
  try {
    text = session.host.readText(path);
  } catch (error) {
    // A folder can be opened, so its error comes when it is read, inside the array.
    if ((error as { code?: string }).code !== "EISDIR") throw new Fail(`Can't open file (${path}): ${fileErrorText(error)}`);
    problem = `reading batch file failed: ${fileErrorText(error)}`;
  }
  json?.beginArray();
  try {
    if (text === undefined) throw new Fail(problem);
    const lines = text.split("\n");
    if (lines.at(-1) === "") lines.pop();
    runLines(session, lines);
  } catch (error) {
    if (json && error instanceof Fail) {
      json.bpftoolError(error.message);
      throw new Silent(error.code);
    }
    throw error;
  } finally {
    json?.endArray();
  }
}
