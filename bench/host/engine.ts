// Which engine a process measures: the one of this checkout, or of another one (run.ts --against).
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Names the other checkout's folder to a process that measures it, and to the processes that it starts. */
export const ENGINE_VARIABLE = "BPF_MAPS_BENCH_ENGINE";

/** A file of the engine that this process measures. */
export const engineFile = (path: string): string => join(process.env[ENGINE_VARIABLE] ?? ROOT, path);

/** What a process needs to measure the engine that another checkout has built. */
export function otherEngine(folder: string): { env: Record<string, string>; execArgv: string[] } {
  const hooks = new URL("engine_hooks.mjs", import.meta.url).href;
  return { env: { [ENGINE_VARIABLE]: resolve(folder) }, execArgv: ["--import", hooks] };
}
