// That the comparison itself can fail.
import { type Equal, expect } from "./equal.ts";

expect<Equal<number, number>>();
expect<Equal<{ a?: number }, { a?: number }>>();
// @ts-expect-error: two types
expect<Equal<number, string>>();
// @ts-expect-error: any is not every type
expect<Equal<any, string>>();
// @ts-expect-error: nor is every type any
expect<Equal<number, any>>();
// @ts-expect-error: unknown is none
expect<Equal<number, unknown>>();
// @ts-expect-error: readonly counts
expect<Equal<{ readonly a: number }, { a: number }>>();
// @ts-expect-error: optional counts
expect<Equal<{ a?: number }, { a: number | undefined }>>();
