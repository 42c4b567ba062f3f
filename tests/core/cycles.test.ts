// 500 maps of every type, one after the other, take no more memory than one. The long run is cycles.node.ts.
import { suite } from "uvu";
import { checkCycles } from "./cycles.ts";
import { lives } from "./lives.ts";

const test = suite("create, fill, close");

for (const life of lives) test(life.name, () => checkCycles(life, 500));

test.run();
