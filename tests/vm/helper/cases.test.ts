// Every case of the helpers' tables, through the interpreter.
import { CoreRunner } from "./core_runner.ts";
import { testCases } from "./suite.ts";

const runner = new CoreRunner();

testCases("in the core", () => runner);
