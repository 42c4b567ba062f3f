// A transform of the compiler: lays out the function table (assembly/mem/function_table.ts) while the core is built.
//
// The sources name the operations of map types and the commands by function references. Of each the compiler makes an
// object in memory, and code that reads them at every start. Here the module is run once, before it is optimized: what it
// noted becomes the layout of its function table, what it wrote becomes constant data, and the objects and the code go.
// So all data of the module is constant, and an instance that joins a memory in use writes only what is there already.

const NOTES = "assembly/mem/function_table/NOTES";
const CELLS_MAX = "assembly/mem/function_table/CELLS_MAX";
const RUN_ONCE = ["assembly/map/types/types_init", "assembly/syscall/bpf/commands_init"];
const ROOT_PTR = "assembly/mem/root/ROOT_PTR";
const ROOT_INIT = "assembly/mem/root/root_init";
const MEMORY = "0";
const TABLE = "0";

const fail = (reason) => {
  throw new Error(`Cannot lay out the core: ${reason}`);
};

/** Names of the globals that are declared as memory.data(…), by what the sources say. */
function dataNames(program) {
  return [...program.elementsByName].flatMap(([name, { declaration }]) => {
    const initializer = declaration?.initializer?.range;
    return initializer?.source.text.slice(initializer.start, initializer.end).startsWith("memory.data") ? [name] : [];
  });
}

/** Addresses of the objects that the compiler made for function references. */
function referenceOffsets(program) {
  const functions = [...program.instancesByName.values()].filter(({ memorySegment }) => memorySegment);
  return new Set(functions.map(({ memorySegment }) => memorySegment.offset.low));
}

/** The functions in the order of the cells that they were noted for. */
function cellsOf(notes, functions) {
  const count = notes.lastIndexOf(notes.findLast((index) => index !== 0)) + 1;
  return Array.from(notes.subarray(0, count), (index, cell) => {
    if (index === 0) fail(`cell ${cell} of the function table has no function`);
    // The compiler's indexes count from 1.
    return functions[index - 1];
  });
}

export default class FunctionTable {
  /** Called by the compiler with the module it made; `this.binaryen` and `this.program` are the compiler's own. */
  afterCompile(module) {
    const { binaryen, program } = this;
    const constant = (name) => {
      const global = module.getGlobal(name);
      if (!global) fail(`the module has no ${name}`);
      return binaryen.getExpressionInfo(binaryen.getGlobalInfo(global).init).value;
    };
    const { initial, max, shared, module: importedFrom, base: importedAs } = module.getMemoryInfo(MEMORY);
    const memory = this.#run(module, importedFrom && new WebAssembly.Memory({ initial, maximum: max, shared }), importedFrom, importedAs);

    const tables = module.getTableSegments(module.getTable(TABLE)).map((it) => binaryen.getElementSegmentInfo(it));
    const cells = cellsOf(new Uint16Array(memory.buffer, constant(NOTES), constant(CELLS_MAX)), tables.flatMap(({ data }) => data));
    for (const { name } of tables) module.removeElementSegment(name);
    module.removeTable(TABLE);
    module.addTable(TABLE, cells.length, cells.length);
    module.addActiveElementSegment(TABLE, "cells", cells);

    const kept = new Map(dataNames(program).filter((name) => name !== NOTES && module.getGlobal(name)).map((name) => [constant(name), name]));
    const data = this.#constantData(module, memory, kept, new Set([...referenceOffsets(program), constant(NOTES)]), constant(ROOT_PTR));
    module.setMemory(initial, max ?? 0xffffffff, null, data, shared, false, MEMORY);
    if (importedFrom) module.addMemoryImport(MEMORY, importedFrom, importedAs, shared);

    for (const name of RUN_ONCE) {
      const init = module.getFunction(name) || fail(`the module has no ${name}`);
      binaryen.Function.setBody(init, module.nop());
    }
    module.runPasses(["remove-unused-module-elements"]);
  }

  /** Runs the module's start code but for the root block, in whose place the objects may lie; the memory as it is then. */
  #run(module, memory, importedFrom, importedAs) {
    const { getBody, setBody } = this.binaryen.Function;
    const rootInit = module.getFunction(ROOT_INIT) || fail(`the module has no ${ROOT_INIT}`);
    const body = getBody(rootInit);
    setBody(rootInit, module.nop());
    const imports = memory ? { [importedFrom]: { [importedAs]: memory } } : {};
    // The functions that it imports are not called at the start.
    for (const name of this.#importedFunctions(module)) imports.env = { ...imports.env, [name]: () => fail(`${name} was called`) };
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.emitBinary()), imports);
    setBody(rootInit, body);
    return new Uint8Array((memory || exports.memory).buffer).slice();
  }

  /** Names of the functions that the module imports, all of them from `env`. */
  #importedFunctions(module) {
    return WebAssembly.Module.imports(new WebAssembly.Module(module.emitBinary())).filter(({ kind }) => kind === "function").map(({ name }) => name);
  }

  /** The constant data of the module as it is after the run. Every piece of it must be one that is known by name. */
  #constantData(module, memory, kept, dropped, end) {
    const { binaryen } = this;
    const segments = [];
    const count = binaryen._BinaryenGetNumDataSegments(module.ptr);
    for (let index = 0; index < count; index++) {
      const segment = module.getDataSegmentByIndex(index);
      const offset = binaryen._BinaryenGetDataSegmentByteOffset(module.ptr, segment);
      const size = binaryen._BinaryenGetDataSegmentByteLength(segment);
      if (dropped.has(offset)) continue;
      if (!kept.has(offset)) fail(`${size} bytes of data at ${offset} are neither a memory.data of a module nor a function reference`);
      if (offset + size > end) fail(`${kept.get(offset)} reaches into the root block`);
      segments.push({ offset: module.i32.const(offset), data: memory.slice(offset, offset + size) });
    }
    return segments;
  }
}
