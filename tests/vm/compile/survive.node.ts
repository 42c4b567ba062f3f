// Random bytes as programs, as many as asked for:
//   tsx tests/vm/compile/survive.node.ts [count] [first seed]
import { surviveGarbage } from "./survive.ts";

const count = Number(process.argv[2] ?? 100_000);
const { results, faults, failures } = surviveGarbage(Number(process.argv[3] ?? 1), count);
for (const failure of failures) console.log(failure);
for (const [reason, times] of faults) console.log(`${times} × ${reason}`);
console.log(`${count} programs, ${results} results, ${failures.length} failures`);
process.exitCode = failures.length > 0 ? 1 : 0;
