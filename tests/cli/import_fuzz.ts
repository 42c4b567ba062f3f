// Mutated files for import: each is imported whole or refused with one line that says where, in time that its size bounds.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Kernel } from "../../bindings/index.ts";
import { mutate, Random } from "../harness/mutate.ts";
import { goldenKernel, runTool } from "./tool.ts";

const FILE_MS_MAX = 5000;

interface Seed {
  map: string;
  file: string;
  text: string;
  options?: readonly string[];
}

const MAPS: { readonly [name: string]: string } = {
  hash: "type hash key 4 value 8 entries 64",
  text: "type hash key 8 value 16 entries 64",
  cpus: "type percpu_hash key 4 value 4 entries 64",
  trie: "type lpm_trie key 8 value 1 entries 4096 flags 1",
  trie6: "type lpm_trie key 20 value 4 entries 4096 flags 1",
  queue: "type queue key 0 value 4 entries 4096",
  ring: "type ringbuf key 0 value 0 entries 65536",
  floats: "type array key 4 value 8 entries 8",
};

const SEEDS: readonly Seed[] = [
  { map: "hash", file: "a.csv", text: "key,value\n1,2\n3,18446744073709551615\n" },
  { map: "hash", file: "a.jsonl", text: '{"key":1,"value":9007199254740993}\n{"key":"2","value":"3"}\n' },
  { map: "hash", file: "a.json", text: '[{"key":["0x01","0x00","0x00","0x00"],"value":["0x01","0x02","0x03","0x04","0x05","0x06","0x07","0x08"]}]' },
  { map: "hash", file: "pretty.json", text: '[{\n        "key": ["0x01","0x00","0x00","0x00"],\n        "value": 7\n    },{\n        "key": 2,\n        "value": 8\n    }\n]\n' },
  { map: "text", file: "a.csv", text: '"a\nb","c,""d"\nhex:00ff000000000000,é€\n', options: ["--key", "utf8", "--value", "utf8"] },
  { map: "text", file: "a.jsonl", text: '{"key":"a\\u0000b","value":"\\ud83d\\ude00"}\n', options: ["--key", "utf8", "--value", "utf8"] },
  { map: "cpus", file: "a.csv", text: "1,2,3\n4,5\n" },
  { map: "cpus", file: "a.json", text: '[{"key":1,"values":[{"cpu":0,"value":["0x01","0x00","0x00","0x00"]},{"cpu":1,"value":5}]}]' },
  { map: "trie", file: "a.netset", text: "# list\n1.2.3.4\n5.6.0.0/16 ; SBL1\n7.0.0.1-7.0.0.9,3\n8.0.0.0,8.0.0.255,4\n" },
  { map: "trie6", file: "a.csv", text: "2001:db8::/32,5\n2001:db8:1::-2001:db8:1::9,7\n" },
  { map: "queue", file: "a.csv", text: "1\n2\n" },
  { map: "ring", file: "a.txt", text: "one\ntwo\n" },
  { map: "ring", file: "a.hex", text: "00ff\n0a:0b\n", options: ["--value", "hex"] },
  { map: "floats", file: "a.jsonl", text: '{"key":0,"value":"NaN"}\n{"key":1,"value":-0.5e3}\n', options: ["--value", "f64"] },
];

const TOKENS = ['"', '""', ",", "\n", "\r\n", "{", "}", "[", "]", "\\", "#", ";", "-", "/", "\0", "\ufeff", "\xff", "-1", "1e999", "__proto__", "0x"].map(
  (token) => Buffer.from(token),
);

function fresh(): Kernel {
  const kernel = goldenKernel();
  for (const [name, attributes] of Object.entries(MAPS)) {
    const { code, stderr } = runTool(kernel, `map create /sys/fs/bpf/${name} ${attributes} name ${name}`.split(" "));
    if (code !== 0) throw new Error(stderr);
  }
  return kernel;
}

/** One line that says that it is about this file. */
const REFUSAL = /^Error: can't import [^\x00-\x1f\x7f]+\n$/;
const SUCCESS = /^Imported \d+ (?:element|record)s?(?: \(line \d+ was taken for a header\))?\n$/;

/** Imports `rounds` mutated files. Throws for whatever is neither imported nor refused. */
export function fuzzImports(rounds: number, seed: number): { files: number; refused: number } {
  const folder = mkdtempSync(join(tmpdir(), "bpf-maps-fuzz-"));
  const random = new Random(seed);
  let kernel = fresh();
  let refused = 0;
  try {
    for (let round = 0; round < rounds; round++) {
      if (round % 500 === 499) kernel = fresh();
      const { map, file, text, options = [] } = random.pick(SEEDS);
      const path = join(folder, file);
      writeFileSync(path, mutate(Buffer.from(text), random, TOKENS));
      const started = performance.now();
      const { code, stdout, stderr } = runTool(kernel, ["map", "import", "name", map, path, ...options]);
      const elapsed = performance.now() - started;
      const isGood = code === 0 ? SUCCESS.test(stdout) && stderr === "" : REFUSAL.test(stderr) && stdout === "";
      if (!isGood) throw new Error(`round ${round} of seed ${seed}: exit code ${code}: ${JSON.stringify(stdout + stderr)}`);
      if (elapsed > FILE_MS_MAX) throw new Error(`round ${round} of seed ${seed} took ${elapsed} ms`);
      if (code !== 0) refused++;
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  return { files: rounds, refused };
}
