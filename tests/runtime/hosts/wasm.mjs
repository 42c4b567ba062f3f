// Host of the smoke test on the compiled module that `bpf-maps/wasm` exports (Node, Deno, Bun).
import module from "bpf-maps/wasm";
import { smoke } from "./smoke.mjs";

const report = await smoke({ module }).then((smoke) => ({ smoke, error: "" }), (error) => ({ smoke: "", error: error.stack }));
console.log(`\n@@report ${JSON.stringify(report)}`);
