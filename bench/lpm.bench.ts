// LPM tries over the real prefixes of a country database.
import { BPF_F_NO_PREALLOC, BPF_MAP_TYPE_LPM_TRIE, ipv4Prefix, Kernel, type LpmTrieMap, u32 } from "./library.js";
import type { Bench, Case, Prepared, Side, Subject } from "./harness/case.ts";
import { random } from "./harness/random.ts";
import { own, time } from "./harness/timing.ts";
import { cidr, dotted, type Prefixes, readPrefixes, trieKeys } from "./sides/prefixes.ts";

const NO_DATA = "the package @ip-location-db/asn-country is not installed";
const LIVE = "live kernel";
const READER = "maxmind reader, text";

type Trie = LpmTrieMap<string, number>;

async function prefixesOf({ scale, data }: Bench): Promise<Prefixes | undefined> {
  const csv = await data("asn-country-ipv4-num.csv");
  return csv === undefined ? undefined : readPrefixes(csv, scale.prefixes);
}

const createTrie = (kernel: Kernel, maxEntries: number): Trie =>
  kernel.createMap({ type: "lpm_trie", key: ipv4Prefix, value: u32, maxEntries, flags: BPF_F_NO_PREALLOC });

const setAll = (target: Trie | Map<string, number>, texts: string[], values: Uint32Array) => {
  for (let i = 0; i < texts.length; i++) target.set(texts[i], values[i]);
};

const lookUp = (trie: Trie, addresses: Uint32Array | string[]) => {
  let found = 0;
  for (let i = 0; i < addresses.length; i++) if (trie.lookup(addresses[i]) !== undefined) found++;
  return found;
};

const askReader = (reader: { get(address: string): unknown }, texts: string[]) => {
  let found = 0;
  for (let i = 0; i < texts.length; i++) if (reader.get(texts[i]) !== null) found++;
  return found;
};

const askList = (check: (address: string) => boolean, texts: string[]) => {
  let found = 0;
  for (let i = 0; i < texts.length; i++) if (check(texts[i])) found++;
  return found;
};

/** Sides of a lookup: the answers of all are compared first, so that all of them do the same work. */
async function prepareLookup(bench: Bench): Promise<Prepared | string> {
  const prefixes = await prefixesOf(bench);
  if (prefixes === undefined) return NO_DATA;
  const { ops } = bench.scale;
  const addresses = Uint32Array.from({ length: ops }, random(5));
  const texts = Array.from(addresses, dotted);
  const trie = createTrie(Kernel.loadSync(), prefixes.count);
  setAll(trie, cidr(prefixes), prefixes.countries);
  const found = lookUp(trie, addresses);

  const [byNumber, byText] = [own(lookUp), own(lookUp)];
  const prepared: Prepared & { skipped: { name: string; reason: string }[] } = {
    sides: [
      { name: "lookup, u32", ours: true, measure: () => time(ops, () => byNumber(trie, addresses)) },
      { name: "lookup, text", ours: true, measure: () => time(ops, () => byText(trie, texts)) },
    ],
    skipped: [],
    notes: [`${prefixes.count} prefixes; ${found} of ${ops} addresses are in one`],
    dispose: () => trie.close(),
  };
  if (bench.host === undefined) {
    prepared.skipped.push({ name: LIVE, reason: "a page has no kernel" }, { name: READER, reason: "it needs Node's Buffer" });
    return prepared;
  }

  const mmdb = bench.host.mmdbReader(prefixes);
  if (askReader(mmdb, texts) !== found) throw new Error("the reader does not find what the trie finds");
  const reader = own(askReader);
  prepared.sides.push({ name: READER, ours: false, measure: () => time(ops, () => reader(mmdb, texts)) });
  prepared.sides.push(blockListSide(bench, prefixes, texts));
  await addKernel(bench, prefixes, addresses, prepared);
  return prepared;
}

/** BlockList goes through its rules one by one, so it gets few addresses. */
function blockListSide(bench: Bench, prefixes: Prefixes, texts: string[]): Side {
  const check = bench.host!.blockList(prefixes);
  const few = texts.slice(0, 16);
  const loop = own(askList);
  return { name: "net.BlockList, text", ours: false, measure: () => time(few.length, () => loop(check, few)) };
}

async function addKernel(
  bench: Bench,
  prefixes: Prefixes,
  addresses: Uint32Array,
  prepared: Prepared & { skipped: { name: string; reason: string }[] },
): Promise<void> {
  const live = await bench.host!.kernelMap({
    type: BPF_MAP_TYPE_LPM_TRIE,
    flags: BPF_F_NO_PREALLOC,
    keySize: 8,
    valueSize: 4,
    maxEntries: prefixes.count,
    keys: trieKeys(prefixes.addresses, (i) => prefixes.bits[i]),
    values: new Uint8Array(prefixes.countries.buffer),
    order: trieKeys(addresses, () => 32),
  });
  if (typeof live === "string") {
    prepared.skipped.push({ name: LIVE, reason: live });
    return;
  }
  await live.fill();
  prepared.sides.push({ name: LIVE, ours: false, measure: () => live.lookup() });
  const { dispose } = prepared;
  prepared.dispose = async () => {
    await dispose?.();
    await live.close();
  };
}

async function prepareLoad(bench: Bench): Promise<Prepared | string> {
  const prefixes = await prefixesOf(bench);
  if (prefixes === undefined) return NO_DATA;
  const { count, countries } = prefixes;
  const texts = cidr(prefixes);
  const [ours, theirs] = [own(setAll), own(setAll)];
  const kernel = Kernel.loadSync();
  const load = (fill: (trie: Trie) => void): number => {
    let trie!: Trie;
    const ns = time(count, () => fill((trie = createTrie(kernel, count))));
    trie.close();
    return ns;
  };
  return {
    sides: [
      { name: "set", ours: true, measure: () => load((trie) => ours(trie, texts, countries)) },
      { name: "setMany", ours: true, measure: () => load((trie) => trie.setMany(texts, countries)) },
      { name: "Map<string, number>", ours: false, measure: () => time(count, () => theirs(new Map(), texts, countries)) },
    ],
    notes: [`${count} prefixes as text; Map only stores the text, and cannot look an address up`],
  };
}

const cases: Case[] = [
  {
    name: "lookup of random addresses among a country database's prefixes",
    unit: "ns",
    portable: true,
    targets: [
      {
        nr: "13a",
        text: "LPM lookup over the prefixes of asn-country, random IPv4",
        ours: "lookup, u32",
        peers: [LIVE],
        max: 0.1,
      },
      { nr: "13b", text: "the same", ours: "lookup, u32", peers: [READER], max: 0.5 },
    ],
    prepare: prepareLookup,
  },
  {
    name: "bulk load of a country database's prefixes",
    unit: "ns",
    portable: true,
    targets: [
      { nr: "14", text: "LPM bulk load of those prefixes, per prefix", ours: "set", peers: ["Map<string, number>"], max: 2 },
    ],
    prepare: prepareLoad,
  },
];

export const lpm: Subject = { name: "lpm_trie", cases };
