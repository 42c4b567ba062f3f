// WebAssembly as the bindings use it. Node's types do not have it, so the rooms that compile with those include this file too.

type BufferSource = ArrayBufferView<ArrayBuffer> | ArrayBuffer;

declare namespace WebAssembly {
  class Memory {
    constructor(descriptor: { initial: number; maximum?: number; shared?: boolean });
    readonly buffer: ArrayBuffer;
    grow(delta: number): number;
  }
  class Module {
    constructor(bytes: BufferSource);
    static customSections(module: Module, name: string): ArrayBuffer[];
  }
  class Instance {
    constructor(module: Module, imports?: Imports);
    readonly exports: Record<string, unknown>;
  }
  interface Imports {
    [from: string]: { [name: string]: unknown };
  }
  function instantiate(module: Module, imports?: Imports): Promise<Instance>;
  function compile(bytes: BufferSource): Promise<Module>;
}

declare namespace WebAssembly {
  interface ValueTypes {
    i32: number;
    i64: bigint;
  }
  class Global<T extends keyof ValueTypes = keyof ValueTypes> {
    constructor(descriptor: { value: T; mutable?: boolean }, value?: ValueTypes[T]);
    value: ValueTypes[T];
  }
  class Table {
    constructor(descriptor: { element: "anyfunc"; initial: number; maximum?: number });
    readonly length: number;
    get(index: number): unknown;
    set(index: number, value?: unknown): void;
    grow(delta: number, value?: unknown): number;
  }
  class RuntimeError extends Error {}
}
