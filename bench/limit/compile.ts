// Compiles the limit loop. It is a module of its own, outside of the engine: the engine's build knows nothing of it.
import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const SOURCE = join(ROOT, "bench/limit/loop.ts");
const OUTPUT = join(ROOT, "build/bench/limit.wasm");
const ASC = join(ROOT, "node_modules/assemblyscript/bin/asc.js");

const isFresh = (): boolean => existsSync(OUTPUT) && statSync(OUTPUT).mtimeMs > statSync(SOURCE).mtimeMs;

/** The module's bytes. The compiler has a process of its own, where nothing transforms its megabytes of JavaScript. */
export async function compileLimit(): Promise<Uint8Array> {
  if (!isFresh()) {
    mkdirSync(dirname(OUTPUT), { recursive: true });
    const options = ["--optimizeLevel", "3", "--runtime", "stub", "--use", "abort=", "--initialMemory", "1"];
    await promisify(execFile)(process.execPath, [ASC, SOURCE, "--outFile", OUTPUT, ...options]);
  }
  return readFileSync(OUTPUT);
}
