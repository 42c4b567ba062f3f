// What Node gives to a run.
import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { BlockList } from "node:net";
import { freemem } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { brotliCompressSync } from "node:zlib";
import { Reader } from "mmdb-lib";
import type { Bench, Host, ProcessNumbers, Scale } from "../harness/case.ts";
import { compileLimit } from "../limit/compile.ts";
import { dotted } from "../sides/prefixes.ts";
import { engineFile } from "./engine.ts";
import { openKernelMap } from "./kernel_map.ts";
import { writeMmdb } from "./mmdb.ts";
import { openNativeTable } from "./native_table.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const FRESH = fileURLToPath(new URL("fresh.mjs", import.meta.url));

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** The path of a file of the address data, where the package is installed. */
export function countryData(name: string): string | undefined {
  try {
    const manifest = createRequire(import.meta.url).resolve("@ip-location-db/asn-country/package.json");
    const path = join(manifest, "..", name);
    return existsSync(path) ? path : undefined;
  } catch {
    return undefined;
  }
}

const host: Host = {
  kernelMap: openKernelMap,
  nativeTable: openNativeTable,
  heapBytes: () => {
    collect();
    return process.memoryUsage().heapUsed;
  },
  freshProcess: async (...words: string[]): Promise<ProcessNumbers> => {
    const { stdout } = await promisify(execFile)(process.execPath, ["--expose-gc", FRESH, engineFile("dist/index.js"), ...words], { cwd: ROOT });
    return JSON.parse(stdout) as ProcessNumbers;
  },
  wasmSizes: () => {
    const bytes = readFileSync(engineFile("dist/bpf-maps.wasm"));
    return { raw: bytes.length, brotli: brotliCompressSync(bytes).length };
  },
  freeBytes: () => process.availableMemory?.() ?? freemem(),
  now: () => performance.now() * 1e6,
  blockList: ({ addresses, bits }) => {
    const list = new BlockList();
    addresses.forEach((address, i) => list.addSubnet(dotted(address), bits[i]));
    return (address) => list.check(address);
  },
  mmdbReader: (prefixes) => {
    // Its users give it a cache for what it decodes; without one it decodes the same few countries again and again.
    return new Reader(Buffer.from(writeMmdb(prefixes).buffer), { cache: new Map() as never });
  },
};

/** A run in Node. A smoke run does without collections: they take longer than its cases. */
export function nodeBench(scale: Scale): Bench {
  return {
    scale,
    gc: scale.rounds > 1 ? collect : () => {},
    host,
    data: async (name) => {
      const path = countryData(name);
      return path === undefined ? undefined : readFileSync(path, "utf8");
    },
    limitWasm: compileLimit,
    coreWasm: async () => readFileSync(engineFile("dist/bpf-maps.wasm")),
  };
}
