// Whatever the bytes are: a result or a ProgramFault, and private memory as it was.
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { surviveGarbage } from "./survive.ts";

const PROGRAMS = 700;

const test = suite("programs of random bytes");

test("end with a result or a fault and change data memory alone", () => {
  const { results, faults, failures } = surviveGarbage(1, PROGRAMS);
  assert.equal(failures, []);
  assert.ok(results > PROGRAMS / 20, `${results} results`);
  assert.ok(faults.size >= 5, [...faults.keys()].join());
});

test.run();
