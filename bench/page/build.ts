// Builds the bench page into a folder: the bundle, the page, the data, the limit loop, the bare core.
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { engineFile } from "../host/engine.ts";
import { countryData } from "../host/node_host.ts";
import { compileLimit } from "../limit/compile.ts";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const DATA = "asn-country-ipv4-num.csv";

/** Writes the page's files into `directory`. */
export async function buildPage(directory: string): Promise<void> {
  mkdirSync(directory, { recursive: true });
  await build({
    entryPoints: [join(HERE, "main.ts")],
    outfile: join(directory, "main.js"),
    bundle: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    // One peer asks for Node's crypto, mitata for Bun's counters; both do without.
    external: ["crypto", "bun:jsc"],
    define: { global: "globalThis" },
    logLevel: "error",
  });
  copyFileSync(join(HERE, "index.html"), join(directory, "index.html"));
  const data = countryData(DATA);
  if (data !== undefined) copyFileSync(data, join(directory, DATA));
  writeFileSync(join(directory, "limit.wasm"), await compileLimit());
  copyFileSync(engineFile("dist/bpf-maps.wasm"), join(directory, "core.wasm"));
}
