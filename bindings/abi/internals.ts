// The core behind a kernel, for the tests of the core and for the tools of this repository. Not part of the package.
import { Core, type CoreExports } from "./core.ts";

const cores: WeakMap<object, Core> = /* @__PURE__ */ new WeakMap();

/** Remembers the core of a kernel that was just made. */
export function keepCore(kernel: object, core: Core): void {
  cores.set(kernel, core);
}

/** The core of a kernel. */
export function coreOf(kernel: object): Core {
  const core = cores.get(kernel);
  if (core === undefined) throw new TypeError("Cannot find the core: this is no kernel");
  return core;
}

/** What the core of a kernel exports, as it is. */
export function exportsOf(kernel: object): CoreExports {
  return Core.exportsOf(coreOf(kernel));
}
