// Which country does an IPv4 address belong to? The ranges of the regional registries in one LPM trie.
//   npm install @ip-location-db/asn-country && npx tsx examples/cidr_lookup.ts [ADDRESS...]
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { BPF_F_NO_PREALLOC, ipv4Prefix, Kernel, rangeToPrefixes, utf8 } from "bpf-maps";

const addresses = process.argv.length > 2 ? process.argv.slice(2) : ["8.8.8.8", "1.1.1.1", "193.0.6.139", "10.1.2.3"];
const file = createRequire(import.meta.url).resolve("@ip-location-db/asn-country/asn-country-ipv4-num.csv");

const kernel = await Kernel.load();
const countries = kernel.createMap({
  type: "lpm_trie",
  key: ipv4Prefix,
  value: utf8(2),
  maxEntries: 1_000_000,
  flags: BPF_F_NO_PREALLOC,
  name: "countries",
});

const started = performance.now();
function* elements(): Generator<[prefix: string, country: string]> {
  for (const line of readFileSync(file, "utf8").trimEnd().split("\n")) {
    const [first, last, country] = line.split(",");
    for (const prefix of rangeToPrefixes(Number(first), Number(last))) yield [prefix, country];
  }
}
countries.setMany(elements());
console.log(`${countries.count()} prefixes in ${((performance.now() - started) / 1000).toFixed(1)} s`);

for (const address of addresses) {
  const match = countries.match(address);
  console.log(`${address.padEnd(15)} ${match === undefined ? "is nobody's" : `${match.value}, from ${match.prefix}`}`);
}
countries.close();
