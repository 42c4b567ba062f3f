// Makes a program of a block of TypeScript: what it shows as results becomes checks.
//
//   flows.get(1); // 2n             the value of the expression
//   console.log(name); // eth0      what was printed
import * as api from "../../bindings/index.ts";

/** A value as a document writes it, up to the end or to an explanation behind a colon or comma. */
const LITERAL = /^(-?\d[\d_.]*n?|0x[\da-f]+|true|false|undefined|null|"[^"]*"|\{.*\}|\[.*\])(?=$|[:,] |;)/;

/** Objects that docstrings take for granted. */
const GIVEN: readonly [name: string, code: string][] = [
  ["kernel", "const kernel = Kernel.loadSync({ seed: 1 });"],
  ["flows", 'const flows = kernel.createMap({ type: "hash", key: u32, value: u64, maxEntries: 1024, name: "flows" });'],
  ["ring", 'const ring = kernel.createMap({ type: "ringbuf", maxEntries: 4096 });'],
];

const uses = (code: string, name: string): boolean => new RegExp(`(?<![\\w.$"'])${name}\\b`).test(code);
const declares = (code: string, name: string): boolean =>
  new RegExp(`\\b(const|let|var|function|class)\\s+${name}\\b`).test(code) || new RegExp(`import [^;]*\\b${name}\\b[^;]* from`).test(code);

/** The program of a docstring's example: with its imports and the objects that it takes for granted. */
export function exampleProgram(text: string): string {
  let code = text;
  for (const [name, given] of [...GIVEN].reverse()) {
    if (uses(code, name) && !declares(code, name)) code = `${given}\n${code}`;
  }
  const names = Object.keys(api).filter((name) => uses(code, name) && !declares(code, name));
  return withChecks(`import { ${names.join(", ")} } from "bpf-maps";\n${code}`);
}

/** The code with checks for the results that its comments show. The comments stay where they are. */
export function withChecks(code: string): string {
  const lines = code.split("\n").map((line) => {
    const shown = /^(\s*)(.*\S);\s*\/\/ (.+)$/.exec(line);
    if (shown === null) return line;
    const [, indent, statement, comment] = shown;
    const printed = /^(.*)\bconsole\.log\((.*)\)$/.exec(statement);
    if (printed !== null) return `${indent}${printed[1]}docs.print(${JSON.stringify(comment)}, ${printed[2]}); // ${comment}`;
    const literal = LITERAL.exec(comment);
    if (literal === null || /^(const|let|var|return|throw|import|export|if|for|while|using|await using)\b/.test(statement)) return line;
    // Whatever else it is, an assignment's value is no result that a document shows.
    if (/^[\w.[\]]+\s*[-+*/]?=[^=>]/.test(statement)) return line;
    return `${indent}docs.check(${statement}, ${JSON.stringify(literal[1])}); // ${comment}`;
  });
  return `${lines.join("\n")}\nexport {};\n`;
}

/** How many results the program checks. */
export function checksIn(program: string): number {
  return (program.match(/\bdocs\.(check|print)\(/g) ?? []).length;
}
