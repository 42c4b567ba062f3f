// Sides that are programs of their own: compiled on first use where there is a compiler, driven over stdin and stdout. Every
// command answers one line, "ok NUMBER" or "error REASON".
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const FOLDER = fileURLToPath(new URL("../../build/bench/", import.meta.url));

export type Compiled = { program: string } | { reason: string };

/** Compiles a source of this folder with the first of the compilers that is there, unless that has been done. */
export function compile(source: string, compilers: string[], flags: string[]): Compiled {
  const path = fileURLToPath(new URL(source, import.meta.url));
  const program = join(FOLDER, source.replace(/\.\w+$/, ""));
  if (existsSync(program) && statSync(program).mtimeMs > statSync(path).mtimeMs) return { program };
  mkdirSync(FOLDER, { recursive: true });
  // Renamed when it is whole: another process may be about to start it.
  const written = `${program}-${process.pid}`;
  for (const compiler of compilers) {
    const { status, error, stderr } = spawnSync(compiler, [...flags, "-o", written, path], { encoding: "utf8" });
    if (error) continue;
    if (status !== 0) return { reason: `${compiler} cannot compile ${source}: ${stderr.split("\n")[0]}` };
    renameSync(written, program);
    return { program };
  }
  return { reason: `there is no compiler for ${source} (${compilers.join(", ")})` };
}

let folder: string | undefined;
let files = 0;

/** A folder for this process' data; it goes when the process ends. */
function scratch(): string {
  if (folder === undefined) {
    const made = mkdtempSync(join(tmpdir(), "bpf-maps-bench-"));
    process.on("exit", () => rmSync(made, { recursive: true, force: true }));
    folder = made;
  }
  return folder;
}

/** A running program. */
export interface Driven {
  /** What it said when it started, without "ok", or why it does not run. */
  greeting: { text: string } | { reason: string };
  run(command: string): Promise<number>;
  close(): Promise<void>;
}

/** Starts a program with words, then the paths of files that hold the blocks. */
export async function drive(program: string, words: string[], blocks: Uint8Array[]): Promise<Driven> {
  const paths = blocks.map((block) => {
    const path = join(scratch(), `data-${files++}`);
    writeFileSync(path, block);
    return path;
  });
  const child = spawn(program, [...words, ...paths], { stdio: ["pipe", "pipe", "inherit"] });
  const closed = new Promise<void>((resolve) => child.on("close", () => resolve()));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async (): Promise<string> => {
    const { value, done } = await lines.next();
    return done ? "error: the program ended" : value;
  };
  const first = await answer();
  return {
    greeting: first.startsWith("ok") ? { text: first.slice(3) } : { reason: first },
    run: async (command) => {
      child.stdin.write(`${command}\n`);
      const line = await answer();
      if (!line.startsWith("ok ")) throw new Error(`${program}: ${command} failed: ${line}`);
      return Number(line.slice(3));
    },
    close: async () => {
      child.stdin.end();
      await closed;
      for (const path of paths) rmSync(path, { force: true });
    },
  };
}
