// Types of the host's that ES2022 does not have. They are structural, so that a program needs neither the types of the web
// nor those of Node to compile with this library; the real ones are assignable to them and they to the real ones.

/** An AbortSignal, as far as this library looks at it. */
export interface AbortSignalLike {
  readonly aborted: boolean;
  /** Why the signal was aborted: what is then thrown. */
  readonly reason: unknown;
  /** Calls the listener when the signal aborts. */
  addEventListener(type: "abort", listener: () => void): void;
  /** Takes the listener away again. */
  removeEventListener(type: "abort", listener: () => void): void;
}

interface Memory {
  readonly buffer: ArrayBuffer;
  grow(delta: number): number;
}

/** WebAssembly.Memory: the program's own type of it, whose members differ between versions, or what every version has. */
export type WasmMemory = typeof globalThis extends { WebAssembly: { Memory: new (...args: never) => infer M } } ? M : Memory;

/** A WebAssembly.Module: nothing of it can be seen but by what WebAssembly's own functions say. */
export type WasmModule = object;

/** What a core with programs imports: functions. */
export interface WasmImports {
  [from: string]: { [name: string]: (...args: never[]) => unknown };
}
