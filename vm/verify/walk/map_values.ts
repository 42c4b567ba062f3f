import type { Reg } from "./reg.ts";

/** Whether a pointer may lead to a lock, so that it has to be told from other values of the same map. */
export const mapFieldsOf = (reg: Reg): boolean => reg.kind === "map_value" && reg.map?.btf !== undefined;
