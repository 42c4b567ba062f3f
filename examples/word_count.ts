// Counts words with a hash map of exactly as many elements as one allows: what comes too late is counted as "other".
//   npx tsx examples/word_count.ts [FILE]
import { readFileSync } from "node:fs";
import { BpfError, Kernel, u64, utf8 } from "bpf-maps";

const text = readFileSync(process.argv[2] ?? "README.md", "utf8");
const kernel = await Kernel.load();
const counts = kernel.createMap({ type: "hash", key: utf8(32), value: u64, maxEntries: 500, name: "words" });

let other = 0;
for (const [word] of text.toLowerCase().matchAll(/[a-z]+/g)) {
  const key = word.slice(0, 32);
  try {
    counts.set(key, (counts.get(key) ?? 0n) + 1n);
  } catch (error) {
    // The map is full: an eBPF program would get the same answer.
    if (!(error instanceof BpfError) || error.code !== "E2BIG") throw error;
    other++;
  }
}

const most = [...counts].sort(([, a], [, b]) => Number(b - a)).slice(0, 5);
for (const [word, count] of most) console.log(`${word.padEnd(12)} ${count}`);
console.log(`${counts.count()} different words, ${other} occurrences of words beyond them`);
counts.close();
