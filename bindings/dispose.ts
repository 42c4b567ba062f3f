/// <reference lib="esnext.disposable" preserve="true" />
/** The symbol of `using`. Runtimes without it get the one that compilers use for `using` there. */
export const dispose: typeof Symbol.dispose = Symbol.dispose ?? Symbol.for("Symbol.dispose");
