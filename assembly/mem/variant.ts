// Two cores are made of these sources: the one with maps alone (index.ts), and the one that programs run against, too
// (index_programs.ts), which defines a global by this name. What only the second one needs stands behind this constant, so
// that the compiler leaves it out of the first.

/** Whether this core has programs and BTF objects. */
export const WITH_PROGRAMS: bool = isDefined(__WITH_PROGRAMS);
