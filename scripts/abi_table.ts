// Writes the table of exports into docs/abi.md: names and docstrings from the core's sources, held against the module's types.
//   npx tsx scripts/abi_table.ts
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { exportedFunctions } from "./wasm_exports.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const ENTRY = join(ROOT, "assembly/index.ts");
const PAGE = join(ROOT, "docs/abi.md");
const [BEGIN, END] = ["<!-- exports: written by scripts/abi_table.ts -->", "<!-- end of exports -->"];

/** How the sources' types are spelt in the table, and what they are in the module. */
const TYPES: Record<string, { shown: string; wasm: string[] }> = {
  i32: { shown: "int", wasm: ["i32"] },
  u32: { shown: "u32", wasm: ["i32"] },
  usize: { shown: "address", wasm: ["i32"] },
  u64: { shown: "u64", wasm: ["i64"] },
  f64: { shown: "f64", wasm: ["f64"] },
  void: { shown: "-", wasm: [] },
};

interface Documented {
  name: string;
  parameters: { name: string; type: string }[];
  result: string;
  text: string;
}

const DECLARATION = /(?:\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n)?export function (\w+)\(([^)]*)\): (\w+)/g;

/** The exported functions of a source file, with their docstrings in one line. */
function documentedIn(path: string): Documented[] {
  return [...readFileSync(path, "utf8").matchAll(DECLARATION)].map(([, comment = "", name, list, result]) => ({
    name,
    parameters: list.split(",").map((item) => item.trim()).filter(Boolean).map((item) => {
      const [parameter, type] = item.split(": ");
      return { name: parameter.replace(/^_/, ""), type };
    }),
    result,
    text: comment.split("\n").map((line) => line.replace(/^\s*\*? ?/, "").trim()).join(" ").trim(),
  }));
}

/** What assembly/index.ts exports, its re-exports included. */
function documentedExports(): Map<string, Documented> {
  const found = new Map(documentedIn(ENTRY).map((item) => [item.name, item]));
  for (const [, list, from] of readFileSync(ENTRY, "utf8").matchAll(/^export \{([^}]*)\} from "([^"]+)";/gm)) {
    const names = list.split(",").map((name) => name.trim()).filter((name) => name !== "");
    for (const item of documentedIn(join(dirname(ENTRY), `${from}.ts`))) if (names.includes(item.name)) found.set(item.name, item);
  }
  return found;
}

/** The table; throws where the module and the sources do not say the same, and for an export without a docstring. */
export function abiTable(): string {
  const documented = documentedExports();
  const rows = exportedFunctions(readFileSync(join(ROOT, "build/release.wasm"))).map(({ name, parameters, results }) => {
    const item = documented.get(name);
    if (item === undefined || item.text === "") throw new Error(`${name} is exported without a docstring`);
    const types = item.parameters.map(({ type }) => TYPES[type].wasm).flat().join();
    if (types !== parameters.join() || TYPES[item.result].wasm.join() !== results.join()) {
      throw new Error(`${name} has other types in the module: (${parameters}) -> ${results}`);
    }
    const list = item.parameters.map((parameter) => `${parameter.name}: ${TYPES[parameter.type].shown}`).join(", ");
    return `| \`${name}(${list})\` | ${TYPES[item.result].shown} | ${item.text.replaceAll("|", "\\|")} |`;
  });
  return ["| export | answers | |", "|---|---|---|", ...rows].join("\n");
}

/** docs/abi.md with the table of now in the place of the one that it has. */
export function abiPage(): string {
  const page = readFileSync(PAGE, "utf8");
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (begin === -1 || end < begin) throw new Error(`${PAGE} has no place for the table`);
  return `${page.slice(0, begin + BEGIN.length)}\n${abiTable()}\n${page.slice(end)}`;
}

/** The committed page. */
export const committedPage = (): string => readFileSync(PAGE, "utf8");

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  writeFileSync(PAGE, abiPage());
  console.log(PAGE);
}
