// A checkout must install quickly: what `npm ci` unpacks stays below the limit the project set itself.
import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";

const LIMIT_MB = 200;

const counted = new Set();

/** Bytes of disk below `directory`, counted as du does: allocated blocks, a file with two names once. */
function diskSize(directory) {
  let size = 0;
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) {
      size += diskSize(path);
      continue;
    }
    const { ino, blocks } = lstatSync(path);
    if (!counted.has(ino)) size += blocks * 512;
    counted.add(ino);
  }
  return size;
}

const megabytes = diskSize("node_modules") / 2 ** 20;
console.log(`node_modules: ${megabytes.toFixed(0)} MB of at most ${LIMIT_MB} MB`);
process.exitCode = megabytes <= LIMIT_MB ? 0 : 1;
