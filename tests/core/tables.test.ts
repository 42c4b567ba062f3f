// Every row of the tables, on the engine.
import * as assert from "uvu/assert";
import type { Kernel } from "../../bindings/index.ts";
import { newKernel } from "../harness/kernel.ts";
import { EngineTarget } from "../kernel/engine.ts";
import { runTables } from "./run_tables.ts";
import * as tables from "./tables/index.ts";

const CPUS = 2;
let kernel: Kernel;

function open(): EngineTarget {
  kernel = newKernel({ cpus: CPUS });
  return new EngineTarget(kernel);
}

function nothingIsLeft(): void {
  const { objects, openFds, dataBytes, privateBytes } = kernel.stats();
  assert.equal({ objects, openFds, dataBytes, privateBytes }, { objects: 0, openFds: 0, dataBytes: 0, privateBytes: 0 });
}

runTables(Object.values(tables), { title: "on the engine", cpus: CPUS, open, after: nothingIsLeft });
