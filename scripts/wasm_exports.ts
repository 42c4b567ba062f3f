// The export section of a WebAssembly module, with the types that the JavaScript API does not show.

/** An exported function: its name, and the value types of its parameters and results. */
export interface ExportedFunction {
  name: string;
  parameters: string[];
  results: string[];
}

const SECTION = { type: 1, import: 2, function: 3, export: 7 };
const KIND_FUNCTION = 0;
const VALUE_TYPES: Record<number, string> = { 0x7f: "i32", 0x7e: "i64", 0x7d: "f32", 0x7c: "f64", 0x7b: "v128" };

class Reader {
  #at: number;

  constructor(readonly bytes: Uint8Array, at: number) {
    this.#at = at;
  }

  get done(): boolean {
    return this.#at >= this.bytes.length;
  }

  byte(): number {
    return this.bytes[this.#at++];
  }

  /** An unsigned LEB128 number. */
  number(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  }

  take(size: number): Uint8Array {
    return this.bytes.subarray(this.#at, (this.#at += size));
  }

  list<T>(item: () => T): T[] {
    return Array.from({ length: this.number() }, item);
  }
}

/** The exported functions of a module without imports, in the module's order. */
export function exportedFunctions(wasm: Uint8Array): ExportedFunction[] {
  const sections = new Map<number, Reader>();
  for (const file = new Reader(wasm, 8); !file.done; ) {
    const id = file.byte();
    sections.set(id, new Reader(file.take(file.number()), 0));
  }
  if (sections.has(SECTION.import)) throw new Error("a module with imports numbers its functions in another way");
  const types = sections.get(SECTION.type)!;
  const signatures = types.list(() => {
    types.byte(); // 0x60, a function
    const values = (): string[] => types.list(() => VALUE_TYPES[types.byte()]);
    return { parameters: values(), results: values() };
  });
  const functions = sections.get(SECTION.function)!;
  const typeOf = functions.list(() => functions.number());
  const section = sections.get(SECTION.export)!;
  const entries = section.list(() => ({ name: new TextDecoder().decode(section.take(section.number())), kind: section.byte(), index: section.number() }));
  return entries.filter(({ kind }) => kind === KIND_FUNCTION).map(({ name, index }) => ({ name, ...signatures[typeOf[index]] }));
}
