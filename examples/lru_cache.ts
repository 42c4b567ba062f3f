// An LRU cache of fixed memory in front of something slow, and how often it helps.
//   npx tsx examples/lru_cache.ts [REQUESTS]
import { LRUCache } from "lru-cache";
import { Kernel, struct, u32, utf8 } from "bpf-maps";

const requests = Number(process.argv[2] ?? 200_000);
const kernel = await Kernel.load({ seed: 1 });
const PAGE = struct({ status: u32, body: utf8(60) });
const cache = kernel.createMap({
  type: "lru_hash",
  key: u32,
  value: PAGE,
  maxEntries: 2000,
  name: "responses",
  // A hit is then a use of the element, as it is for a program in the kernel.
  lookupMarks: true,
});

/** Stands for what the cache saves. */
function fetchPage(id: number): { status: number; body: string } {
  return { status: id % 50 === 0 ? 404 : 200, body: `page ${id}` };
}

// Some pages are asked for far more often than others.
let state = 42;
function nextPage(): number {
  state = (Math.imul(state, 1103515245) + 12345) >>> 0;
  return Math.floor(50_000 * (state / 2 ** 32) ** 4);
}

const others = [
  { name: "without lookupMarks", cache: kernel.createMap({ type: "lru_hash", key: u32, value: PAGE, maxEntries: 2000 }), hits: 0 },
  { name: "lru-cache", cache: new LRUCache<number, { status: number; body: string }>({ max: 2000 }), hits: 0 },
];

let hits = 0;
for (let i = 0; i < requests; i++) {
  const id = nextPage();
  const cached = cache.get(id);
  const page = cached ?? fetchPage(id);
  if (page.body !== `page ${id}`) throw new Error(`the cache answered ${page.body} for ${id}`);
  if (cached === undefined) cache.set(id, page);
  else hits++;
  // What other caches of the same size would have had.
  for (const other of others) {
    if (other.cache.get(id) === undefined) other.cache.set(id, page);
    else other.hits++;
  }
}

console.log(`${requests} requests, ${((100 * hits) / requests).toFixed(1)} % hits, ${cache.count()} of ${cache.maxEntries} elements`);
for (const other of others) console.log(`${other.name}: ${((100 * other.hits) / requests).toFixed(1)} % hits`);
cache.close();
