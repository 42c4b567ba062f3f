// Small file helpers of the build: atomic writes, tree hashes, child processes.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

/** A step failed for a reason its message states in full; no stack trace is needed. */
export class StepError extends Error {}

const written = new Set();

/** Removes the files directly in `folder` that this build did not write: what an earlier version of it left behind. */
export function removeStale(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isFile() && !written.has(resolve(path))) rmSync(path);
  }
}

/** Writes through a temporary name, so that a reader never sees half a file, and not at all when nothing changed. */
export function writeFileAtomic(path, contents) {
  written.add(resolve(path));
  const bytes = Buffer.from(contents);
  if (existsSync(path) && readFileSync(path).equals(bytes)) return;
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, bytes);
  renameSync(temporary, path);
}

/** Every file below `directory`, sorted, so that a hash over them does not depend on the file system's order. */
export function filesBelow(directory, accept = () => true) {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { withFileTypes: true })
    .flatMap((entry) => {
      const path = join(directory, entry.name);
      if (entry.isDirectory()) return filesBelow(path, accept);
      return accept(path) ? [path] : [];
    })
    .sort();
}

/** One hash over the names and the bytes of `paths`. */
export function hashFiles(paths) {
  const hash = createHash("sha256");
  for (const path of paths) hash.update(`${path}\0`).update(readFileSync(path)).update("\0");
  return hash.digest("hex");
}

/** Runs a Node program and resolves with its exit code and everything it printed. */
export function runNode(args) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    child.stdout.on("data", (chunk) => (output += chunk));
    child.stderr.on("data", (chunk) => (output += chunk));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, output }));
  });
}
