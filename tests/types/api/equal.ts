/** Whether two types are the same, down to `readonly` and `any`. */
export type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles only for `true`: `expect<Equal<typeof value, number>>()`. */
export function expect<_ extends true>(): void {}
