// Where an export goes: a file that is replaced when all is written, or a stream.
import { randomBytes } from "node:crypto";
import { closeSync, fchmodSync, fsyncSync, openSync, renameSync, type Stats, statSync, unlinkSync, writeSync } from "node:fs";
import { splitPath, targetOf } from "../state/target.ts";

const NAME_BYTES = 6;
/** Of a file that is not there yet, less the umask; one that is there keeps its mode, also while it is written. */
const NEW_FILE_MODE = 0o666;

/** Takes text; nothing of it is in the file before end(). */
export interface Output {
  write(text: string): void;
  /** All is written. */
  end(): void;
  /** Something failed: the file stays as it was. Harmless after end(). */
  abort(): void;
}

function writeAll(fd: number, text: string): void {
  for (let bytes = Buffer.from(text); bytes.length > 0; ) bytes = bytes.subarray(writeSync(fd, bytes));
}

function statOf(path: string): Stats | undefined {
  return statSync(path, { throwIfNoEntry: false });
}

/** A pipe, a terminal, a device: what is written is gone. */
function streamOutput(path: string): Output {
  const fd = openSync(path, "w");
  let isOpen = true;
  const close = (): void => {
    if (isOpen) closeSync(fd);
    isOpen = false;
  };
  return { write: (text) => writeAll(fd, text), end: close, abort: close };
}

/** A new file beside the target takes the text, and the target's place and mode at the end. */
function fileOutput(path: string, mode: number | undefined): Output {
  const target = targetOf(path);
  const { folder, base } = splitPath(target);
  const temporary = `${folder}/.${base}.export-${randomBytes(NAME_BYTES).toString("hex")}`;
  let fd: number | undefined = openSync(temporary, "wx", mode ?? NEW_FILE_MODE);
  const close = (): void => {
    if (fd !== undefined) closeSync(fd);
    fd = undefined;
  };
  let isDone = false;
  return {
    write: (text) => writeAll(fd!, text),
    end() {
      if (mode !== undefined) fchmodSync(fd!, mode);
      fsyncSync(fd!);
      close();
      renameSync(temporary, target);
      isDone = true;
    },
    abort() {
      close();
      if (!isDone) unlinkSync(temporary);
      isDone = true;
    },
  };
}

/** Opens a path of the host. Throws what node:fs throws, as the output's functions do. */
export function openOutput(path: string): Output {
  const stat = statOf(path);
  if (stat !== undefined && !stat.isFile()) return streamOutput(path);
  return fileOutput(path, stat === undefined ? undefined : stat.mode & 0o7777);
}
