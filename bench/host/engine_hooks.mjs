// Preloaded in a process that measures another checkout's engine: what bench/library.js exports comes from there.
import { register } from "node:module";

register("./engine_resolver.mjs", import.meta.url, { data: process.env.BPF_MAPS_BENCH_ENGINE });
