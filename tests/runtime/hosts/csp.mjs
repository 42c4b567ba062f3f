// The smoke test on a page with a strict Content-Security-Policy; posts its report.
import * as library from "./bpf-maps.esm.js";
import { smokeWith } from "./smoke_with.mjs";

const report = await smokeWith(library).then((smoke) => ({ smoke, error: "" }), (error) => ({ smoke: "", error: String(error) }));
await fetch("/report", { method: "POST", body: JSON.stringify(report) });
