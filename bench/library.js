// What is measured is what ships: the bundle, not its sources.
export * from "../dist/index.js";
