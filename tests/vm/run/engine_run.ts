// TEST_RUN on the engine: the programs core, the compiler, the helpers of the host.
import { Engine } from "../../../vm/engine/engine.ts";
import type { HelperExports } from "../../../vm/helpers/exports.ts";
import { helperById } from "../../../vm/helpers/table.ts";
import { assemble } from "../../../vm/insn/text.ts";
import { defaultEnvironment, type Environment } from "../../../vm/run/environment.ts";
import { HostFunctions } from "../../../vm/run/host_functions.ts";
import type { CallerMemory, Machine } from "../../../vm/run/machine.ts";
import { Runner } from "../../../vm/run/runner.ts";
import { checkTestRunAttr, testRun } from "../../../vm/run/test_run.ts";
import { codeOf } from "../compile/machine.ts";
import { hex, type RunCase, type RunResult } from "./case.ts";

const KIND_DATA = 3;
const CHUNK_SHIFT = 16;

/** Addresses of the caller's buffers, in a memory of its own. */
const DATA_IN = 0x10000n;
const DATA_OUT = 0x40000n;
const CTX_IN = 0x80000n;
const CTX_OUT = 0xa0000n;
const CALLER_BYTES = 0x100000;

class Caller implements CallerMemory {
  readonly bytes = new Uint8Array(CALLER_BYTES);
  read(address: bigint, size: number): Uint8Array | undefined {
    const at = Number(address);
    return at === 0 || at + size > CALLER_BYTES ? undefined : this.bytes.slice(at, at + size);
  }
  write(address: bigint, bytes: Uint8Array): boolean {
    if (address === 0n || Number(address) + bytes.length > CALLER_BYTES) return false;
    this.bytes.set(bytes, Number(address));
    return true;
  }
}

/** A programs core with an engine on it, without bpf(2). */
export class EngineUnderTest {
  readonly #hosts: HostFunctions;
  readonly #engine: Engine;
  readonly machine: Machine;
  readonly environment: Environment;

  constructor(wasm: Uint8Array<ArrayBuffer>, environment: Partial<Environment> = {}) {
    const instance = new WebAssembly.Instance(new WebAssembly.Module(wasm), { env: { host_helper: () => 0n } });
    const core = instance.exports as unknown as HelperExports & {
      readonly memory: WebAssembly.Memory;
      chunk_kinds(): number;
      data_alloc(size: number): number;
      data_free(address: number): number;
      init(cpus: number, chunks: number, fds: number, seed: bigint): number;
      set_cpu(cpu: number): number;
    };
    let cpu = 0;
    const isData = (address: number, size: number): boolean => {
      const kinds = new Uint8Array(core.memory.buffer, core.chunk_kinds());
      for (let at = address >>> CHUNK_SHIFT; at <= (address + size - 1) >>> CHUNK_SHIFT; ++at) if (kinds[at] !== KIND_DATA) return false;
      return true;
    };
    core.init(2, 65535, 1024, 1n);
    this.environment = { ...defaultEnvironment, ...environment };
    this.machine = {
      bytes: () => new Uint8Array(core.memory.buffer),
      view: () => new DataView(core.memory.buffer),
      allocData: (size) => core.data_alloc(size) >>> 0,
      freeData: (address) => void core.data_free(address),
      isData,
      maxEntries: (map) => core.map_max_entries(map),
      cpus: 2,
      get cpu() {
        return cpu;
      },
      set cpu(next) {
        cpu = next;
        core.set_cpu(next);
      },
    };
    this.#hosts = new HostFunctions(core);
    this.#engine = new Engine({
      memory: core.memory,
      core: core as unknown as Record<string, unknown>,
      functions: this.#hosts.functions,
      helpers: { helper: helperById },
    });
  }

  run(run: RunCase): RunResult {
    const executable = this.#engine.prepare({ ...codeOf(assemble(run.text)), type: run.type });
    const runner = new Runner(this.machine, this.environment, executable, (current, body) => this.#hosts.enter(current, body));
    const caller = new Caller();
    if (run.data) caller.bytes.set(run.data, Number(DATA_IN));
    if (run.ctx) caller.bytes.set(run.ctx, Number(CTX_IN));
    const attr = {
      dataSizeIn: run.data?.length ?? 0,
      dataSizeOut: run.dataRoom ?? 0,
      dataIn: run.data?.length ? DATA_IN : 0n,
      dataOut: run.dataRoom ? DATA_OUT : 0n,
      repeat: run.repeat ?? 0,
      ctxSizeIn: run.ctx?.length ?? 0,
      ctxSizeOut: run.ctxRoom ?? 0,
      ctxIn: run.ctx?.length ? CTX_IN : 0n,
      ctxOut: run.ctxRoom ? CTX_OUT : 0n,
      flags: run.flags ?? 0,
      cpu: run.cpu ?? 0,
      batchSize: run.batchSize ?? 0,
    };
    const program = { type: run.type, expectedAttachType: run.expectedAttachType ?? 0, ctxNeeded: 0 };
    const early = checkTestRunAttr(attr);
    const answer = early ? { errno: early } : testRun(runner, program, attr, caller);
    const bytesAt = (address: bigint, size: number): string => hex(caller.bytes.subarray(Number(address), Number(address) + size));
    return {
      errno: answer.errno,
      retval: answer.retval ?? 0,
      dataSizeOut: answer.dataSizeOut ?? attr.dataSizeOut,
      ctxSizeOut: answer.ctxSizeOut ?? attr.ctxSizeOut,
      data: bytesAt(DATA_OUT, attr.dataSizeOut),
      ctx: run.ctxRoom ? bytesAt(CTX_OUT, run.ctxRoom) : bytesAt(CTX_IN, attr.ctxSizeIn),
    };
  }
}
