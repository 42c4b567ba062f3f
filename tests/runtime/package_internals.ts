// Stands for bindings/abi/internals.ts where the suites run on the installed package. The package keeps the core of a kernel in
// a WeakMap of its own and gives it to no caller. So the suites watch what is put into WeakMaps: this file is loaded before a
// kernel is made.
import type { Core, CoreExports } from "../../bindings/abi/core.ts";

type CoreClass = { exportsOf?: (core: Core) => CoreExports };

const cores = new WeakMap<object, Core>();
const { set } = WeakMap.prototype;

const classOf = (core: Core): CoreClass => core.constructor as unknown as CoreClass;

WeakMap.prototype.set = function (this: WeakMap<WeakKey, unknown>, key: WeakKey, value: unknown) {
  const isCore = typeof value === "object" && value !== null && typeof classOf(value as Core)?.exportsOf === "function";
  if (isCore) set.call(cores, key, value);
  return set.call(this, key, value);
};

/** Remembers the core of an object that stands for a kernel. */
export function keepCore(kernel: object, core: Core): void {
  set.call(cores, kernel, core);
}

/** The core of a kernel of the package. */
export function coreOf(kernel: object): Core {
  const core = cores.get(kernel);
  if (core === undefined) throw new TypeError("Cannot find the core: no kernel of the package");
  return core;
}

/** What that core exports, as it is. */
export function exportsOf(kernel: object): CoreExports {
  const core = coreOf(kernel);
  return classOf(core).exportsOf!(core);
}
