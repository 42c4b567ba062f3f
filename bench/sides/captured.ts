// The exports of the core behind a kernel, which the package keeps to itself: caught when the core is instantiated.

/** What `load` returns, and the exports of the instance that was made meanwhile. */
export function withExports<T>(load: () => T): { loaded: T; exports: WebAssembly.Exports } {
  const { Instance } = WebAssembly;
  let exports: WebAssembly.Exports | undefined;
  WebAssembly.Instance = class extends Instance {
    constructor(module: WebAssembly.Module, imports?: WebAssembly.Imports) {
      super(module, imports);
      exports = this.exports;
    }
  };
  try {
    const loaded = load();
    if (exports === undefined) throw new Error("no instance was made");
    return { loaded, exports };
  } finally {
    WebAssembly.Instance = Instance;
  }
}
