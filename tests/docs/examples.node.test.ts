// Every example runs as it is, and prints what it is about.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { skip } from "../harness/skip.ts";

const test = suite("examples");

/** What the output of each example must say, with arguments that keep it short. */
const EXPECTED: { readonly [name: string]: { args?: string[]; output: RegExp[]; needs?: string } } = {
  "word_count.ts": { args: ["LICENSE"], output: [/^the +\d+$/m, /^\d+ different words, 0 occurrences/m] },
  "lru_cache.ts": { args: ["20000"], output: [/^20000 requests, [1-9]\d\.\d % hits, \d+ of 2000 elements$/m] },
  "cidr_lookup.ts": {
    args: ["8.8.8.8", "10.1.2.3"],
    output: [/^[1-9]\d{4,5} prefixes in /m, /^8\.8\.8\.8 +US, from 8\./m, /^10\.1\.2\.3 +is nobody's$/m],
    needs: "node_modules/@ip-location-db/asn-country/asn-country-ipv4-num.csv",
  },
  "ring_buffer.ts": { args: ["5000"], output: [/^\d+ events read in order, \d+ dropped/m] },
  "testing.ts": { output: [/^bpf\(BPF_MAP_UPDATE_ELEM, .* = -1 ENOMEM \(Cannot allocate memory\)$/m, /^all tests passed$/m] },
};

const files = readdirSync("examples").filter((name) => name.endsWith(".ts")).sort();

test("each has its row here, and is short", () => {
  assert.equal(files, Object.keys(EXPECTED).sort());
  for (const name of files) assert.ok(readFileSync(`examples/${name}`, "utf8").split("\n").length <= 60, name);
});

for (const name of files) {
  const { args = [], output, needs } = EXPECTED[name] ?? { output: [] };
  if (needs !== undefined && !existsSync(needs)) {
    skip(test, name, `${needs} is not installed`);
    continue;
  }
  test(name, () => {
    const options = { encoding: "utf8", timeout: 60_000 } as const;
    const { status, signal, stdout, stderr } = spawnSync(process.execPath, ["--import", "tsx", `examples/${name}`, ...args], options);
    assert.is(signal, null, "it ends by itself");
    assert.is(status, 0, stderr);
    for (const line of output) assert.match(stdout, line);
  });
}

test.run();
