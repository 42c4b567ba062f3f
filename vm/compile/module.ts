import { Bytes } from "./bytes.ts";
import { FUNCREF, Op } from "./wasm.ts";
import type { Code } from "./code.ts";

// A module as sections are written: types and imports first, then the module's own functions, table, exports and code.

/** Parameters and result of a function, as value types. */
export interface FunctionType {
  readonly params: readonly number[];
  readonly result?: number;
}

interface ImportedFunction {
  readonly module: string;
  readonly name: string;
  readonly type: number;
}

interface ImportedGlobal {
  readonly name: string;
  readonly type: number;
  readonly mutable: boolean;
}

/** A function of the module: its type, its locals behind the parameters as runs of one type, and its instructions. */
export interface ModuleFunction {
  readonly type: number;
  readonly locals: readonly (readonly [count: number, type: number])[];
  readonly code: Code;
}

const MAGIC_AND_VERSION = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
const Section = { type: 1, import: 2, function: 3, table: 4, export: 7, element: 9, code: 10 };
const Kind = { function: 0, table: 1, memory: 2, global: 3 };

/**
 * Collects what a module needs and writes its bytes. Function numbers count imports first, so every import must be asked
 * for before `functionBase` is read.
 */
export class ModuleWriter {
  #types: FunctionType[] = [];
  #typeIndex = new Map<string, number>();
  #functions: ImportedFunction[] = [];
  #functionIndex = new Map<string, number>();
  #globals: ImportedGlobal[] = [];
  #importsTable = false;

  type(params: readonly number[], result?: number): number {
    const key = `${params.join()}:${result}`;
    let index = this.#typeIndex.get(key);
    if (index === undefined) {
      index = this.#types.push({ params, result }) - 1;
      this.#typeIndex.set(key, index);
    }
    return index;
  }

  /** The number of an imported function; the same name gives the same number. */
  importFunction(module: string, name: string, params: readonly number[], result?: number): number {
    const key = `${module}.${name}`;
    let index = this.#functionIndex.get(key);
    if (index === undefined) {
      index = this.#functions.push({ module, name, type: this.type(params, result) }) - 1;
      this.#functionIndex.set(key, index);
    }
    return index;
  }

  /** The number of a new imported global `env.NAME`. */
  importGlobal(name: string, type: number, mutable: boolean): number {
    return this.#globals.push({ name, type, mutable }) - 1;
  }

  /** Imports `env.programs`, which is table 0 then; the module's own table comes behind it. */
  importTable(): void {
    this.#importsTable = true;
  }

  /** Number of the module's first own function. */
  get functionBase(): number {
    return this.#functions.length;
  }

  /** The number of the module's own table. */
  get ownTable(): number {
    return this.#importsTable ? 1 : 0;
  }

  /**
   * The module's bytes.
   * @param elements Functions in the module's own table, by their numbers; none for no table.
   * @param exported Name of an export to the number of its function.
   */
  write(functions: readonly ModuleFunction[], elements: readonly number[], exported: ReadonlyMap<string, number>): Uint8Array<ArrayBuffer> {
    const out = new Bytes(functions.reduce((sum, { code }) => sum + code.length + 64, 1024));
    for (const byte of MAGIC_AND_VERSION) out.byte(byte);
    this.#writeTypes(out);
    this.#writeImports(out);
    section(out, Section.function, functions, (body, { type }) => body.unsigned(type));
    if (elements.length > 0) {
      section(out, Section.table, [elements.length], (body, size) => {
        body.byte(FUNCREF);
        body.byte(1);
        body.unsigned(size);
        body.unsigned(size);
      });
    }
    section(out, Section.export, [...exported], (body, [name, index]) => {
      body.name(name);
      body.byte(Kind.function);
      body.unsigned(index);
    });
    if (elements.length > 0) this.#writeElements(out, elements);
    section(out, Section.code, functions, writeBody);
    return out.view();
  }

  #writeTypes(out: Bytes): void {
    section(out, Section.type, this.#types, (body, { params, result }) => {
      body.byte(0x60);
      body.unsigned(params.length);
      for (const param of params) body.byte(param);
      body.unsigned(result === undefined ? 0 : 1);
      if (result !== undefined) body.byte(result);
    });
  }

  #writeImports(out: Bytes): void {
    const imports: ((body: Bytes) => void)[] = [];
    const add = (module: string, name: string, kind: number, describe: (body: Bytes) => void): void => {
      imports.push((body) => {
        body.name(module);
        body.name(name);
        body.byte(kind);
        describe(body);
      });
    };
    for (const { module, name, type } of this.#functions) add(module, name, Kind.function, (body) => body.unsigned(type));
    if (this.#importsTable) {
      add("env", "programs", Kind.table, (body) => {
        body.byte(FUNCREF);
        body.byte(0);
        body.unsigned(0);
      });
    }
    add("env", "memory", Kind.memory, (body) => {
      body.byte(0);
      body.unsigned(0);
    });
    for (const { name, type, mutable } of this.#globals) {
      add("env", name, Kind.global, (body) => {
        body.byte(type);
        body.byte(mutable ? 1 : 0);
      });
    }
    section(out, Section.import, imports, (body, write) => write(body));
  }

  /** The own table's elements from index 0 on, in the form that names the table. */
  #writeElements(out: Bytes, elements: readonly number[]): void {
    section(out, Section.element, [elements], (body, functions) => {
      body.byte(2);
      body.unsigned(this.ownTable);
      body.byte(Op.i32_const);
      body.signed(0);
      body.byte(Op.end);
      body.byte(0);
      body.unsigned(functions.length);
      for (const index of functions) body.unsigned(index);
    });
  }
}

/** One section: the number of its items, then each. */
function section<T>(out: Bytes, id: number, items: readonly T[], write: (body: Bytes, item: T) => void): void {
  const body = new Bytes();
  body.unsigned(items.length);
  for (const item of items) write(body, item);
  out.byte(id);
  out.unsigned(body.length);
  out.append(body.view());
}

function writeBody(body: Bytes, { locals, code }: ModuleFunction): void {
  const declared = new Bytes(32);
  declared.unsigned(locals.length);
  for (const [count, type] of locals) {
    declared.unsigned(count);
    declared.byte(type);
  }
  body.unsigned(declared.length + code.length + 1);
  body.append(declared.view());
  body.append(code.view());
  body.byte(Op.end);
}
