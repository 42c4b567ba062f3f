// What the program loads only when it is asked for: in the package this is a file of its own, so that a plain command
// does not pay for reading it.
export { runAdded } from "./commands/added.ts";
export { printCandidates, printCompletion } from "./completion.ts";
export { main as runFlows } from "./flows/program.ts";
export { printManual } from "./manual.ts";
export { shell } from "./shell.ts";
