/** Licenses that let a program call helpers which are for GPL programs alone. */
const GPL_COMPATIBLE: ReadonlySet<string> = new Set([
  "GPL", "GPL v2", "GPL and additional rights", "Dual BSD/GPL", "Dual MIT/GPL", "Dual MPL/GPL",
]);

export const isGplCompatible = (license: string): boolean => GPL_COMPATIBLE.has(license);
