// Every row of the tables of commands on programs and BTF, on the engine.
import * as assert from "uvu/assert";
import { Kernel } from "../../../bindings/index.ts";
import { programs } from "../../../vm/index.ts";
import { EngineTarget } from "../../kernel/engine.ts";
import { runRows } from "./run_rows.ts";
import * as tables from "./tables/index.ts";

let kernel: Kernel;

function open(): EngineTarget {
  kernel = Kernel.loadSync({ programs, cpus: 2 });
  return new EngineTarget(kernel);
}

function nothingIsLeft(): void {
  const { objects, openFds, dataBytes, privateBytes } = kernel.stats();
  assert.equal({ objects, openFds, dataBytes, privateBytes }, { objects: 0, openFds: 0, dataBytes: 0, privateBytes: 0 });
}

runRows(Object.values(tables), "on the engine", open, nothingIsLeft);
