// A core that notes which of its functions were entered: compiled without inlining, so that each function of the
// sources is one of the module's, and with a flag per function set at its entry.
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import binaryen from "binaryen";
import { ASC, ENTRIES } from "../build/core.mjs";

// The typings put this function on the module, the library has it on a class of its own.
const { setBody } = (binaryen as unknown as { Function: { setBody(func: number, body: number): void } }).Function;

/** A function of the core: its file below assembly/, its name there, and whether the module contains it. */
export interface CoreFunction {
  file: string;
  name: string;
  isCompiled: boolean;
}

const sourcesBelow = (folder: string): string[] =>
  (readdirSync(folder, { recursive: true }) as string[]).filter((path) => path.endsWith(".ts")).sort();

/** The names of the functions a source declares: functions, and methods as `Class#method` or `Class.method`. */
function declaredFunctions(text: string): string[] {
  const names: string[] = [];
  let className = "";
  for (const line of text.split("\n")) {
    const type = /^(?:@\w+ )*(?:export )?(?:abstract )?class (\w+)/.exec(line);
    if (type) className = type[1];
    else if (line.startsWith("}")) className = "";
    const plain = /^(?:@\w+(?:\([^)]*\))? )*(?:export )?function (\w+)/.exec(line);
    if (plain) names.push(plain[1]);
    const method = /^ {2}(?:@\w+ )*(static )?(get |set )?(\w+)(?:<[^>]*>)?\([^;]*\{/.exec(line);
    if (method && className && !["if", "for", "while", "switch"].includes(method[3])) {
      const accessor = method[2] ? `${method[2].trim()}:` : "";
      names.push(`${className}${method[1] ? "." : "#"}${accessor}${method[3]}`);
    }
  }
  return names;
}

/** `assembly/map/hash/lookup<u32>` is the function `lookup` of map/hash.ts. */
function sourceName(wasmName: string): string {
  return wasmName.replace(/<.*>/, "").replace(/@\w+$/, "");
}

function compileWithoutInlining(folder: string): Uint8Array {
  cpSync("assembly", join(folder, "assembly"), { recursive: true });
  for (const file of sourcesBelow(join(folder, "assembly"))) {
    const path = join(folder, "assembly", file);
    const text = readFileSync(path, "utf8");
    // What chooses by ASC_FEATURE_THREADS what is compiled does so where it is inlined.
    if (/ASC_FEATURE_THREADS|\batomic\./.test(text)) continue;
    // Only in front of functions and methods: an inlined constant must stay one.
    writeFileSync(path, text.replace(/@inline(?=\s+(?:@\w+\s+)*(?:export\s+function|function|static|get|set|(?!const|let|export)\w+\s*[(<]))/g, ""));
  }
  const { options } = JSON.parse(readFileSync("asconfig.json", "utf8"));
  writeFileSync(join(folder, "asconfig.json"), JSON.stringify({ options }));
  const args = [...ASC, ...ENTRIES.debug, "--config", "asconfig.json", "--outFile", "plain.wasm", "--debug", "--noAssert"];
  execFileSync(process.execPath, args, { cwd: folder, stdio: ["ignore", "inherit", "inherit"] });
  return readFileSync(join(folder, "plain.wasm"));
}

/** Adds one flag and one import call at the first entry of each function; returns the functions' names. */
function addFlags(wasm: Uint8Array): { wasm: Uint8Array; names: string[] } {
  const module = binaryen.readBinary(wasm);
  module.setFeatures(binaryen.Features.All);
  const names: string[] = [];
  const count = module.getNumFunctions();
  for (let index = 0; index < count; index++) {
    const func = module.getFunctionByIndex(index);
    const { name, base, results, body } = binaryen.getFunctionInfo(func);
    if (base) continue;
    const id = names.push(name) - 1;
    module.addGlobal(`entered:${id}`, binaryen.i32, true, module.i32.const(0));
    const note = module.if(
      module.i32.eqz(module.global.get(`entered:${id}`, binaryen.i32)),
      module.block(null, [
        module.global.set(`entered:${id}`, module.i32.const(1)),
        module.call("note", [module.i32.const(id)], binaryen.none),
      ]),
    );
    setBody(func, module.block(null, [note, body], results));
  }
  module.addFunctionImport("note", "coverage", "note", binaryen.i32, binaryen.none);
  if (!module.validate()) throw new Error("the counting core is not a valid module");
  // The flags survive optimisation, and without it the suites would take minutes.
  binaryen.setOptimizeLevel(2);
  module.optimize();
  const bytes = module.emitBinary();
  module.dispose();
  return { wasm: bytes, names };
}

/** Gives the counting core the release's build id: programs under test hand snapshots to each other, whole or counted. */
function withBuildId(wasm: Uint8Array, release: Uint8Array<ArrayBuffer>): Uint8Array {
  const [section] = WebAssembly.Module.customSections(new WebAssembly.Module(release), "build_id");
  const name = Buffer.from("build_id");
  const content = Buffer.concat([Buffer.of(name.length), name, Buffer.from(section)]);
  if (content.length > 127) throw new Error("the build id does not fit into a section with a one-byte size");
  return Buffer.concat([wasm, Buffer.of(0, content.length), content]);
}

/** Writes `counting.wasm` and `names.json` into `folder`; returns every function of the sources. */
export async function buildCountingCore(folder: string): Promise<CoreFunction[]> {
  mkdirSync(folder, { recursive: true });
  const { wasm, names } = addFlags(compileWithoutInlining(folder));
  writeFileSync(join(folder, "counting.wasm"), withBuildId(wasm, readFileSync("build/release.wasm")));
  writeFileSync(join(folder, "names.json"), JSON.stringify(names.map(sourceName)));
  const compiled = new Set(names.map(sourceName));
  return sourcesBelow("assembly").flatMap((file) => {
    const module = relative(".", join("assembly", file)).replace(/\.ts$/, "");
    return declaredFunctions(readFileSync(join("assembly", file), "utf8")).map((name) => ({
      file,
      name,
      isCompiled: compiled.has(`${module}/${name}`),
    }));
  });
}
