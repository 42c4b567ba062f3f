// 200 times kill -9 at a random moment of writing:
//
//   npx tsx tests/cli/kill.node.ts [ROUNDS]
import { killWriters } from "./kill.ts";

const rounds = Number(process.argv[2] ?? 200);
const { old, next, midway } = await killWriters(rounds, 100);
console.log(`${rounds} kills: ${old} left the saved state, ${next} the next one, 0 less; ${midway} hit a temporary file`);
