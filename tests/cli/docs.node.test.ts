// Every example of docs/cli.md, run as it stands there.
import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { splitLine } from "../../cli/commands/batch.ts";
import { skip } from "../harness/skip.ts";

const CLI = resolve("dist/cli.cjs");
const COUNTRIES = "node_modules/@ip-location-db/asn-country/asn-country-ipv4.csv";

interface Example {
  command: string;
  output: string;
}

function examplesOf(block: string): Example[] {
  return block
    .split(/^\$ /m)
    .filter(Boolean)
    .map((example) => {
      const end = example.indexOf("\n");
      return { command: example.slice(0, end), output: example.slice(end + 1) };
    });
}

const blocks = [...readFileSync("docs/cli.md", "utf8").matchAll(/^( *)```console\n([\s\S]*?)^ *```/gm)].map(([, indent, text]) =>
  examplesOf(text.replaceAll(new RegExp(`^${indent}`, "gm"), "")),
);

const test = suite("cli: the examples of docs/cli.md");
test("there are examples", () => assert.ok(blocks.length >= 2));

for (const examples of blocks) {
  const title = examples[0].command;
  const needsCountries = examples.some(({ command }) => command.includes(basename(COUNTRIES)));
  if (needsCountries && !existsSync(COUNTRIES)) {
    skip(test, title, "@ip-location-db/asn-country is not installed");
    continue;
  }
  test(title, () => {
    const folder = mkdtempSync(join(tmpdir(), "bpf-maps-docs-"));
    try {
      if (needsCountries) copyFileSync(COUNTRIES, join(folder, basename(COUNTRIES)));
      for (const { command, output } of examples) {
        const words = splitLine(command)!;
        assert.equal(words.splice(0, 2), ["npx", "bpf-maps"]);
        const run = spawnSync(process.execPath, [CLI, ...words], { cwd: folder, encoding: "utf8" });
        assert.equal([run.stdout, run.stderr, run.status], [output, "", 0], command);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
}
test.run();
