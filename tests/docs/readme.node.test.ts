// What the documents say, done: code runs and gives the results it shows, commands exist, sessions print what is printed
// below them, links lead somewhere.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { docExamples, fencedBlocks, fileLinks, type Block } from "./blocks.ts";
import { checked } from "./globals.ts";
import { checksIn, exampleProgram, withChecks } from "./program.ts";

const test = suite("documents");
const PROGRAMS = "build/doc_programs";
const CSV = "node_modules/@ip-location-db/asn-country/asn-country-ipv4.csv";

const markdown = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "tests/README.md", "bench/README.md", ...filesBelow("docs", ".md"), ...filesBelow("examples", ".md")];
const documents = markdown.filter((path) => existsSync(path));
const blocks = documents.flatMap(fencedBlocks);
const sources = filesBelow("bindings", ".ts").filter((path) => !/^bindings\/(cli|generated)\//.test(path));

function filesBelow(folder: string, ending: string): string[] {
  if (!existsSync(folder)) return [];
  return (readdirSync(folder, { recursive: true }) as string[]).filter((name) => name.endsWith(ending)).map((name) => join(folder, name)).sort();
}

/** A block without imports of its own goes on where the blocks before it in its document stopped. */
function readmePrograms(): [where: string, program: string][] {
  const begun = new Map<string, string>();
  return blocks.filter(({ language }) => language === "ts").map(({ where, text }) => {
    const document = where.replace(/:.*/, "");
    const code = /^import /m.test(text) ? text : (begun.get(document) ?? "") + text;
    begun.set(document, code);
    return [where, withChecks(code)];
  });
}

const programs = [
  ...readmePrograms(),
  ...sources.flatMap(docExamples).map(({ where, text }): [string, string] => [where, exampleProgram(text)]),
].map(([where, program]) => ({ where, program, path: join(PROGRAMS, `${where.replace(/\W+/g, "_")}.ts`) }));

test.before(() => {
  rmSync(PROGRAMS, { recursive: true, force: true });
  mkdirSync(PROGRAMS, { recursive: true });
  for (const { path, program } of programs) writeFileSync(path, program);
  const options = { extends: "../../tsconfig.json", include: ["*.ts", "../../tests/docs/globals.ts"] };
  writeFileSync(join(PROGRAMS, "tsconfig.json"), JSON.stringify(options));
});

test("there are programs, and they show results", () => {
  assert.ok(programs.length > 10, `${programs.length} programs`);
  assert.ok(blocks.some(({ where, language }) => where.startsWith("README.md") && language === "ts"));
});

test("every program has the types that the package gives it", () => {
  const { status, stdout } = spawnSync(process.execPath, ["node_modules/typescript/bin/tsc", "-p", PROGRAMS], { encoding: "utf8" });
  assert.is(status, 0, stdout);
});

for (const { where, program, path } of programs) {
  test(`${where} runs`, async () => {
    const log = console.log;
    const before = checked;
    console.log = () => {};
    try {
      await import(pathToFileURL(resolve(path)).href);
    } finally {
      console.log = log;
    }
    if (checksIn(program) > 0) assert.ok(checked > before, "the results it shows were looked at");
  });
}

/** Single commands of a shell block: without comments, joined by && or on lines of their own. */
function commandsOf({ text }: Block): string[] {
  const lines = text.replace(/\\\n\s*/g, " ").split("\n").map((line) => line.replace(/(^|\s)#.*/, "").replace(/^\$ /, "").trim());
  return lines.filter((line) => line !== "").flatMap((line) => line.split(/\s*(?:&&|;)\s*/));
}

for (const block of blocks.filter(({ language }) => ["sh", "bash", "shell"].includes(language))) {
  test(`${block.where}: its commands exist`, () => {
    const { name, scripts, bin } = JSON.parse(readFileSync("package.json", "utf8"));
    for (const command of commandsOf(block)) {
      const words = command.split(/\s+/);
      const [program, first = "", second = ""] = words[0] === "npx" ? words.slice(1) : words;
      if (program === "npm" && ["ci", "install", "i"].includes(first)) {
        for (const wanted of words.slice(2).filter((word) => !word.startsWith("-"))) {
          assert.ok(wanted === name || existsSync(`node_modules/${wanted.replace(/(.)@.*/, "$1")}`), `${command}: ${wanted} is not known here`);
        }
      } else if (program === "npm") {
        const script = first === "run" ? second : first;
        assert.ok(script in scripts, `${command}: there is no script "${script}"`);
      } else if (program === "tsx" || program === "node") {
        const file = words.slice(1).find((word) => /\.[cm]?[jt]s$/.test(word)) ?? "";
        assert.ok(existsSync(file), `${command}: there is no file "${file}"`);
      } else {
        assert.ok(program in bin || ["cd", "git", "export"].includes(program), `${command}: this test does not know ${program}`);
      }
    }
  });
}

for (const document of documents) {
  const sessions = blocks.filter(({ where, language }) => where.startsWith(`${document}:`) && language === "console");
  if (sessions.length === 0) continue;
  test(`${document}: its sessions print what they show`, () => {
    const folder = mkdtempSync(join(tmpdir(), "bpf-maps-docs-"));
    try {
      if (existsSync(CSV)) copyFileSync(CSV, join(folder, "asn-country-ipv4.csv"));
      for (const { where, text } of sessions) {
        for (const step of text.split(/^\$ /m).slice(1)) {
          const [command, ...output] = step.split("\n");
          const shown = output.join("\n").trimEnd();
          assert.is(run(command, folder).trimEnd(), shown, `${where}: ${command}`);
        }
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
}

/** What a line of a session prints, with this checkout's program for `npx bpf-maps`. */
function run(command: string, cwd: string): string {
  const program = `"${process.execPath}" "${resolve("dist/cli.cjs")}"`;
  const line = command.replace(/(?<=^|[|;(]\s*)(npx )?bpf-maps\b/g, program);
  return execFileSync("/bin/sh", ["-c", `${line} 2>&1 || true`], { cwd, encoding: "utf8", timeout: 60_000 });
}

test("tests/README.md has a row for every folder of tests/", () => {
  const rows = [...readFileSync("tests/README.md", "utf8").matchAll(/^\| (`.*?) \|/gm)].map(([, names]) => names);
  const named = rows.flatMap((names) => [...names.matchAll(/`(\w+)\/`/g)].map(([, name]) => name));
  const folders = readdirSync("tests", { withFileTypes: true }).filter((entry) => entry.isDirectory());
  assert.equal(named.sort(), folders.map(({ name }) => name).sort());
});

test("links lead to files", () => {
  for (const path of documents) {
    for (const target of fileLinks(path)) {
      assert.ok(existsSync(join(dirname(path), target)), `${path}: ${target} does not exist`);
    }
  }
});

test.run();
