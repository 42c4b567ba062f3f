import type { HelperExports } from "../helpers/exports.ts";

/** What the interpreter needs of the programs core. Addresses are numbers, registers bigint. */
export interface InterpCore extends HelperExports {
  readonly memory: WebAssembly.Memory;
  alloc(size: number): number;
  free(address: number): void;
  interp_load(insns: number, count: number, functions: number, functionCount: number): number;
  interp_unload(image: number): void;
  interp_open(): number;
  interp_close(run: number): void;
  interp_start(run: number, image: number, index: number, fuel: bigint, turns: bigint): number;
  interp_run(run: number, budget: bigint): number;
  interp_tail(run: number, image: number): void;
  interp_slot(run: number, depth: number): number;
  interp_image(run: number, depth: number): number;
  interp_depth(run: number): number;
  prog_array_target(map: bigint, index: bigint): number;
}

/** How a run stopped: Stop of the core's interp/state.ts. */
export const STOP_BUDGET = 0;
export const STOP_EXIT = 1;
export const STOP_TAIL_CALL = 2;
export const STOP_FAULT = 3;

/** Whether an answer of the core is an errno pointer. */
export function isErrno(address: number): boolean {
  return address >>> 0 > 0xfffff000;
}
