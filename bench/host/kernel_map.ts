// The live kernel as a side: kernel_map.c, compiled on first use where there is a compiler, one process for each map.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { KernelMap, KernelMapSpec } from "../harness/case.ts";

const SOURCE = fileURLToPath(new URL("kernel_map.c", import.meta.url));

let folder: string | undefined;
let compiled: { program: string } | { reason: string } | undefined;

/** A folder for this process' files; it goes when the process ends. */
function scratch(): string {
  if (folder === undefined) {
    const made = mkdtempSync(join(tmpdir(), "bpf-maps-bench-"));
    process.on("exit", () => rmSync(made, { recursive: true, force: true }));
    folder = made;
  }
  return folder;
}

function compile(): { program: string } | { reason: string } {
  if (process.platform !== "linux") return { reason: `${process.platform} has no bpf(2)` };
  const program = join(scratch(), "kernel_map");
  for (const compiler of ["cc", "gcc", "clang"]) {
    const { status, error, stderr } = spawnSync(compiler, ["-O2", "-o", program, SOURCE], { encoding: "utf8" });
    if (error) continue;
    if (status === 0 && existsSync(program)) return { program };
    return { reason: `${compiler} cannot compile the helper: ${stderr.split("\n")[0]}` };
  }
  return { reason: "there is no C compiler" };
}

let files = 0;

function store(bytes: Uint8Array): string {
  const path = join(scratch(), `data-${files++}`);
  writeFileSync(path, bytes);
  return path;
}

/** Starts the helper on a map of the live kernel, or says why there is none. */
export async function openKernelMap(spec: KernelMapSpec): Promise<KernelMap | string> {
  compiled ??= compile();
  if ("reason" in compiled) return compiled.reason;
  const paths = [spec.keys, spec.values, spec.order].map(store);
  const numbers = [spec.type, spec.flags, spec.keySize, spec.valueSize, spec.maxEntries].map(String);
  const child = spawn(compiled.program, [...numbers, ...paths], { stdio: ["pipe", "pipe", "inherit"] });
  const closed = new Promise<void>((resolve) => child.on("close", () => resolve()));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async (): Promise<string> => {
    const { value, done } = await lines.next();
    return done ? "error: the helper ended" : value;
  };
  const close = async (): Promise<void> => {
    child.stdin.end();
    await closed;
    for (const path of paths) rmSync(path, { force: true });
  };
  const created = await answer();
  if (!created.startsWith("ok ")) {
    await close();
    return `bpf(2) refuses to create the map (${created})`;
  }
  const run = async (command: string): Promise<number> => {
    child.stdin.write(`${command}\n`);
    const line = await answer();
    if (!line.startsWith("ok ")) throw new Error(`The live kernel's ${command} failed: ${line}`);
    return Number(line.slice(3));
  };
  return {
    fill: () => run("fill"),
    lookup: () => run("lookup"),
    update: () => run("update"),
    insert: () => run("insert"),
    delete: () => run("delete"),
    iterate: () => run("iterate"),
    lookupBatch: () => run("lookup_batch"),
    close,
  };
}
