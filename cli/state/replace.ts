// Writes a file of the host so that it holds either all of the new content or what it held before.
import { closeSync, openSync, statSync, writeSync } from "node:fs";
import { Claim } from "./claim.ts";
import { targetOf } from "./target.ts";

/** A pipe, a terminal, a device: what is written is gone. */
function writeStream(path: string, bytes: Uint8Array): void {
  const fd = openSync(path, "w");
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
  } finally {
    closeSync(fd);
  }
}

/** Replaces what `path` leads to. Throws what node:fs throws, and what Claim.take throws. */
export function replaceFile(path: string, bytes: Uint8Array): void {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats !== undefined && !stats.isFile()) return writeStream(path, bytes);
  const claim = Claim.take(targetOf(path));
  try {
    claim.write(bytes);
    claim.commit();
  } finally {
    claim.release();
  }
}
