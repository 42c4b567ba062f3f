// The full count: 10,000,000 records of variable size through a 64 KiB ring, none lost, reordered or torn.
//   npx tsx tests/maps/ring_soak.node.ts [records] [seed]
import { newKernel } from "../harness/kernel.ts";
import { Prng } from "../kernel/prng.ts";
import { RingPlayer } from "../suites/ring_model.ts";

const records = Number(process.argv[2] ?? 10_000_000);
const seed = Number(process.argv[3] ?? 1);
const started = Date.now();
const kernel = newKernel({ seed });
const ring = kernel.createMap({ type: "ringbuf", maxEntries: 65536 });
const player = new RingPlayer(ring, new Prng(seed, "ring"));
while (player.read < records) player.step();
player.end();
const seconds = ((Date.now() - started) / 1000).toFixed(1);
const { read, refused, discarded } = player;
console.log(`${read} records read in order and whole, ${refused} refused, ${discarded} discarded, seed ${seed}, ${seconds} s`);
