// A transform of the compiler: evaluates the operations table (assembly/map/ops.ts) while the core is built.
//
// The sources name each operation by a function reference. Of each the compiler makes an object in memory, and code that
// reads it at every start. Here the module is run once, before it is optimized: what it noted becomes the layout of its
// function table, what it wrote of traits becomes constant data, and the objects and the code go.

const OPS = "assembly/map/ops/";
const TRAITS = "assembly/map/traits/TRAITS";
const RUN_ONCE = `${OPS}ops_init`;
const CALLED_BY_IT = ["row", "row_mmap", "note"].map((name) => OPS + name);
const MEMORY = "0";

// The object of a reference: 28 bytes follow its first word, 8 of them content behind the compiler's header.
const isReference = (words) => words.length === 8 && words[0] === 28 && words[4] === 8;

/** The constant data of the module as it is after a run, without references and without the notes. */
function constantData(module, binaryen, memory, notesOffset) {
  const segments = [];
  const count = binaryen._BinaryenGetNumDataSegments(module.ptr);
  for (let index = 0; index < count; index++) {
    const segment = module.getDataSegmentByIndex(index);
    const offset = binaryen._BinaryenGetDataSegmentByteOffset(module.ptr, segment);
    const data = new Uint8Array(memory, offset, binaryen._BinaryenGetDataSegmentByteLength(segment));
    const words = new Uint32Array(data.slice(0, data.length & ~3).buffer);
    if (offset !== notesOffset && !isReference(words)) segments.push({ offset: module.i32.const(offset), data });
  }
  return segments;
}

export default class OpsTable {
  /** Called by the compiler with the module it made; `this.binaryen` is the compiler's own. */
  afterCompile(module) {
    const { binaryen } = this;
    const constant = (name) => {
      const global = module.getGlobal(name);
      if (!global) throw new Error(`Cannot build the operations table: the module has no ${name}`);
      return binaryen.getExpressionInfo(binaryen.getGlobalInfo(global).init).value;
    };
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.emitBinary()));
    const memory = exports.memory.buffer;

    const segments = module.getTableSegments(module.getTable("0")).map((it) => binaryen.getElementSegmentInfo(it));
    const functions = segments.flatMap(({ data }) => data);
    const notesOffset = constant(`${OPS}NOTES`);
    const notes = new Uint16Array(memory, notesOffset, constant(`${OPS}COLUMNS`) * constant(`${OPS}TYPES`));
    const cells = Array.from(notes, (index, cell) => {
      if (index === 0) throw new Error(`Cannot build the operations table: cell ${cell} has no function`);
      // The compiler's indexes count from 1.
      return functions[index - 1];
    });
    for (const { name } of segments) module.removeElementSegment(name);
    module.removeTable("0");
    module.addTable("0", cells.length, cells.length);
    module.addActiveElementSegment("0", "0", cells);

    const { initial, max } = module.getMemoryInfo(MEMORY);
    const data = constantData(module, binaryen, memory, notesOffset);
    module.setMemory(initial, max ?? 0xffffffff, null, data, false, false, MEMORY);

    binaryen.Function.setBody(module.getFunction(RUN_ONCE), module.nop());
    for (const name of CALLED_BY_IT) module.removeFunction(name);
  }
}
