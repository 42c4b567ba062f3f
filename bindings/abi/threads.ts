// A core on memory that threads share: how its memory is made, what another thread needs to join it, and what a kernel asks
// of it beside the commands.
import { Limit } from "../../assembly/uapi/constants.ts";
import { Core } from "./core.ts";
import type { CoreExports } from "./exports.ts";
import type { WasmMemory } from "./host_types.ts";
import type { KernelHandle } from "./thread_types.ts";

/** Pages that a new memory has. */
const PAGES_FIRST = 2;

/** Refuses hosts whose threads cannot share memory, and says what they lack. */
export function checkSharing(verb: string): void {
  if (typeof SharedArrayBuffer === "function") return;
  throw new TypeError(
    `Cannot ${verb} kernel: this host has no SharedArrayBuffer. In browsers the page must be cross-origin isolated: serve it ` +
      "with the headers Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp",
  );
}

export function sharedMemory(maxChunks: number): WebAssembly.Memory {
  return new WebAssembly.Memory({ initial: PAGES_FIRST, maximum: Math.max(maxChunks, PAGES_FIRST), shared: true });
}

/** What the core imports. */
export const importsOf = (memory: WasmMemory | WebAssembly.Memory): { env: { memory: WebAssembly.Memory } } =>
  ({ env: { memory: memory as WebAssembly.Memory } });

/** Whether this thread may sleep, which the main threads of browsers may not. */
function maySleep(): boolean {
  try {
    return Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1, 0) === "not-equal";
  } catch {
    return false;
  }
}

/**
 * After how many milliseconds without a sign of life a thread is taken for dead. Node says when a worker has exited, so there
 * only a worker that nobody watches is waited for so long; a busy machine may keep a living thread from running for as long as
 * others wait.
 */
const PATIENCE_MS = 90;
const PATIENCE_NODE_MS = 2000;

function patience(): number {
  if (!maySleep()) return 0;
  const { process, Deno, Bun } = globalThis as { process?: { versions?: { node?: string } }; Deno?: unknown; Bun?: unknown };
  return process?.versions?.node !== undefined && Deno === undefined && Bun === undefined ? PATIENCE_NODE_MS : PATIENCE_MS;
}

/** Gives a new instance of the core a CPU; -EAGAIN when there is none. */
export function attachThread(exports: CoreExports, token: number): number {
  return exports.attach!(patience(), token);
}

/** The core, if threads may share it. Throws TypeError. */
export function requireShared(core: Core, verb: "share" | "detach" | "reap"): Core {
  if (core.sharedModule === undefined) throw new TypeError(`Cannot ${verb} kernel: it was loaded without the option shared`);
  return core;
}

/** What another thread attaches by; `token` is what the caller knows it by. */
export function handleOf(core: Core, token: number): KernelHandle {
  const { sharedModule, memory, cpus } = requireShared(core, "share");
  return { type: "bpf-maps kernel", module: sharedModule!, memory, cpus, token };
}

function checkHandle(handle: KernelHandle): void {
  if (typeof handle === "object" && handle !== null && handle.type === "bpf-maps kernel") return;
  throw new TypeError("Cannot attach to kernel: expected what kernel.share() returned");
}

type Call = (a?: unknown, b?: unknown, c?: unknown, d?: unknown, e?: unknown) => unknown;

/** What loops call for a few nanoseconds is left as it is: there a trap is the engine's own error. */
const BARE: ReadonlySet<string> = new Set(["value_u32", "update_u32", "is_buried"]);

/** The exports, which say why when they trap because the thread's CPU was taken from it. */
export function guardedExports(bare: object, memory: WasmMemory): CoreExports {
  const exports = bare as CoreExports;
  const guard = (fn: Call): Call => (a, b, c, d, e) => {
    try {
      return fn(a, b, c, d, e);
    } catch (error) {
      if (exports.is_buried!() === 0) throw error;
      throw new Error("Cannot use kernel: this thread was taken for dead, and its CPU was given to another one");
    }
  };
  const entries = Object.entries(exports).map(([name, value]) => [name, typeof value === "function" && !BARE.has(name) ? guard(value as Call) : value]);
  return { ...(Object.fromEntries(entries) as CoreExports), memory };
}

export async function attachCore(handle: KernelHandle): Promise<Core> {
  checkHandle(handle);
  const { exports } = await WebAssembly.instantiate(handle.module as WebAssembly.Module, importsOf(handle.memory));
  return attachedCore(exports, handle);
}

export function attachCoreSync(handle: KernelHandle): Core {
  checkHandle(handle);
  const { exports } = new WebAssembly.Instance(handle.module as WebAssembly.Module, importsOf(handle.memory));
  return attachedCore(exports, handle);
}

function attachedCore(bare: unknown, handle: KernelHandle): Core {
  const exports = guardedExports(bare as object, handle.memory);
  const cpu = attachThread(exports, handle.token);
  if (cpu < 0) {
    throw new RangeError(`Cannot attach to kernel: each of its ${handle.cpus} CPUs has a thread: give Kernel.load() more cpus, up to ${Limit.NR_CPUS}`);
  }
  return new Core(exports, handle.cpus, cpu, new Uint8Array(0), { sharedModule: handle.module });
}
