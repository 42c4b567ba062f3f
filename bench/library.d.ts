export * from "../bindings/index.ts";
