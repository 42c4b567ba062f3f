// Random programs give on the live kernel what they give here: registers, stack and a map's value.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { skip } from "../../harness/skip.ts";
import { programsRefusal } from "../../kernel/programs.node.ts";
import { compare } from "./differ.node.ts";

const PROGRAMS = 600;
/** So many at most are not what the kernel's verifier passes: the rest would prove nothing. */
const REFUSED_MAX = PROGRAMS / 20;

const test = suite("random programs beside the live kernel");
const refusal = programsRefusal();

if (refusal === undefined) {
  test(`${PROGRAMS} programs`, () => {
    const { refused, differences } = compare(1, PROGRAMS);
    assert.equal(differences.slice(0, 3), []);
    assert.ok(refused <= REFUSED_MAX, `${refused} refused`);
  });
} else {
  skip(test, `${PROGRAMS} programs`, refusal);
}

test.run();
