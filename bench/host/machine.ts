// Where numbers come from: a ratio without its machine and versions says little.
import { readFileSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";

/** The machine, the versions and the date of a run. */
export interface Machine {
  processor: string;
  cores: number;
  memoryGiB: number;
  system: string;
  node: string;
  v8: string;
  version: string;
  peers: Record<string, string>;
  date: string;
}

const PEERS = ["bloom-filters", "lru-cache", "mmdb-lib", "mnemonist", "ringbuf.js", "@ip-location-db/asn-country"];

export function machine(): Machine {
  const manifest = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  const processors = cpus();
  return {
    processor: processors[0]?.model.trim() ?? "unknown",
    cores: processors.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${process.platform} ${release()} ${process.arch}`,
    node: process.versions.node,
    v8: process.versions.v8,
    version: manifest.version,
    peers: Object.fromEntries(PEERS.map((name) => [name, manifest.devDependencies[name] ?? "not installed"])),
    date: new Date().toISOString().slice(0, 10),
  };
}

/** The same as a sentence. */
export function origin(about: Machine): string {
  const peers = Object.entries(about.peers).map(([name, version]) => `${name} ${version}`);
  return (
    `Measured on ${about.date}: bpf-maps ${about.version}, Node ${about.node} (V8 ${about.v8}), ${about.system}, ` +
    `${about.processor}, ${about.cores} cores, ${about.memoryGiB} GiB. Peers: ${peers.join(", ")}.`
  );
}
