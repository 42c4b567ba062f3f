// What has to be measured in a process that has done nothing else. Prints one line of JSON. LIBRARY is the path of the
// engine's dist/index.js.
//
//   fresh.mjs LIBRARY load                   ms from nothing to a kernel: import, load, first map
//   fresh.mjs LIBRARY gc none|ours|map COUNT SHAPE    ms of a full collection with the elements alive
//   fresh.mjs LIBRARY limit                  the largest number of elements a Map takes
import { pathToFileURL } from "node:url";

const [path, what, ...words] = process.argv.slice(2);
const library = pathToFileURL(path).href;

async function load() {
  const start = performance.now();
  const { Kernel, u32 } = await import(library);
  const imported = performance.now();
  const kernel = await Kernel.load();
  const loaded = performance.now();
  const map = kernel.createMap({ type: "hash", key: u32, value: u32, maxEntries: 16 });
  map.set(1, 2);
  const used = performance.now();
  const again = performance.now();
  await Kernel.load();
  const second = performance.now();
  return { import: imported - start, load: loaded - imported, first: used - loaded, again: second - again };
}

async function collect(side, count, shape) {
  const { Kernel, bytes, u32, u64 } = await import(library);
  let live;
  if (side === "ours") {
    const kernel = await Kernel.load();
    if (shape === "u32") {
      live = kernel.createMap({ type: "hash", key: u32, value: u64, maxEntries: count });
      for (let i = 0; i < count; i++) live.set(i, i * 3);
    } else {
      live = kernel.createMap({ type: "hash", key: bytes(16), value: bytes(16), maxEntries: count });
      const key = new Uint8Array(16);
      const word = new Uint32Array(key.buffer);
      for (let i = 0; i < count; i++) {
        word[0] = i;
        live.set(key, key);
      }
    }
  } else if (side === "map") {
    live = new Map();
    const key = Buffer.alloc(16);
    for (let i = 0; i < count; i++) {
      if (shape === "u32") live.set(i, BigInt(i * 3));
      else {
        key.writeUInt32LE(i);
        live.set(key.latin1Slice(), new Uint8Array(16));
      }
    }
  }
  for (let i = 0; i < 4; i++) globalThis.gc();
  const pauses = [];
  for (let i = 0; i < 5; i++) {
    const start = performance.now();
    globalThis.gc();
    pauses.push(performance.now() - start);
  }
  pauses.sort((a, b) => a - b);
  // Read after the collections, so that the elements are alive in them.
  return { pause: pauses[2], alive: live === undefined ? 0 : 1 };
}

function limit() {
  const map = new Map();
  let count = 0;
  try {
    for (; count < 2 ** 25; count++) map.set(count, count);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  return { count };
}

const run = { load, gc: () => collect(words[0], Number(words[1]), words[2]), limit };
console.log(JSON.stringify(await run[what]()));
