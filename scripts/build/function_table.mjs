// A transform of the compiler: lays out the function table (assembly/mem/function_table.ts) while the core is built.
//
// The sources name the operations of map types and the commands by function references. Of each the compiler makes an
// object in memory, and code that reads them at every start. Here the module is run once, before it is optimized: what it
// noted becomes the layout of its function table, what it wrote becomes constant data, and the objects and the code go.

const NOTES = "assembly/mem/function_table/NOTES";
const CELLS_MAX = "assembly/mem/function_table/CELLS_MAX";
const RUN_ONCE = ["assembly/map/ops/ops_init", "assembly/syscall/bpf/commands_init"];
const ROOT_PTR = "assembly/mem/root/ROOT_PTR";
const ROOT_INIT = "assembly/mem/root/root_init";
const MEMORY = "0";
const TABLE = "0";

// The object of a reference: 28 bytes follow its first word, 8 of them content behind the compiler's header.
const isReference = (words) => words.length === 8 && words[0] === 28 && words[4] === 8;

/** The constant data of the module as it is after a run, without references and without the notes; it ends at `end`. */
function constantData(module, binaryen, memory, notesOffset, end) {
  const segments = [];
  const count = binaryen._BinaryenGetNumDataSegments(module.ptr);
  for (let index = 0; index < count; index++) {
    const segment = module.getDataSegmentByIndex(index);
    const offset = binaryen._BinaryenGetDataSegmentByteOffset(module.ptr, segment);
    const data = new Uint8Array(memory, offset, binaryen._BinaryenGetDataSegmentByteLength(segment));
    const words = new Uint32Array(data.slice(0, data.length & ~3).buffer);
    if (isReference(words)) continue;
    if (offset + data.length > end) throw new Error("Cannot lay out the constant data: it reaches into the root block");
    if (offset !== notesOffset) segments.push({ offset: module.i32.const(offset), data });
  }
  return segments;
}

/** The functions in the order of the cells that they were noted for. */
function cellsOf(notes, functions) {
  const count = notes.lastIndexOf(notes.findLast((index) => index !== 0)) + 1;
  return Array.from(notes.subarray(0, count), (index, cell) => {
    if (index === 0) throw new Error(`Cannot lay out the function table: cell ${cell} has no function`);
    // The compiler's indexes count from 1.
    return functions[index - 1];
  });
}

export default class FunctionTable {
  /** Called by the compiler with the module it made; `this.binaryen` is the compiler's own. */
  afterCompile(module) {
    const { binaryen } = this;
    const constant = (name) => {
      const global = module.getGlobal(name);
      if (!global) throw new Error(`Cannot lay out the function table: the module has no ${name}`);
      return binaryen.getExpressionInfo(binaryen.getGlobalInfo(global).init).value;
    };
    const { getBody, setBody } = binaryen.Function;
    // Without the root block, in whose place the objects may lie.
    const rootInit = module.getFunction(ROOT_INIT);
    const rootBody = getBody(rootInit);
    setBody(rootInit, module.nop());
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.emitBinary()));
    setBody(rootInit, rootBody);
    const memory = exports.memory.buffer;

    const segments = module.getTableSegments(module.getTable(TABLE)).map((it) => binaryen.getElementSegmentInfo(it));
    const notesOffset = constant(NOTES);
    const cells = cellsOf(new Uint16Array(memory, notesOffset, constant(CELLS_MAX)), segments.flatMap(({ data }) => data));
    for (const { name } of segments) module.removeElementSegment(name);
    module.removeTable(TABLE);
    module.addTable(TABLE, cells.length, cells.length);
    module.addActiveElementSegment(TABLE, "cells", cells);

    const { initial, max } = module.getMemoryInfo(MEMORY);
    const data = constantData(module, binaryen, memory, notesOffset, constant(ROOT_PTR));
    module.setMemory(initial, max ?? 0xffffffff, null, data, false, false, MEMORY);

    for (const name of RUN_ONCE) setBody(module.getFunction(name), module.nop());
    module.runPasses(["remove-unused-module-elements"]);
  }
}
