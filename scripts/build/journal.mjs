// A transform of the compiler: puts a call of the journal (assembly/mem/journal.ts) in front of every plain store of a core
// for shared memory, so that no source file of a map type knows that a thread may die between two stores, and none can forget it.
//
//   (i32.store offset=8 PTR VALUE)   →   (i32.store offset=8 (call $log_4 PTR (i32.const 8)) VALUE)
//   (memory.copy TO FROM SIZE)       →   (call $log_copy TO FROM SIZE)          and memory.fill in the same way
//
// The code is rewritten as text, whose form the compiler's own tools define, and read back by them.

const JOURNAL = "assembly/mem/journal/";
/** What stores here is the journal, the locks and the slots of CPUs, which are not undone but freed. */
const NOT_NOTED = [JOURNAL, "assembly/mem/lock/", "assembly/mem/section/", "assembly/mem/cpu/", "assembly/mem/attach/"];
const UNLOGGED = /_unlogged$/;
/** Stores relative to these are to the thread's own memory. */
const OWN = new Set(["$assembly/mem/cpu/slot", "$assembly/mem/cpu/frame_at"]);
const WIDTHS = {
  "i32.store8": 1, "i64.store8": 1, "i32.store16": 2, "i64.store16": 2, "i32.store": 4, "i64.store32": 4, "f32.store": 4,
  "i64.store": 8, "f64.store": 8, "v128.store": 16,
};
const BULK = { "memory.copy": "log_copy", "memory.fill": "log_fill" };
const LOGS = ["log_1", "log_2", "log_4", "log_8", "log_16", "log_copy", "log_fill"];

const fail = (reason) => {
  throw new Error(`Cannot add the journal: ${reason}`);
};

/** Text of the module as nested lists; comments are left out. */
function parse(text) {
  const root = [];
  const stack = [root];
  for (const [token] of text.matchAll(/;;[^\n]*|\(;[\s\S]*?;\)|"(?:[^"\\]|\\.)*"|[()]|[^\s()";]+/g)) {
    if (token.startsWith(";;") || token.startsWith("(;")) continue;
    if (token === "(") {
      const list = [];
      stack.at(-1).push(list);
      stack.push(list);
    } else if (token === ")") stack.pop();
    else stack.at(-1).push(token);
  }
  return root[0];
}

const print = (node) => (typeof node === "string" ? node : `(${node.map(print).join(" ")})`);

const isOwn = (ptr) => Array.isArray(ptr) && ptr[0] === "global.get" && OWN.has(ptr[1]);

/** Rewrites the stores of a function in place; how many there were. */
function rewrite(node, log) {
  if (typeof node === "string") return 0;
  let count = node.reduce((sum, child) => sum + rewrite(child, log), 0);
  const width = WIDTHS[node[0]];
  if (width !== undefined) {
    const offset = node.find((part) => typeof part === "string" && part.startsWith("offset="))?.slice(7) ?? "0";
    const at = node.findIndex((part) => Array.isArray(part));
    if (!isOwn(node[at])) {
      node[at] = ["call", log(`log_${width}`), node[at], ["i32.const", offset]];
      count++;
    }
  } else if (BULK[node[0]] !== undefined) {
    node.splice(0, node.findIndex((part) => Array.isArray(part)), "call", log(BULK[node[0]]));
    count++;
  } else if (/\.store|^memory\.init/.test(node[0]) && !node[0].includes(".atomic.")) fail(`${node[0]} is not known`);
  return count;
}

export default class Journal {
  /** Called by the compiler with the module it made; `this.binaryen` is the compiler's own. */
  afterCompile(module) {
    const { binaryen } = this;
    const names = new Map();
    for (const log of LOGS) {
      const ref = module.getExport(log) || fail(`the module does not export ${log}`);
      names.set(log, `$${binaryen.getExportInfo(ref).value}`);
    }
    const tree = parse(module.emitText());
    const start = tree.find((field) => field[0] === "start")?.[1];
    const changed = [];
    for (const field of tree) {
      if (field[0] !== "func") continue;
      const name = field[1];
      if (name === start || name.startsWith("$start:") || UNLOGGED.test(name)) continue;
      if (NOT_NOTED.some((folder) => name.startsWith(`$${folder}`))) continue;
      if (rewrite(field, (log) => names.get(log)) > 0) changed.push(name.slice(1));
    }
    const rewritten = binaryen.parseText(print(tree));
    for (const name of changed) {
      const body = binaryen.Function.getBody(rewritten.getFunction(name));
      binaryen.Function.setBody(module.getFunction(name), binaryen._BinaryenExpressionCopy(body, module.ptr));
    }
    for (const log of LOGS) module.removeExport(log);
    if (!module.validate()) fail("the module is not valid any more");
  }
}
