// All declarations of the library in one file, for `require` (a .d.cts beside index.cjs) and for an import by URL, where
// nothing says which other files there are. Each declaration file becomes a namespace, so no two of them need different names.
import { readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { StepError } from "./files.mjs";

const IMPORT = /^import (?:type )?\{([^}]*)\} from "([^"]+)";$/;
const EXPORT_FROM = /^export (?:type )?(?:\{([^}]*)\}|(\*)) from "([^"]+)";$/;
const EXPORT_LIST = /^export (?:type )?\{([^}]*)\};$/;
const DECLARATION = /^(export )?(?:declare )?((?:abstract )?(?:class|const enum|enum|interface|type|const|function|let|var|namespace) ([\w$]+).*)$/;

/** `A, type B as C` as pairs of the name over there and the name here. */
const namePairs = (list) =>
  list.split(",").map((item) => item.trim().replace(/^type /, "")).filter(Boolean).map((item) => item.split(" as "))
    .map(([there, here = there]) => ({ there, here }));

/** Reads declaration files, each once, and keeps what the other ones need of them. */
class Modules {
  #root;
  #read = new Map();

  constructor(root) {
    this.#root = root;
  }

  /** In the order of their first mention. */
  all() {
    return [...this.#read.values()];
  }

  at(path) {
    let module = this.#read.get(path);
    if (module === undefined) {
      const name = relative(this.#root, path).replace(/\.d\.ts$/, "").replaceAll(/\W/g, "_");
      module = { name, exported: new Set(), references: [], lines: [] };
      this.#read.set(path, module);
      this.#parse(path, module);
    }
    return module;
  }

  #parse(path, module) {
    const from = (specifier) => this.at(join(dirname(path), specifier.replace(/\.js$/, ".d.ts")));
    // A statement over several lines becomes one; what tsc writes needs no more of a parser.
    const text = readFileSync(path, "utf8").replace(/^(?:import|export) (?:type )?\{[^}]*\}/gm, (head) => head.replaceAll(/\s+/g, " "));
    for (const line of text.split("\n")) {
      const imported = IMPORT.exec(line);
      const reexported = EXPORT_FROM.exec(line);
      const list = EXPORT_LIST.exec(line);
      const declared = DECLARATION.exec(line);
      if (imported !== null) {
        const { name } = from(imported[2]);
        for (const { there, here } of namePairs(imported[1])) module.lines.push(`import ${here} = ${name}.${there};`);
      } else if (reexported !== null) {
        const target = from(reexported[3]);
        const pairs = reexported[2] ? [...target.exported].map((name) => ({ there: name, here: name })) : namePairs(reexported[1]);
        for (const { there, here } of pairs) this.#export(module, here, `export import ${here} = ${target.name}.${there};`);
      } else if (list !== null) {
        // Everything in an ambient namespace is exported; only a name of its own needs a line.
        for (const { there, here } of namePairs(list[1])) this.#export(module, here, there === here ? "" : `export import ${here} = ${there};`);
      } else if (declared !== null) {
        if (declared[1]) this.#export(module, declared[3], `export ${declared[2]}`);
        else module.lines.push(declared[2]);
      } else if (/^(import|export|declare)\b/.test(line)) {
        throw new StepError(`${path}: one_file_types.mjs does not know how to write: ${line}`);
      } else {
        (line.startsWith("///") ? module.references : module.lines).push(line);
      }
    }
  }

  #export(module, name, line) {
    module.exported.add(name);
    if (line !== "") module.lines.push(line);
  }
}

/** The text of one declaration file with everything that `entry` exports, from the declarations below `root`. */
export function oneFileTypes(root, entry) {
  const modules = new Modules(root);
  const { name, exported } = modules.at(join(root, entry));
  const references = [...new Set(modules.all().flatMap((module) => module.references))];
  const namespaces = modules.all().map((module) => `declare namespace ${module.name} {\n${module.lines.join("\n").trim()}\n}\n`);
  const exports = [...exported].map((item) => `export import ${item} = ${name}.${item};\n`);
  return [...references.map((line) => `${line}\n`), ...namespaces, ...exports].join("");
}
