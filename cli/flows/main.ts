// The program behind `npm start`: the command `flows`, by default on a capture that a dev dependency ships.
import { existsSync } from "node:fs";
import { relative, resolve } from "node:path";
import { main } from "./program.ts";

const sample = resolve("node_modules/pcap-parser/test/smtp.pcap");

// npm starts scripts in the package's folder; a relative FILE means the folder in which `npm start` was typed.
const { npm_lifecycle_event, INIT_CWD } = process.env;
if (npm_lifecycle_event === "start" && INIT_CWD !== undefined) process.chdir(INIT_CWD);

const defaultFile = existsSync(sample) ? relative(process.cwd(), sample) : undefined;
process.exitCode = await main(process.argv.slice(2), defaultFile);
