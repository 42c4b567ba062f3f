// The table on the live kernel, and random BTF on both: errno and the whole log are equal.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { validateBtf } from "../../../vm/btf/validate.ts";
import { skip } from "../../harness/skip.ts";
import { LiveBpf, programsRefusal } from "../live/bpf.node.ts";
import { BTF_CASES } from "./cases.ts";
import { randomBtf, seededRandom } from "./random.ts";
import { randomFieldBtf } from "./random_fields.ts";

const test = suite("vm/btf beside the live kernel");
const refusal = programsRefusal();
/** How often a choice of a random blob is an odd one. */
const ODDNESS = [0, 0.02, 0.05, 0.1];
const BLOBS = 4000;

function compare(live: LiveBpf, bytes: Uint8Array, what: string): void {
  const kernel = live.btfLoad(bytes);
  live.close(kernel.fd);
  const { errno, log } = validateBtf(bytes);
  assert.is(errno, kernel.errno, `${what}: ${kernel.log}`);
  assert.is(log, kernel.log, what);
}

if (refusal !== undefined) {
  skip(test, "BTF beside the live kernel", refusal);
} else {
  test("the table", () => {
    const live = new LiveBpf();
    for (const { name, bytes, errno, end } of BTF_CASES) {
      const kernel = live.btfLoad(bytes);
      live.close(kernel.fd);
      assert.is(kernel.errno, errno, name);
      assert.ok(kernel.log.trimEnd().endsWith(end), `${name}: ${kernel.log}`);
      compare(live, bytes, name);
    }
    live.dispose();
  });

  test("random types", () => {
    const live = new LiveBpf();
    for (let seed = 1; seed <= BLOBS; seed++) compare(live, randomBtf(seededRandom(seed * 2654435761), ODDNESS[seed % ODDNESS.length]), `seed ${seed}`);
    live.dispose();
  });

  test("random special fields", () => {
    const live = new LiveBpf();
    for (let seed = 1; seed <= BLOBS; seed++) compare(live, randomFieldBtf(seededRandom(seed * 2654435761)), `seed ${seed}`);
    live.dispose();
  });
}

test.run();
