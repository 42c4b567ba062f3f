// Reads as much of a WebAssembly module as pack.mjs changes, and writes it again: sections, indexes of functions, and
// the instructions of function bodies. Anything that the core does not use is refused.

const SECTION = { TYPE: 1, IMPORT: 2, FUNCTION: 3, EXPORT: 7, START: 8, ELEMENT: 9, CODE: 10 };
const KIND_FUNCTION = 0;
const END = 0x0b;
const CALL = 0x10;
/** unreachable, nop, else, end, return, drop, select: without immediates, as the arithmetic ones from 0x45 on are. */
const PLAIN = new Set([0x00, 0x01, 0x05, END, 0x0f, 0x1a, 0x1b]);
const HEADER_SIZE = 8;

class Reader {
  constructor(bytes, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }
  byte() {
    return this.bytes[this.at++];
  }
  /** Any LEB128; only its low 32 bits count, since nothing here is larger but constants, which are only skipped. */
  leb() {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      if (shift < 32) value |= (byte & 127) << shift;
      if (byte < 128) return value >>> 0;
    }
  }
  take(size) {
    return this.bytes.subarray(this.at, (this.at += size));
  }
  times(run) {
    return Array.from({ length: this.leb() }, run);
  }
}

export function leb(value) {
  const bytes = [];
  for (; value > 127; value >>>= 7) bytes.push((value & 127) | 128);
  return [...bytes, value];
}

const vector = (items) => [...leb(items.length), ...items.flat()];

/** Reads the immediates of an instruction whose first byte has been read. */
function skipImmediates(code, opcode) {
  const skip = (count) => {
    for (let i = 0; i < count; i++) code.leb();
  };
  if (opcode >= 0x02 && opcode <= 0x04) return skip(1);
  if (opcode === 0x0c || opcode === 0x0d) return skip(1);
  if (opcode === 0x0e) return skip(code.leb() + 1);
  if (opcode === CALL) return skip(1);
  if (opcode === 0x11) return skip(2);
  if (opcode >= 0x20 && opcode <= 0x24) return skip(1);
  if (opcode >= 0x28 && opcode <= 0x3e) return skip(2);
  if (opcode >= 0x3f && opcode <= 0x42) return skip(1);
  if (opcode === 0x43) return code.take(4);
  if (opcode === 0x44) return code.take(8);
  if (opcode === 0xfc) return skipBulk(code, code.leb(), skip);
  if (opcode === 0xfd) return skipSimd(code, code.leb(), skip);
  if (!PLAIN.has(opcode) && !(opcode >= 0x45 && opcode <= 0xc4)) throw new Error(`Cannot read opcode 0x${opcode.toString(16)}`);
}

function skipBulk(code, opcode, skip) {
  // Saturating conversions, then memory.init .. memory.fill.
  if (opcode > 11) throw new Error(`Cannot read opcode 0xfc ${opcode}`);
  if (opcode >= 8) skip(opcode === 8 || opcode === 10 ? 2 : 1);
}

function skipSimd(code, opcode, skip) {
  const isMemory = opcode <= 11 || opcode === 92 || opcode === 93;
  const isLaneMemory = opcode >= 84 && opcode <= 91;
  if (isMemory || isLaneMemory) skip(2);
  if (opcode === 12 || opcode === 13) code.take(16);
  if (isLaneMemory || (opcode >= 21 && opcode <= 34)) code.take(1);
}

/** A body: what declares its locals, and its instructions, each with the place where its first immediate begins. */
function readBody(bytes) {
  const code = new Reader(bytes);
  const locals = code.times(() => ({ count: code.leb(), type: code.byte() }));
  const start = code.at;
  const instructions = [];
  while (code.at < bytes.length) {
    const from = code.at;
    const opcode = code.byte();
    skipImmediates(code, opcode);
    instructions.push({ opcode, from, end: code.at });
  }
  return { bytes, locals, start, instructions };
}

/** The module's functions, with their place in the module as `index`. */
export function readFunctions(wasm) {
  const sections = readSections(wasm);
  if (sections.some(({ id }) => id === SECTION.IMPORT)) throw new Error("Cannot pack a module with imports");
  const read = (id) => new Reader(sections.find((it) => it.id === id).bytes);
  const types = read(SECTION.TYPE);
  const parameters = types.times(() => {
    types.byte();
    const { length } = types.times(() => types.byte());
    types.times(() => types.byte());
    return length;
  });
  const kinds = read(SECTION.FUNCTION);
  const code = read(SECTION.CODE);
  const typeOf = kinds.times(() => kinds.leb());
  return code.times((_, index) => {
    const type = typeOf[index];
    return { index, type, parameters: parameters[type], ...readBody(Buffer.from(code.take(code.leb()))) };
  });
}

function readSections(wasm) {
  const reader = new Reader(wasm, HEADER_SIZE);
  const sections = [];
  while (reader.at < wasm.length) sections.push({ id: reader.byte(), bytes: reader.take(reader.leb()) });
  return sections;
}

/** The module with its functions in the order of `functions`, as readFunctions gave them. */
export function writeFunctions(wasm, functions) {
  const indexes = [];
  functions.forEach(({ index }, place) => (indexes[index] = place));
  const rewrite = {
    [SECTION.FUNCTION]: () => vector(functions.map(({ type }) => leb(type))),
    [SECTION.EXPORT]: (reader) => vector(reader.times(() => {
      const name = vector([...reader.take(reader.leb())]);
      const kind = reader.byte();
      const index = reader.leb();
      return [...name, kind, ...leb(kind === KIND_FUNCTION ? indexes[index] : index)];
    })),
    [SECTION.START]: (reader) => leb(indexes[reader.leb()]),
    [SECTION.ELEMENT]: (reader) => vector(reader.times(() => {
      const head = [...reader.take(4)];
      if (head.join() !== [0, 0x41, 0, END].join()) throw new Error("Cannot read this kind of element segment");
      return [...head, ...vector(reader.times(() => leb(indexes[reader.leb()])))];
    })),
    [SECTION.CODE]: () => vector(functions.map((it) => {
      const body = writeBody(it, indexes);
      return [...leb(body.length), ...body];
    })),
  };
  const parts = readSections(wasm).map(({ id, bytes }) => {
    const content = rewrite[id]?.(new Reader(bytes)) ?? [...bytes];
    return Buffer.from([id, ...leb(content.length), ...content]);
  });
  return Buffer.concat([wasm.subarray(0, HEADER_SIZE), ...parts]);
}

function writeBody({ bytes, start, instructions }, indexes) {
  const body = [...bytes.subarray(0, start)];
  for (const { opcode, from, end } of instructions) {
    if (opcode === CALL) body.push(opcode, ...leb(indexes[new Reader(bytes, from + 1).leb()]));
    else body.push(...bytes.subarray(from, end));
  }
  return body;
}
