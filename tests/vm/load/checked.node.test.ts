// The rows of the tables on the debug core, which holds its own state against its rules after each.
import * as assert from "uvu/assert";
import { readFileSync } from "node:fs";
import { exportsOf } from "../../../bindings/abi/internals.ts";
import { Kernel } from "../../../bindings/index.ts";
import { programs } from "../../../vm/index.ts";
import { EngineTarget } from "../../kernel/engine.ts";
import { runRows } from "./run_rows.ts";
import * as tables from "./tables/index.ts";

const wasm = readFileSync("build/programs-debug.wasm");
let kernel: Kernel;

function open(): EngineTarget {
  kernel = Kernel.loadSync({ programs, wasm, cpus: 2 });
  return new EngineTarget(kernel);
}

const check = (): number => (exportsOf(kernel) as unknown as { check_invariants(): number }).check_invariants();

runRows(Object.values(tables), "on the debug core", open, () => assert.is(check(), 0));
