// The long run over mutated captures and files for import:
//
//   npx tsx tests/cli/files_fuzz.node.ts [ROUNDS] [SEED]
import { fuzzCaptures } from "../flows/fuzz.ts";
import { fuzzImports } from "./import_fuzz.ts";

const rounds = Number(process.argv[2] ?? 100_000);
const seed = Number(process.argv[3] ?? Date.now() % 1_000_000);
console.log(`seed ${seed}`);
const { packets, flows, refused } = await fuzzCaptures(rounds, seed);
console.log(`${rounds} captures: ${packets} packets, ${flows} of them in flows, ${refused} captures refused`);
const files = fuzzImports(rounds, seed);
console.log(`${rounds} files for import: ${files.refused} refused, the others imported`);
